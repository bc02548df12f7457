with coupon_products as (
    {{ children_of_all('stripe', 'coupon_applies_to_products', 'coupons') }}
),

final as (
    select
        source_account,
        _version_id as coupon_version_id,
        {{ stripe_product_key('id') }} as product_id
    from coupon_products
)

select * from final
