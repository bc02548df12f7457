with coupons as (
    {{ children_of_all('chargebee', 'subscription_coupons', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as discount_position,
        {{ account_key('chargebee', '_root_id') }} as subscription_id,
        {{ account_key('chargebee', 'coupon_id') }} as coupon_id,
        apply_till as ends_at
    from coupons
    where coupon_id is not null
)

select * from final
