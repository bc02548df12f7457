{{ config(materialized='table') }}

with all_vendors as (
    {{ union_of_vendors('invoices') }}
),

invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
),

customer_groups as (
    select * from {{ ref('int_billing_customer_groups') }}
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
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.invoice_id,
        all_vendors.invoice_number,
        coalesce(customer_groups.customer_id, all_vendors.customer_id) as customer_id,
        all_vendors.customer_id as billing_customer_id,
        all_vendors.subscription_id,
        -- facts
        all_vendors.invoice_status,
        all_vendors.billing_reason,
        all_vendors.collection_method,
        all_vendors.attempt_count,
        all_vendors.is_attempted,
        all_vendors.is_paid_out_of_band,
        all_vendors.is_deleted,
        all_vendors.metadata,
        -- money
        all_vendors.currency,
        all_vendors.subtotal,
        all_vendors.tax_amount,
        all_vendors.total,
        all_vendors.amount_due,
        all_vendors.amount_paid,
        all_vendors.amount_remaining,
        all_vendors.amount_overpaid,
        all_vendors.starting_balance,
        all_vendors.ending_balance,
        all_vendors.pre_payment_credit_notes_amount,
        all_vendors.post_payment_credit_notes_amount,
        -- times
        all_vendors.created_at,
        all_vendors.finalized_at,
        payments_of_invoices.first_payment_at,
        case
            when all_vendors.invoice_status = 'paid'
                then coalesce(
                    all_vendors.paid_at,
                    payments_of_invoices.last_payment_at,
                    -- nothing to pay: paid when finalised
                    case
                        when coalesce(all_vendors.amount_due, all_vendors.total) <= 0
                            then all_vendors.finalized_at
                    end
                )
        end as paid_at,
        all_vendors.voided_at,
        all_vendors.marked_uncollectible_at,
        all_vendors.due_at,
        all_vendors.next_payment_attempt_at,
        all_vendors.period_start_at,
        all_vendors.period_end_at,
        all_vendors.observed_at
    from all_vendors
    left join payments_of_invoices
        on all_vendors.invoice_id = payments_of_invoices.invoice_id
    left join customer_groups
        on all_vendors.customer_id = customer_groups.billing_customer_id
)

select * from final
