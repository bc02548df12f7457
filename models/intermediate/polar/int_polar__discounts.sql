with int_polar__discounts_given as (
    select * from {{ ref('int_polar__discounts_given') }}
),

final as (
    select
        source_account,
        discount_id,
        coupon_id,
        customer_id,
        subscription_id,
        duration,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        -- what it may be put on was settled when it was given
        false as is_limited_to_products,
        started_at,
        ends_at
    from int_polar__discounts_given
)

select * from final
