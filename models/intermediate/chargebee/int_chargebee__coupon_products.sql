with chargebee_constraints as (
    select * from {{ ref('stg_chargebee__coupon_constraints') }}
),

chargebee_item_prices as (
    select * from {{ ref('stg_chargebee__item_prices') }}
),

-- A coupon names prices, or takes all that are of a kind.
final as (
    select distinct
        constraints.source_account,
        constraints.coupon_id,
        item_prices.product_id
    from chargebee_constraints as constraints
    inner join chargebee_item_prices as item_prices
        on
            constraints.source_account = item_prices.source_account
            and (
                constraints.list_price_id = item_prices.list_price_id
                or (
                    constraints.constraint_kind = 'all'
                    and constraints.item_type = item_prices.item_type
                )
            )
)

select * from final
