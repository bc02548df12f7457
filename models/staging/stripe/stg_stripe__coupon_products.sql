with coupon_products as (
    {{ children_of_newest('stripe', 'coupon_applies_to_products', 'coupons') }}
),

final as (
    select
        _root_id as coupon_id,
        id as product_id
    from coupon_products
)

select * from final
