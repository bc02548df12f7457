with redemptions as (
    {{ children_of_all('recurly', 'subscription_redemptions', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as discount_position,
        {{ account_key('recurly', '_root_id') }} as subscription_id,
        {{ account_key('recurly', 'id') }} as discount_id,
        {{ account_key('recurly', 'coupon__id') }} as coupon_id,
        created_at,
        removed_at
    from redemptions
    where id is not null
)

select * from final
