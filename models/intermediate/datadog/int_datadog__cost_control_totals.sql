with stg_datadog__cost_statements as (
    select * from {{ ref('stg_datadog__cost_statements') }}
),

final as (
    select
        'datadog' as provider,
        source_account,
        statement_id,
        control_amount,
        control_currency as currency,
        unreadable_lines
    from stg_datadog__cost_statements
)

select * from final
