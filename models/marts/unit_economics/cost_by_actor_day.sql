with fct_cost_by_actor_day as (
    select * from {{ ref('fct_cost_by_actor_day') }}
),

final as (
    select
        source_account as source,
        cost_date as date,
        actor_type,
        actor_id,
        product,
        model,
        provider,
        actor_name,
        basis,
        cost_usd,
        list_cost_usd,
        is_final,
        {{ is_running_day('cost_date') }} as is_provisional
    from fct_cost_by_actor_day
)

select * from final
