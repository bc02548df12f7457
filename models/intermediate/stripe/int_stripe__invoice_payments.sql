with stripe_invoice_payments as (
    select * from {{ ref('stg_stripe__invoice_payments') }}
),

payments as (
    select * from {{ ref('int_stripe__payments') }}
),

-- a payment intent is charged until one charge succeeds
collected_by_intent as (
    select
        payment_intent_id,
        max(payment_id) as payment_id
    from payments
    where is_collected and payment_intent_id is not null
    group by payment_intent_id
),

invoices_with_payments as (
    select distinct invoice_id
    from stripe_invoice_payments
    where not is_deleted
),

both_shapes as (
    select
        stripe_invoice_payments.source_account,
        stripe_invoice_payments.invoice_payment_id,
        stripe_invoice_payments.invoice_id,
        coalesce(stripe_invoice_payments.charge_id, collected_by_intent.payment_id)
            as payment_id,
        stripe_invoice_payments.payment_type,
        stripe_invoice_payments.invoice_payment_status,
        stripe_invoice_payments.currency,
        stripe_invoice_payments.amount_paid,
        stripe_invoice_payments.created_at,
        case
            when stripe_invoice_payments.invoice_payment_status = 'paid'
                then coalesce(stripe_invoice_payments.paid_at, stripe_invoice_payments.created_at)
        end as paid_at
    from stripe_invoice_payments
    left join collected_by_intent
        on stripe_invoice_payments.payment_intent_id = collected_by_intent.payment_intent_id
    where not stripe_invoice_payments.is_deleted
    union all
    -- before 2025-03-31.basil the charge itself says what it pays for
    select
        payments.source_account,
        payments.payment_id as invoice_payment_id,
        payments.invoice_id,
        payments.payment_id,
        'charge' as payment_type,
        'paid' as invoice_payment_status,
        payments.currency,
        payments.amount_collected as amount_paid,
        payments.created_at,
        payments.created_at as paid_at
    from payments
    left join invoices_with_payments
        on payments.invoice_id = invoices_with_payments.invoice_id
    where
        payments.is_collected
        and payments.invoice_id is not null
        and invoices_with_payments.invoice_id is null
),

final as (
    select
        source_account,
        invoice_payment_id,
        invoice_id,
        payment_id,
        payment_type,
        invoice_payment_status,
        currency,
        coalesce(amount_paid, cast(0 as decimal(38, 9))) as amount_paid,
        created_at,
        paid_at
    from both_shapes
)

select * from final
