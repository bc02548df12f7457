with stripe_coupon_products as (
    select * from {{ ref('stg_stripe__coupon_products') }}
),

final as (
    select
        source_account,
        coupon_id,
        product_id
    from stripe_coupon_products
)

select * from final
