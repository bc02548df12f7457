with items as (
    {{ children_of_newest('paddle', 'transaction_items', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('paddle', '_root_id') }} as invoice_id,
        _position as item_position,
        {{ account_key('paddle', 'price__id') }} as list_price_id,
        {{ account_key('paddle', 'price__product_id') }} as product_id,
        lower(price__unit_price__currency_code) as currency,
        price__unit_price__amount as unit_amount_minor,
        price__billing_cycle__interval as billing_interval,
        price__billing_cycle__frequency as billing_interval_count,
        price__tax_mode as tax_mode,
        _root_observed_at as observed_at
    from items
    where price__id is not null and price__unit_price__amount is not null
)

select * from final
