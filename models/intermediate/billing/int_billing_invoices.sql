{{ config(materialized='table') }}

with stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
),

invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
),

payments_of_invoices as (
    select
        invoice_id,
        min(paid_at) as first_payment_at,
        max(paid_at) as last_payment_at
    from invoice_payments
    where invoice_payment_status = 'paid'
    group by invoice_id
),

final as (
    select
        -- keys
        'stripe' as billing_provider,
        stripe_invoices.invoice_id,
        stripe_invoices.invoice_number,
        stripe_invoices.customer_id,
        stripe_invoices.subscription_id,
        -- facts
        case
            when stripe_invoices.is_deleted and stripe_invoices.invoice_status = 'draft'
                then 'deleted'
            else stripe_invoices.invoice_status
        end as invoice_status,
        stripe_invoices.billing_reason,
        stripe_invoices.collection_method,
        stripe_invoices.attempt_count,
        stripe_invoices.is_attempted,
        stripe_invoices.is_paid_out_of_band,
        stripe_invoices.is_deleted,
        stripe_invoices.metadata,
        -- money
        stripe_invoices.currency,
        stripe_invoices.subtotal,
        coalesce(
            stripe_invoices.tax_amount,
            stripe_invoices.total - stripe_invoices.total_excluding_tax,
            cast(0 as decimal(38, 9))
        ) as tax_amount,
        stripe_invoices.total,
        stripe_invoices.amount_due,
        stripe_invoices.amount_paid,
        stripe_invoices.amount_remaining,
        stripe_invoices.amount_overpaid,
        stripe_invoices.starting_balance,
        stripe_invoices.ending_balance,
        stripe_invoices.pre_payment_credit_notes_amount,
        stripe_invoices.post_payment_credit_notes_amount,
        -- times
        stripe_invoices.created_at,
        stripe_invoices.finalized_at,
        payments_of_invoices.first_payment_at,
        case
            when stripe_invoices.invoice_status = 'paid'
                then coalesce(
                    stripe_invoices.paid_at,
                    payments_of_invoices.last_payment_at,
                    -- nothing to pay: paid when finalised
                    case
                        when coalesce(stripe_invoices.amount_due, stripe_invoices.total) <= 0
                            then stripe_invoices.finalized_at
                    end
                )
        end as paid_at,
        stripe_invoices.voided_at,
        stripe_invoices.marked_uncollectible_at,
        stripe_invoices.due_at,
        stripe_invoices.next_payment_attempt_at,
        stripe_invoices.period_start_at,
        stripe_invoices.period_end_at,
        stripe_invoices.observed_at
    from stripe_invoices
    left join payments_of_invoices
        on stripe_invoices.invoice_id = payments_of_invoices.invoice_id
)

select * from final
