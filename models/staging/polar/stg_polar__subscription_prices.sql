with prices as (
    {{ children_of_all('polar', 'subscription_prices', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as price_position,
        {{ account_key('polar', '_root_id') }} as subscription_id,
        {{ account_key('polar', 'id') }} as list_price_id
    from prices
    where id is not null
)

select * from final
