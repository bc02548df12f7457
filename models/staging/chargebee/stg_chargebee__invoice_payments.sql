with payments as (
    {{ children_of_newest('chargebee', 'invoice_payments', 'invoices') }}
),

final as (
    select
        source_account,
        {{ account_key('chargebee', '_root_id') }} as invoice_id,
        _position as payment_position,
        {{ account_key('chargebee', 'txn_id') }} as payment_id,
        txn_status as status,
        applied_amount,
        applied_at,
        txn_date as paid_at
    from payments
    where txn_id is not null
)

select * from final
