with promotion_codes as (
    {{ newest_versions('stripe', 'promotion_codes') }}
),

final as (
    select
        -- keys
        source_account,
        {{ stripe_promotion_code_key('id') }} as promotion_code_id,
        {{ stripe_coupon_key('coalesce(promotion__coupon, coupon)') }} as coupon_id,
        customer as customer_id,
        -- facts
        code,
        active as is_active,
        times_redeemed,
        livemode as is_livemode,
        -- times
        created as created_at,
        expires_at,
        _observed_at as observed_at,
        _deleted_at as deleted_at,
        _deleted_at is not null as is_deleted
    from promotion_codes
)

select * from final
