with paddle_restrictions as (
    select * from {{ ref('stg_paddle__discount_restrictions') }}
),

paddle_prices as (
    select * from {{ ref('stg_paddle__prices') }}
),

-- A discount may name products or prices.
final as (
    select distinct
        restrictions.source_account,
        restrictions.coupon_id,
        coalesce(prices.product_id, restrictions.restricted_to_id) as product_id
    from paddle_restrictions as restrictions
    left join paddle_prices as prices
        on restrictions.restricted_to_id = prices.list_price_id
)

select * from final
