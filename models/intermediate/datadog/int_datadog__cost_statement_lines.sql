with stg_datadog__cost_statement_lines as (
    select * from {{ ref('stg_datadog__cost_statement_lines') }}
),

stg_datadog__cost_statements as (
    select * from {{ ref('stg_datadog__cost_statements') }}
),

final as (
    select
        'datadog' as provider,
        lines.source_account,
        lines.statement_id,
        lines.line_number,
        lines.org_id as project_id,
        case
            when lines.charge_type = 'total' then lines.product_name
            else concat(lines.product_name, ', ', lines.charge_type)
        end as line_item,
        lines.amount,
        lines.currency,
        coalesce(lines.account_id, statements.account_id) as billing_account_id,
        lines.product_name as service,
        lines.region,
        case when lines.charge_type = 'committed' then 'Purchase' else 'Usage' end
            as charge_category,
        statements.is_final
    from stg_datadog__cost_statement_lines as lines
    inner join stg_datadog__cost_statements as statements
        on
            lines.source_account = statements.source_account
            and lines.statement_id = statements.statement_id
)

select * from final
