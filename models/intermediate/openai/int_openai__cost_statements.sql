with stg_openai__cost_statements as (
    select * from {{ ref('stg_openai__cost_statements') }}
),

final as (
    select
        'openai' as provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number
    from stg_openai__cost_statements
    where is_counted
)

select * from final
