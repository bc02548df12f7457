with stripe_coupon_products as (
    select * from {{ ref('stg_stripe__coupon_products') }}
),

final as (
    select
        'stripe' as billing_provider,
        coupon_id,
        product_id
    from stripe_coupon_products
)

select * from final
