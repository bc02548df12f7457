with payments as (
    {{ children_of_newest('paddle', 'transaction_payments', 'transactions') }}
),

final as (
    select
        source_account,
        -- an attempt with a stored card may bear no id of its own
        {{ account_key(
            'paddle',
            "coalesce(payment_attempt_id, _root_id || ':' || cast(_position as "
            ~ dbt.type_string() ~ "))"
        ) }} as payment_id,
        {{ account_key('paddle', '_root_id') }} as invoice_id,
        status,
        error_code,
        method_details__type as payment_type,
        amount as amount_minor,
        created_at,
        captured_at
    from payments
)

select * from final
