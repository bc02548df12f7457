with status_history as (
    {{ children_of_newest('braintree', 'status_history', 'subscriptions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', '_root_id') }} as subscription_id,
        _position as history_position,
        status,
        price as plan_price,
        balance,
        lower(currency_iso_code) as currency,
        {{ account_key('braintree', 'plan_id') }} as list_price_id,
        timestamp as happened_at
    from status_history
)

select * from final
