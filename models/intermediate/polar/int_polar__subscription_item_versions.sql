with int_polar__items_priced as (
    select * from {{ ref('int_polar__items_priced') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        cast(item_position as bigint) as item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        case
            when subscription_item_id = subscription_id || '/plan' then started_at
            else min(valid_from) over (partition by subscription_item_id)
        end as created_at,
        current_period_start_at,
        current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from int_polar__items_priced
)

select * from final
