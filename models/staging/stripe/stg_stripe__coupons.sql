with coupon_history as (
    select * from {{ ref('stg_stripe__coupon_history') }}
),

final as (
    select
        source_account,
        coupon_id,
        coupon_name,
        duration,
        duration_in_months,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        is_valid,
        times_redeemed,
        metadata,
        is_livemode,
        created_at,
        redeem_by_at,
        valid_from as observed_at,
        valid_to as deleted_at,
        valid_to is not null as is_deleted
    from coupon_history
    where is_newest
)

select * from final
