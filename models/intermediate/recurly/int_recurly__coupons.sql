with recurly_coupons as (
    select * from {{ ref('stg_recurly__coupons') }}
),

-- A coupon that lengthens a trial takes nothing off.
final as (
    select
        source_account,
        coupon_id,
        coupon_name,
        duration,
        duration_in_months,
        percent_off,
        amount_off,
        currency,
        is_limited_to_products,
        is_valid,
        false as is_deleted,
        created_at,
        redeem_by_at
    from recurly_coupons
    where coalesce(discount_type, '') <> 'free_trial'
)

select * from final
