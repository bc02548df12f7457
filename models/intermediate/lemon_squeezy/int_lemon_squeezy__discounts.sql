with int_lemon_squeezy__discounts_given as (
    select * from {{ ref('int_lemon_squeezy__discounts_given') }}
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        subscription_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        -- what it may be put on was settled when it was redeemed
        false as is_limited_to_products,
        started_at,
        ends_at
    from int_lemon_squeezy__discounts_given
)

select * from final
