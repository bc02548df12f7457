with stg_anthropic__actor_costs as (
    select * from {{ ref('stg_anthropic__actor_costs') }}
),

stg_anthropic__api_keys as (
    select * from {{ ref('stg_anthropic__api_keys') }}
),

-- An API key that acts by itself is called as the list of keys calls it.
final as (
    select
        'anthropic' as provider,
        costs.source_account,
        costs.cost_date,
        costs.actor_type,
        costs.actor_id,
        max(coalesce(costs.actor_name, keys_named.api_key_name)) as actor_name,
        costs.product,
        costs.model,
        max(costs.basis) as basis,
        sum(costs.amount) as cost_usd,
        case
            when count(*) = count(costs.list_amount) then sum(costs.list_amount)
        end as list_cost_usd,
        min(case when costs.is_final then 1 else 0 end) = 1 as is_final
    from stg_anthropic__actor_costs as costs
    left join stg_anthropic__api_keys as keys_named
        on
            costs.source_account = keys_named.source_account
            and costs.actor_id = keys_named.api_key_id
    group by
        costs.source_account,
        costs.cost_date,
        costs.actor_type,
        costs.actor_id,
        costs.product,
        costs.model
)

select * from final
