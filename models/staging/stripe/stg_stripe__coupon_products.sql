with coupon_products as (
    {{ children_of_newest('stripe', 'coupon_applies_to_products', 'coupons') }}
),

final as (
    select
        source_account,
        {{ stripe_coupon_key('_root_id') }} as coupon_id,
        {{ stripe_product_key('id') }} as product_id
    from coupon_products
)

select * from final
