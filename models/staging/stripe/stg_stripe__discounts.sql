with customer_discounts as (
    select * from {{ ref('stg_stripe__customer_discounts') }}
),

subscription_discounts as (
    select * from {{ ref('stg_stripe__subscription_discounts') }}
),

subscription_item_discounts as (
    select * from {{ ref('stg_stripe__subscription_item_discounts') }}
),

invoice_discounts as (
    select * from {{ ref('stg_stripe__invoice_discounts') }}
),

discounts_read_whole as (
    select * from {{ ref('stg_stripe__discounts_read_whole') }}
),

all_sightings as (
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        coalesce(discount_customer_id, customer_id) as customer_id,
        discount_subscription_id as subscription_id,
        discount_subscription_item_id as subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from customer_discounts
    union all
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        discount_customer_id as customer_id,
        coalesce(discount_subscription_id, subscription_id) as subscription_id,
        discount_subscription_item_id as subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from subscription_discounts
    union all
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        discount_customer_id as customer_id,
        discount_subscription_id as subscription_id,
        coalesce(discount_subscription_item_id, subscription_item_id) as subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from subscription_item_discounts
    union all
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        discount_customer_id as customer_id,
        discount_subscription_id as subscription_id,
        discount_subscription_item_id as subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from invoice_discounts
    union all
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from discounts_read_whole
),

-- the terms of a discount never change, but many sightings hold its id only
terms_completed as (
    select
        min(source_account) as source_account,
        discount_id,
        max(coupon_id) as coupon_id,
        max(promotion_code_id) as promotion_code_id,
        max(customer_id) as customer_id,
        max(subscription_id) as subscription_id,
        max(subscription_item_id) as subscription_item_id,
        max(duration) as duration,
        max(percent_off) as percent_off,
        max(amount_off_minor) as amount_off_minor,
        max(amount_off) as amount_off,
        max(currency) as currency,
        min(started_at) as started_at,
        max(ends_at) as ends_at
    from all_sightings
    where discount_id is not null
    group by discount_id
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        promotion_code_id,
        customer_id,
        subscription_id,
        subscription_item_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        started_at,
        ends_at
    from terms_completed
)

select * from final
