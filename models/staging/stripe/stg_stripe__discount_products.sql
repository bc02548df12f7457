with discount_products as (
    {{ children_of_newest('stripe', 'discount_products', 'discounts') }}
),

final as (
    select
        source_account,
        _root_id as discount_id,
        {{ stripe_product_key('id') }} as product_id
    from discount_products
)

select * from final
