with int_lemon_squeezy__payments as (
    select * from {{ ref('int_lemon_squeezy__payments') }}
),

final as (
    select
        source_account,
        payment_id as invoice_payment_id,
        invoice_id,
        payment_id,
        'charge' as payment_type,
        'paid' as invoice_payment_status,
        currency,
        amount_collected as amount_paid,
        created_at,
        created_at as paid_at
    from int_lemon_squeezy__payments
    where is_collected and invoice_id is not null
)

select * from final
