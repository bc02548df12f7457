with dispute_history as (
    {{ children_of_newest('braintree', 'dispute_history', 'transactions') }}
),

final as (
    select
        source_account,
        {{ account_key('braintree', '_root_id') }} as transaction_id,
        _parent_position as dispute_position,
        _position as history_position,
        lower(status) as status,
        timestamp as happened_at
    from dispute_history
)

select * from final
