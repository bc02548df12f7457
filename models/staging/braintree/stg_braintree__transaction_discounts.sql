with discounts as (
    {{ children_of_newest('braintree', 'transaction_discounts', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', '_root_id') }} as transaction_id,
        _position as discount_position,
        {{ account_key('braintree', 'id') }} as coupon_id,
        name as coupon_name,
        cast(amount * coalesce(quantity, 1) as decimal(38, 9)) as discount_amount
    from discounts
    where id is not null
)

select * from final
