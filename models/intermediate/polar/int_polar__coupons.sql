with polar_discounts as (
    select * from {{ ref('stg_polar__discounts') }}
),

polar_discount_products as (
    select * from {{ ref('stg_polar__discount_products') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

limited_coupons as (
    select distinct coupon_id
    from polar_discount_products
),

final as (
    select
        polar_discounts.source_account,
        polar_discounts.coupon_id,
        polar_discounts.coupon_name,
        polar_discounts.duration,
        polar_discounts.duration_in_months,
        polar_discounts.percent_off,
        polar_discounts.amount_off_minor,
        {{ to_major_units('polar_discounts.amount_off_minor', 'currency_exponents.exponent') }}
            as amount_off,
        polar_discounts.currency,
        limited_coupons.coupon_id is not null as is_limited_to_products,
        true as is_valid,
        false as is_deleted,
        polar_discounts.created_at,
        polar_discounts.redeem_by_at
    from polar_discounts
    left join limited_coupons
        on polar_discounts.coupon_id = limited_coupons.coupon_id
    left join currency_exponents
        on polar_discounts.currency = currency_exponents.currency
)

select * from final
