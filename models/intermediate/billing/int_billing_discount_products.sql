with all_vendors as (
    {{ union_of_vendors('discount_products') }}
),

discounts as (
    select
        billing_provider,
        source_account,
        discount_id,
        coupon_id
    from {{ ref('int_billing_discounts') }}
    where is_limited_to_products
),

coupon_products as (
    select * from {{ ref('int_billing_coupon_products') }}
),

discounts_told as (
    select distinct discount_id
    from all_vendors
),

-- What a discount itself is for wins over what its coupon is for today.
final as (
    select
        billing_provider,
        source_account,
        discount_id,
        product_id
    from all_vendors
    union all
    select
        discounts.billing_provider,
        discounts.source_account,
        discounts.discount_id,
        coupon_products.product_id
    from discounts
    inner join coupon_products
        on discounts.coupon_id = coupon_products.coupon_id
    left join discounts_told
        on discounts.discount_id = discounts_told.discount_id
    where discounts_told.discount_id is null
)

select * from final
