with file_lines as (
    select * from {{ ref('stg_billing_files__invoice_lines') }}
),

int_billing_files__payments as (
    select * from {{ ref('int_billing_files__payments') }}
),

int_billing_files__refunds as (
    select * from {{ ref('int_billing_files__refunds') }}
),

invoices as (
    select
        source_account,
        invoice_id,
        min(invoice_number) as invoice_number,
        min(customer_id) as customer_id,
        case when count(distinct subscription_id) = 1 then min(subscription_id) end
            as subscription_id,
        min(status) as status,
        min(currency) as currency,
        sum(amount - discount_amount) as subtotal,
        sum(tax_amount) as tax_amount,
        sum(amount - discount_amount + tax_amount) as total,
        min(issued_at) as issued_at,
        max(due_at) as due_at,
        max(paid_at) as paid_at,
        max(closed_at) as closed_at,
        max(observed_at) as observed_at
    from file_lines
    group by
        source_account,
        invoice_id
),

-- Money of another currency cannot be held against a bill: monitoring.exceptions lists it.
payments_summed as (
    select
        invoice_id,
        currency,
        sum(amount_collected) as amount_paid
    from int_billing_files__payments
    group by
        invoice_id,
        currency
),

refunds_summed as (
    select
        invoice_id,
        currency,
        sum(amount) as amount_refunded
    from int_billing_files__refunds
    group by
        invoice_id,
        currency
),

-- A bill that its payments cover is paid, whether or not somebody wrote so; one of nothing, or that
-- gives back, asks for no payment.
invoices_stated as (
    select
        invoices.*,
        coalesce(payments_summed.amount_paid, cast(0 as decimal(38, 9))) as amount_collected,
        coalesce(refunds_summed.amount_refunded, cast(0 as decimal(38, 9))) as amount_refunded,
        case
            when invoices.status = 'open' and invoices.total <= 0 then 'paid'
            when invoices.status = 'open' and payments_summed.amount_paid >= invoices.total
                then 'paid'
            else invoices.status
        end as invoice_status
    from invoices
    left join payments_summed
        on
            invoices.invoice_id = payments_summed.invoice_id
            and invoices.currency = payments_summed.currency
    left join refunds_summed
        on
            invoices.invoice_id = refunds_summed.invoice_id
            and invoices.currency = refunds_summed.currency
),

final as (
    select
        source_account,
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        invoice_status,
        'manual' as billing_reason,
        'send_invoice' as collection_method,
        amount_collected = 0 and invoice_status = 'paid' and total > 0 as is_paid_out_of_band,
        false as is_deleted,
        currency,
        subtotal,
        tax_amount,
        total,
        total as amount_due,
        case
            when invoice_status = 'paid' and amount_collected = 0 and total > 0 then total
            else amount_collected
        end as amount_paid,
        case
            when invoice_status in ('open', 'uncollectible') then total - amount_collected
            else cast(0 as decimal(38, 9))
        end as amount_remaining,
        case
            when invoice_status in ('open', 'paid')
                then greatest(
                    amount_collected - amount_refunded - greatest(total, cast(0 as decimal(38, 9))),
                    cast(0 as decimal(38, 9))
                )
            else cast(0 as decimal(38, 9))
        end as amount_overpaid,
        issued_at as created_at,
        case when invoice_status <> 'draft' then issued_at end as finalized_at,
        paid_at,
        case when invoice_status = 'void' then closed_at end as voided_at,
        case when invoice_status = 'uncollectible' then closed_at end as marked_uncollectible_at,
        due_at,
        observed_at
    from invoices_stated
)

select * from final
