with stripe_discounts as (
    select * from {{ ref('stg_stripe__discounts') }}
),

coupons_of_discounts as (
    select * from {{ ref('int_stripe__coupons_of_discounts') }}
),

discount_products as (
    select distinct discount_id
    from {{ ref('int_stripe__discount_products') }}
),

-- What the discount itself tells wins over its coupon.
final as (
    select
        stripe_discounts.source_account,
        stripe_discounts.discount_id,
        stripe_discounts.coupon_id,
        stripe_discounts.promotion_code_id,
        stripe_discounts.customer_id,
        stripe_discounts.subscription_id,
        stripe_discounts.subscription_item_id,
        coalesce(stripe_discounts.duration, coupons.duration) as duration,
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
        discount_products.discount_id is not null as is_limited_to_products,
        stripe_discounts.started_at,
        stripe_discounts.ends_at
    from stripe_discounts
    left join coupons_of_discounts as coupons
        on stripe_discounts.discount_id = coupons.discount_id
    left join discount_products
        on stripe_discounts.discount_id = discount_products.discount_id
)

select * from final
