with stg_focus__charge_days as (
    select * from {{ ref('stg_focus__charge_days') }}
),

final as (
    select
        {{ focus_provider('provider_name') }} as provider,
        source_account,
        statement_id,
        scope,
        cost_date,
        stated_at,
        load_id,
        statement_number,
        2 as bill_rank
    from stg_focus__charge_days
)

select * from final
