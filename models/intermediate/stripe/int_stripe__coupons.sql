with stripe_coupons as (
    select * from {{ ref('stg_stripe__coupons') }}
),

stripe_coupon_products as (
    select distinct coupon_id
    from {{ ref('stg_stripe__coupon_products') }}
),

final as (
    select
        stripe_coupons.source_account,
        stripe_coupons.coupon_id,
        stripe_coupons.coupon_name,
        stripe_coupons.duration,
        stripe_coupons.duration_in_months,
        stripe_coupons.percent_off,
        stripe_coupons.amount_off_minor,
        stripe_coupons.amount_off,
        stripe_coupons.currency,
        stripe_coupon_products.coupon_id is not null as is_limited_to_products,
        stripe_coupons.is_valid,
        stripe_coupons.is_deleted,
        stripe_coupons.created_at,
        stripe_coupons.redeem_by_at,
        stripe_coupons.deleted_at
    from stripe_coupons
    left join stripe_coupon_products
        on stripe_coupons.coupon_id = stripe_coupon_products.coupon_id
)

select * from final
