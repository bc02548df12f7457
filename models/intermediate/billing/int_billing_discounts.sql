{{ config(materialized='table') }}

with stripe_discounts as (
    select * from {{ ref('stg_stripe__discounts') }}
),

coupons as (
    select * from {{ ref('int_billing_coupons') }}
),

final as (
    select
        -- keys
        'stripe' as billing_provider,
        stripe_discounts.discount_id,
        stripe_discounts.coupon_id,
        stripe_discounts.promotion_code_id,
        stripe_discounts.customer_id,
        stripe_discounts.subscription_id,
        stripe_discounts.subscription_item_id,
        -- terms: those that the discount itself carried win over those of its coupon today
        coalesce(stripe_discounts.duration, coupons.duration) as duration,
        coupons.duration_in_months,
        case
            when stripe_discounts.duration is not null then stripe_discounts.percent_off
            else coupons.percent_off
        end as percent_off,
        case
            when stripe_discounts.duration is not null then stripe_discounts.amount_off_minor
            else coupons.amount_off_minor
        end as amount_off_minor,
        case
            when stripe_discounts.duration is not null then stripe_discounts.amount_off
            else coupons.amount_off
        end as amount_off,
        case
            when stripe_discounts.duration is not null then stripe_discounts.currency
            else coupons.currency
        end as currency,
        coalesce(coupons.is_limited_to_products, false) as is_limited_to_products,
        -- times
        stripe_discounts.started_at,
        stripe_discounts.ends_at
    from stripe_discounts
    left join coupons
        on stripe_discounts.coupon_id = coupons.coupon_id
)

select * from final
