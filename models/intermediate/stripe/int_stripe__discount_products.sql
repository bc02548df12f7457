with discounts_read_whole as (
    select * from {{ ref('stg_stripe__discounts_read_whole') }}
),

stripe_discount_products as (
    select * from {{ ref('stg_stripe__discount_products') }}
),

coupons_of_discounts as (
    select * from {{ ref('int_stripe__coupons_of_discounts') }}
),

coupon_versions as (
    select * from {{ ref('stg_stripe__coupon_history') }}
),

coupon_products as (
    select * from {{ ref('stg_stripe__coupon_product_history') }}
),

-- A discount that was read whole says itself what it is for, the others by their coupon, of which
-- not every version tells its products.
final as (
    select
        source_account,
        discount_id,
        product_id
    from stripe_discount_products
    union all
    select distinct
        coupon_products.source_account,
        coupons_of_discounts.discount_id,
        coupon_products.product_id
    from coupons_of_discounts
    inner join coupon_versions
        on
            coupons_of_discounts.coupon_id = coupon_versions.coupon_id
            and coalesce(
                coupons_of_discounts.coupon_created_at = coupon_versions.created_at,
                coupons_of_discounts.coupon_created_at is null
            )
    inner join coupon_products
        on coupon_versions.coupon_version_id = coupon_products.coupon_version_id
    left join discounts_read_whole
        on coupons_of_discounts.discount_id = discounts_read_whole.discount_id
    where discounts_read_whole.discount_id is null
)

select * from final
