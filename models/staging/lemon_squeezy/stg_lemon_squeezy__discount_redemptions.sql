with redemptions as (
    {{ newest_versions('lemon_squeezy', 'discount_redemptions') }}
),

final as (
    select
        source_account,
        {{ account_key('lemon_squeezy', 'id') }} as redemption_id,
        {{ account_key('lemon_squeezy', 'discount_id') }} as coupon_id,
        {{ account_key('lemon_squeezy', 'order_id') }} as order_id,
        case when discount_amount_type = 'percent' then discount_amount end as percent_off,
        case when discount_amount_type = 'fixed' then discount_amount end as amount_off_minor,
        created_at
    from redemptions
)

select * from final
