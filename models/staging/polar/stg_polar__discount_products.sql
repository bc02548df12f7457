with products as (
    {{ children_of_newest('polar', 'discount_products', 'discounts') }}
),

final as (
    select
        source_account,
        {{ account_key('polar', '_root_id') }} as coupon_id,
        {{ account_key('polar', 'id') }} as product_id
    from products
    where id is not null
)

select * from final
