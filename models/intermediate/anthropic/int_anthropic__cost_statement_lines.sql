with stg_anthropic__cost_statement_lines as (
    select * from {{ ref('stg_anthropic__cost_statement_lines') }}
),

stg_anthropic__cost_statements as (
    select * from {{ ref('stg_anthropic__cost_statements') }}
),

int_anthropic__default_workspaces as (
    select * from {{ ref('int_anthropic__default_workspaces') }}
),

-- The line's text says every dimension that the key of a bill line has no column for; the usual
-- ones go without saying.
final as (
    select
        'anthropic' as provider,
        lines.source_account,
        lines.statement_id,
        lines.line_number,
        -- the older report is silent about the default workspace
        case
            when statements.reports = 'legacy'
                then coalesce(lines.workspace_id, default_workspaces.workspace_id)
            else lines.workspace_id
        end as project_id,
        lines.api_key_id,
        concat(
            case when lines.model is not null then concat(lines.model, ', ') else '' end,
            coalesce(
                lines.token_type,
                case when lines.cost_type <> 'tokens' then lines.cost_type end,
                lines.description,
                '__unknown__'
            ),
            case
                when coalesce(lines.service_tier, 'standard') = 'standard' then ''
                else concat(', ', lines.service_tier)
            end,
            case
                when coalesce(lines.context_window, '0-200k') = '0-200k' then ''
                else concat(', ', lines.context_window)
            end,
            case when lines.inference_geo = 'us' then ', us' else '' end,
            case when lines.speed = 'fast' then ', fast' else '' end
        ) as line_item,
        lines.amount,
        lines.list_amount,
        lines.currency,
        case when lines.inference_geo = 'us' then lines.inference_geo end as region,
        'Claude API' as service,
        'Usage' as charge_category,
        statements.organization_id as billing_account_id,
        statements.is_final
    from stg_anthropic__cost_statement_lines as lines
    inner join stg_anthropic__cost_statements as statements
        on
            lines.source_account = statements.source_account
            and lines.statement_id = statements.statement_id
    left join int_anthropic__default_workspaces as default_workspaces
        on lines.source_account = default_workspaces.source_account
)

select * from final
