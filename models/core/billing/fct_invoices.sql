with int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

final as (
    select
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        billing_provider,
        source_account,
        invoice_status,
        billing_reason,
        collection_method,
        attempt_count,
        currency,
        subtotal,
        tax_amount,
        total,
        amount_due,
        amount_paid,
        amount_remaining,
        created_at,
        finalized_at,
        paid_at,
        due_at,
        voided_at,
        marked_uncollectible_at,
        period_start_at as period_start,
        period_end_at as period_end
    from int_billing_invoices
)

select * from final
