with disputes as (
    {{ children_of_newest('braintree', 'transaction_disputes', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', '_root_id') }} as transaction_id,
        _position as dispute_position,
        {{ account_key('braintree', "coalesce(id, _root_id || ':' || cast(_position as "
            ~ dbt.type_string() ~ "))") }} as dispute_id,
        lower(kind) as kind,
        lower(status) as status,
        reason,
        cast(amount_disputed as decimal(38, 9)) as amount_disputed,
        cast(amount_won as decimal(38, 9)) as amount_won,
        lower(currency_iso_code) as currency,
        coalesce(created_at, received_at, _root_observed_at) as opened_at,
        _root_observed_at as observed_at
    from disputes
)

select * from final
