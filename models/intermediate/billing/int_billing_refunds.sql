with all_vendors as (
    {{ union_of_vendors('refunds') }}
),

payments as (
    select * from {{ ref('int_billing_payments') }}
),

final as (
    select
        -- keys
        all_vendors.billing_provider,
        all_vendors.source_account,
        all_vendors.refund_id,
        all_vendors.payment_id,
        coalesce(all_vendors.invoice_id, payments.invoice_id) as invoice_id,
        payments.customer_id,
        all_vendors.credit_note_id,
        all_vendors.balance_transaction_id,
        -- facts
        all_vendors.refund_status,
        all_vendors.reason,
        all_vendors.currency,
        all_vendors.amount,
        cast(
            coalesce(
                all_vendors.amount_in_credit_notes,
                -- a vendor that only names the note means all of it
                case when all_vendors.credit_note_id is null then 0 else all_vendors.amount end
            ) as decimal(38, 9)
        ) as amount_in_credit_notes,
        all_vendors.created_at
    from all_vendors
    left join payments
        on all_vendors.payment_id = payments.payment_id
)

select * from final
