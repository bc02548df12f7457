with stripe_discounts as (
    select * from {{ ref('stg_stripe__discounts') }}
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
    from stripe_discounts
)

select * from final
