with int_billing_refunds as (
    select * from {{ ref('int_billing_refunds') }}
),

int_billing_disputes as (
    select * from {{ ref('int_billing_disputes') }}
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

-- A refund with a credit note is in the note's lines; one of no invoice gives back no revenue.
reversals as (
    select
        'refund' as revenue_kind,
        refund_id as reversal_id,
        invoice_id,
        currency,
        -1 * amount as amount,
        {{ day_of('created_at') }} as reversal_date
    from int_billing_refunds
    where
        credit_note_id is null
        and invoice_id is not null
        and coalesce(refund_status, 'succeeded') not in ('failed', 'canceled')
    union all
    select
        'dispute' as revenue_kind,
        dispute_id as reversal_id,
        invoice_id,
        currency,
        -1 * amount as amount,
        {{ day_of('coalesce(withdrawn_at, created_at)') }} as reversal_date
    from int_billing_disputes
    where is_chargeback and invoice_id is not null
    union all
    select
        'dispute_won' as revenue_kind,
        dispute_id as reversal_id,
        invoice_id,
        currency,
        amount,
        {{ day_of('won_at') }} as reversal_date
    from int_billing_disputes
    where is_chargeback and invoice_id is not null and won_at is not null
),

final as (
    select
        reversals.revenue_kind,
        reversals.reversal_id,
        reversals.invoice_id,
        reversals.currency,
        reversals.amount,
        invoices.total as invoice_total,
        reversals.reversal_date
    from reversals
    inner join int_billing_invoices as invoices
        on reversals.invoice_id = invoices.invoice_id
)

select * from final
