with chargebee_coupons as (
    select * from {{ ref('stg_chargebee__coupons') }}
),

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
        coalesce(apply_on = 'each_specified_item', false) as is_limited_to_products,
        is_valid,
        is_deleted,
        created_at,
        redeem_by_at,
        deleted_at
    from chargebee_coupons
)

select * from final
