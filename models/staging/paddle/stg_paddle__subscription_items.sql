with items as (
    {{ children_of_all('paddle', 'subscription_items', 'subscriptions') }}
),

final as (
    select
        source_account,
        _version_id as subscription_version_id,
        _position as item_position,
        {{ account_key('paddle', '_root_id') }} as subscription_id,
        {{ account_key('paddle', 'price__id') }} as list_price_id,
        {{ account_key('paddle', 'price__product_id') }} as product_id,
        status as item_status,
        coalesce(recurring, price__billing_cycle__interval is not null) as is_recurring,
        quantity,
        lower(price__unit_price__currency_code) as currency,
        price__unit_price__amount as unit_amount_minor,
        price__billing_cycle__interval as billing_interval,
        price__billing_cycle__frequency as billing_interval_count,
        price__tax_mode as tax_mode,
        created_at,
        trial_dates__starts_at as trial_start_at,
        trial_dates__ends_at as trial_end_at,
        _root_observed_at as observed_at
    from items
    where price__id is not null
)

select * from final
