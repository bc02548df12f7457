with int_cost_by_actor as (
    select * from {{ ref('int_cost_by_actor') }}
),

final as (
    select
        -- keys
        provider,
        source_account,
        cost_date,
        coalesce(actor_type, '__unknown__') as actor_type,
        coalesce(actor_id, '__unknown__') as actor_id,
        coalesce(product, '__unknown__') as product,
        coalesce(model, '__no_model__') as model,

        -- facts
        max(actor_name) as actor_name,
        max(basis) as basis,
        {{ to_money('sum(cost_usd)') }} as cost_usd,
        case
            when count(*) = count(list_cost_usd) then {{ to_money('sum(list_cost_usd)') }}
        end as list_cost_usd,
        min(case when is_final then 1 else 0 end) = 1 as is_final
    from int_cost_by_actor
    group by
        provider,
        source_account,
        cost_date,
        coalesce(actor_type, '__unknown__'),
        coalesce(actor_id, '__unknown__'),
        coalesce(product, '__unknown__'),
        coalesce(model, '__no_model__')
)

select * from final
