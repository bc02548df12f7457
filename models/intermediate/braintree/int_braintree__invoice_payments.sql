with bills as (
    select * from {{ ref('int_braintree__bills') }}
    where is_paid
),

final as (
    select
        source_account,
        transaction_id as invoice_payment_id,
        transaction_id as invoice_id,
        transaction_id as payment_id,
        'charge' as payment_type,
        'paid' as invoice_payment_status,
        currency,
        amount as amount_paid,
        created_at,
        created_at as paid_at
    from bills
)

select * from final
