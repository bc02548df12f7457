with invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
    where invoice_payment_status = 'paid'
),

invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

payments_known as (
    select
        invoice_id,
        sum(amount_paid) as amount_paid
    from invoice_payments
    group by invoice_id
),

-- A bank transfer that somebody noted is money as well: as a record of its own, or as a mark on the
-- invoice, which then stands for what payments do not explain.
final as (
    select
        invoice_payments.invoice_payment_id as payment_id,
        invoices.customer_id,
        invoices.billing_provider,
        invoices.source_account,
        invoice_payments.currency,
        invoice_payments.amount_paid as amount,
        coalesce(invoice_payments.paid_at, invoice_payments.created_at) as paid_at
    from invoice_payments
    inner join invoices
        on invoice_payments.invoice_id = invoices.invoice_id
    where
        invoice_payments.payment_type = 'payment_record'
        and invoice_payments.payment_id is null
        and invoice_payments.amount_paid > 0
    union all
    select
        invoices.invoice_id || '/out_of_band' as payment_id,
        invoices.customer_id,
        invoices.billing_provider,
        invoices.source_account,
        invoices.currency,
        invoices.amount_due - coalesce(payments_known.amount_paid, 0) as amount,
        coalesce(invoices.paid_at, invoices.finalized_at, invoices.created_at) as paid_at
    from invoices
    left join payments_known
        on invoices.invoice_id = payments_known.invoice_id
    where
        invoices.invoice_status = 'paid'
        and invoices.is_paid_out_of_band
        and invoices.amount_due > coalesce(payments_known.amount_paid, 0)
)

select * from final
