with all_vendors as (
    {{ union_of_vendors('coupons') }}
),

final as (
    select
        billing_provider,
        source_account,
        coupon_id,
        coupon_name,
        duration,
        duration_in_months,
        percent_off,
        amount_off_minor,
        amount_off,
        currency,
        is_limited_to_products,
        is_valid,
        is_deleted,
        created_at,
        redeem_by_at,
        deleted_at
    from all_vendors
)

select * from final
