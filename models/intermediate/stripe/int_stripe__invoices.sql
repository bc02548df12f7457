with stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
),

final as (
    select
        -- keys
        source_account,
        invoice_id,
        invoice_number,
        customer_id,
        subscription_id,
        -- facts
        case
            when is_deleted and invoice_status = 'draft' then 'deleted'
            else invoice_status
        end as invoice_status,
        billing_reason,
        collection_method,
        attempt_count,
        is_attempted,
        is_paid_out_of_band,
        is_deleted,
        metadata,
        -- money
        currency,
        subtotal,
        coalesce(tax_amount, total - total_excluding_tax, cast(0 as decimal(38, 9)))
            as tax_amount,
        total,
        amount_due,
        amount_paid,
        amount_remaining,
        amount_overpaid,
        starting_balance,
        ending_balance,
        pre_payment_credit_notes_amount,
        post_payment_credit_notes_amount,
        -- times
        created_at,
        finalized_at,
        paid_at,
        voided_at,
        marked_uncollectible_at,
        due_at,
        next_payment_attempt_at,
        period_start_at,
        period_end_at,
        observed_at
    from stripe_invoices
)

select * from final
