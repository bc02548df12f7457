with payments as (
    {{ children_of_newest('paddle', 'transaction_payments', 'transactions') }}
),

payments_placed as (
    select
        *,
        row_number() over (
            partition by source_account, payment_attempt_id, _root_id
            order by _position
        ) as place_in_bill,
        row_number() over (
            partition by source_account, payment_attempt_id
            order by _root_id, _position
        ) as place
    from payments
),

-- An attempt with a stored card may bear no id of its own; one that a bill lists twice is one.
payments_named as (
    select
        *,
        case
            when payment_attempt_id is not null and place = 1 then payment_attempt_id
            else _root_id || ':' || cast(_position as {{ dbt.type_string() }})
        end as payment_id
    from payments_placed
    where payment_attempt_id is null or place_in_bill = 1
),

final as (
    select
        source_account,
        {{ account_key('paddle', 'payment_id') }} as payment_id,
        {{ account_key('paddle', '_root_id') }} as invoice_id,
        status,
        error_code,
        method_details__type as payment_type,
        amount as amount_minor,
        created_at,
        captured_at
    from payments_named
)

select * from final
