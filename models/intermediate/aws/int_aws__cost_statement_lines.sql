with stg_aws__cost_statement_lines as (
    select * from {{ ref('stg_aws__cost_statement_lines') }}
),

stg_aws__cost_statements as (
    select * from {{ ref('stg_aws__cost_statements') }}
),

-- A line of a hosted model is called as other bills call theirs: model, then kind of token.
final as (
    select
        'aws' as provider,
        lines.source_account,
        lines.statement_id,
        lines.line_number,
        case
            when lines.llm_model is not null and lines.llm_token_kind <> 'other'
                then concat(lines.llm_model, ', ', lines.llm_token_kind)
            else concat(
                coalesce(lines.service_name, '__unknown__'),
                case
                    when lines.usage_type is not null then concat(': ', lines.usage_type)
                    else ''
                end
            )
        end as line_item,
        lines.amount,
        lines.currency,
        lines.unit,
        cast(lines.quantity as decimal(38, 9)) as quantity,
        statements.account_id as billing_account_id,
        case
            -- AWS sells some models as services of their own, which are all Bedrock's.
            when lower(lines.service_name) like '%(amazon bedrock edition)%' then 'Amazon Bedrock'
            else lines.service_name
        end as service,
        case when lines.service_name = 'Tax' then 'Tax' else 'Usage' end as charge_category,
        case when lines.llm_token_kind is not null then 'llm' end as stated_kind,
        statements.is_final
    from stg_aws__cost_statement_lines as lines
    inner join stg_aws__cost_statements as statements
        on
            lines.source_account = statements.source_account
            and lines.statement_id = statements.statement_id
)

select * from final
