with file_payments as (
    select * from {{ ref('stg_billing_files__payments') }}
    where payment_kind = 'refund'
),

int_billing_files__payments as (
    select * from {{ ref('int_billing_files__payments') }}
),

payments_of_invoices as (
    select
        invoice_id,
        max(payment_id) as payment_id
    from int_billing_files__payments
    group by invoice_id
),

final as (
    select
        file_payments.source_account,
        file_payments.payment_id as refund_id,
        payments_of_invoices.payment_id,
        file_payments.invoice_id,
        'succeeded' as refund_status,
        file_payments.currency,
        file_payments.amount,
        file_payments.paid_at as created_at
    from file_payments
    left join payments_of_invoices
        on file_payments.invoice_id = payments_of_invoices.invoice_id
)

select * from final
