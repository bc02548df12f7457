with lemon_squeezy_discounts as (
    select * from {{ ref('stg_lemon_squeezy__discounts') }}
),

-- An amount is in the currency of the store: what it takes off, those who redeemed it say.
final as (
    select
        source_account,
        coupon_id,
        coupon_name,
        duration,
        duration_in_months,
        percent_off,
        amount_off_minor,
        is_limited_to_products,
        is_valid,
        false as is_deleted,
        created_at,
        redeem_by_at
    from lemon_squeezy_discounts
)

select * from final
