with polar_discount_products as (
    select * from {{ ref('stg_polar__discount_products') }}
),

final as (
    select distinct
        source_account,
        coupon_id,
        product_id
    from polar_discount_products
)

select * from final
