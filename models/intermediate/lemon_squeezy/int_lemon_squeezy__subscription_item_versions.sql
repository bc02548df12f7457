with int_lemon_squeezy__items_priced as (
    select * from {{ ref('int_lemon_squeezy__items_priced') }}
),

final as (
    select
        source_account,
        subscription_version_id,
        cast(0 as bigint) as item_position,
        subscription_item_id,
        subscription_id,
        price_id,
        product_id,
        quantity,
        created_at,
        renews_at as current_period_end_at,
        valid_from,
        valid_to,
        is_newest
    from int_lemon_squeezy__items_priced
)

select * from final
