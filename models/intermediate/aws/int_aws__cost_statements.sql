with stg_aws__cost_statements as (
    select * from {{ ref('stg_aws__cost_statements') }}
),

final as (
    select
        'aws' as provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number,
        4 as bill_rank
    from stg_aws__cost_statements
)

select * from final
