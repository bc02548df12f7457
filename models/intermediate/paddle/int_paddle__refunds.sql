with paddle_adjustments as (
    select * from {{ ref('stg_paddle__adjustments') }}
),

int_paddle__payments as (
    select * from {{ ref('int_paddle__payments') }}
),

payments_of_invoices as (
    select
        invoice_id,
        max(payment_id) as payment_id
    from int_paddle__payments
    where is_collected
    group by invoice_id
),

final as (
    select
        adjustments.source_account,
        adjustments.adjustment_id as refund_id,
        payments_of_invoices.payment_id,
        adjustments.invoice_id,
        adjustments.adjustment_id as credit_note_id,
        'succeeded' as refund_status,
        adjustments.reason,
        adjustments.currency,
        adjustments.total as amount,
        adjustments.total as amount_in_credit_notes,
        adjustments.created_at
    from paddle_adjustments as adjustments
    left join payments_of_invoices
        on adjustments.invoice_id = payments_of_invoices.invoice_id
    where adjustments.action = 'refund' and adjustments.status = 'approved'
)

select * from final
