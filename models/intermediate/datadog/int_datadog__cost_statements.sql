with stg_datadog__cost_statements as (
    select * from {{ ref('stg_datadog__cost_statements') }}
),

final as (
    select
        'datadog' as provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number
    from stg_datadog__cost_statements
)

select * from final
