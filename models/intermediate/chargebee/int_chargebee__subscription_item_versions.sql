with int_chargebee__items_priced as (
    select * from {{ ref('int_chargebee__items_priced') }}
    where phase_number is null
),

final as (
    select
        source_account,
        subscription_version_id,
        item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        min(valid_from) over (partition by subscription_item_id) as created_at,
        current_period_start_at,
        current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from int_chargebee__items_priced
)

select * from final
