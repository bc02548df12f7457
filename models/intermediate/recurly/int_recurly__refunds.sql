with recurly_transactions as (
    select * from {{ ref('stg_recurly__transactions') }}
    -- what a chargeback took back is a dispute
    where transaction_type = 'refund' and coalesce(origin, '') <> 'chargeback'
),

recurly_invoices as (
    select * from {{ ref('stg_recurly__invoices') }}
    where invoice_type = 'credit'
),

final as (
    select
        transactions.source_account,
        transactions.transaction_id as refund_id,
        transactions.original_transaction_id as payment_id,
        -- a refund belongs to a credit invoice, which takes the revenue back
        recurly_invoices.invoice_id as credit_note_id,
        case
            when transactions.status = 'success' then 'succeeded'
            when transactions.status in ('declined', 'error', 'void') then 'failed'
            else 'pending'
        end as refund_status,
        transactions.currency,
        transactions.amount,
        transactions.moved_at as created_at
    from recurly_transactions as transactions
    left join recurly_invoices
        on transactions.invoice_id = recurly_invoices.invoice_id
)

select * from final
