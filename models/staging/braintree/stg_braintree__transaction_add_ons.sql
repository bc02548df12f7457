with add_ons as (
    {{ children_of_newest('braintree', 'transaction_add_ons', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', '_root_id') }} as transaction_id,
        _position as add_on_position,
        {{ account_key('braintree', 'id') }} as list_price_id,
        name as product_name,
        amount as unit_price,
        coalesce(quantity, 1) as quantity
    from add_ons
    where id is not null
)

select * from final
