with stg_custom__days as (
    select * from {{ ref('stg_custom__days') }}
),

final as (
    select
        provider,
        source_account,
        statement_id,
        provider as scope,
        day as cost_date,
        stated_at,
        load_id,
        statement_number,
        3 as bill_rank
    from stg_custom__days
    where has_cost
)

select * from final
