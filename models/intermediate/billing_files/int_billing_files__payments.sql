with file_payments as (
    select * from {{ ref('stg_billing_files__payments') }}
    where payment_kind = 'payment'
),

file_lines as (
    select * from {{ ref('stg_billing_files__invoice_lines') }}
),

invoices_known as (
    select
        invoice_id,
        min(customer_id) as customer_id
    from file_lines
    group by invoice_id
),

final as (
    select
        file_payments.source_account,
        file_payments.payment_id,
        invoices_known.customer_id,
        file_payments.invoice_id,
        cast(1 as bigint) as invoice_count,
        'succeeded' as payment_status,
        true as is_collected,
        file_payments.currency,
        file_payments.amount,
        file_payments.amount as amount_collected,
        file_payments.paid_at as created_at
    from file_payments
    left join invoices_known
        on file_payments.invoice_id = invoices_known.invoice_id
)

select * from final
