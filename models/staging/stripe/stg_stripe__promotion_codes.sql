with promotion_codes as (
    {{ newest_versions('stripe', 'promotion_codes') }}
),

-- Since 2025-09-30.clover the coupon stands below `promotion`.
final as (
    select
        source_account,
        {{ stripe_promotion_code_key('id') }} as promotion_code_id,
        {{ stripe_coupon_key('coalesce(promotion__coupon, coupon)') }} as coupon_id
    from promotion_codes
)

select * from final
