with int_recurly__items_priced as (
    select * from {{ ref('int_recurly__items_priced') }}
    where phase_number is null
),

final as (
    select
        source_account,
        subscription_version_id,
        cast(item_position as bigint) as item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        list_price_id as product_id,
        quantity,
        case
            when item_position = 0 then started_at
            else min(valid_from) over (partition by subscription_item_id)
        end as created_at,
        current_period_start_at,
        current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from int_recurly__items_priced
)

select * from final
