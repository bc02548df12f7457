with int_billing_payments as (
    select * from {{ ref('int_billing_payments') }}
    where is_collected and invoice_id is not null
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

int_billing_refunds as (
    select * from {{ ref('int_billing_refunds') }}
),

int_billing_disputes as (
    select * from {{ ref('int_billing_disputes') }}
),

int_revenue_reversals as (
    select * from {{ ref('int_revenue_reversals') }}
),

int_revenue_lines as (
    select * from {{ ref('int_revenue_lines') }}
),

int_billing_credit_transactions as (
    select * from {{ ref('int_billing_credit_transactions') }}
),

int_billing_credit_note_lines as (
    select * from {{ ref('int_billing_credit_note_lines') }}
),

int_billing_invoice_lines as (
    select * from {{ ref('int_billing_invoice_lines') }}
),

with_invoice as (
    select distinct
        reversals.revenue_kind,
        reversals.reversal_id
    from int_revenue_reversals as reversals
    inner join int_revenue_lines
        on reversals.invoice_id = int_revenue_lines.invoice_id
    where reversals.invoice_total > 0
),

reasons as (
    -- cash of a bill that nobody knows, or that is in another currency and stays as it is
    select
        'payment' as subject_type,
        payments.payment_id as subject_id,
        case
            when invoices.invoice_id is null then 'unknown_invoice'
            else 'other_currency_than_invoice'
        end as reason,
        payments.amount_collected as amount,
        payments.currency,
        payments.created_at as first_seen_at
    from int_billing_payments as payments
    left join int_billing_invoices as invoices
        on payments.invoice_id = invoices.invoice_id
    where invoices.invoice_id is null or invoices.currency <> payments.currency
    union all
    -- of no invoice, or of one without revenue: cash, but no revenue is taken back
    select
        'refund' as subject_type,
        refunds.refund_id as subject_id,
        'no_invoice_with_revenue' as reason,
        refunds.amount - refunds.amount_in_credit_notes as amount,
        refunds.currency,
        refunds.created_at as first_seen_at
    from int_billing_refunds as refunds
    left join with_invoice
        on
            with_invoice.revenue_kind = 'refund'
            and refunds.refund_id = with_invoice.reversal_id
    where
        with_invoice.reversal_id is null
        and refunds.amount > refunds.amount_in_credit_notes
        and coalesce(refunds.refund_status, 'succeeded') not in ('failed', 'canceled')
    union all
    select
        'dispute' as subject_type,
        disputes.dispute_id as subject_id,
        'no_invoice_with_revenue' as reason,
        disputes.withdrawn_amount as amount,
        disputes.currency,
        disputes.created_at as first_seen_at
    from int_billing_disputes as disputes
    left join with_invoice
        on
            with_invoice.revenue_kind = 'dispute'
            and disputes.dispute_id = with_invoice.reversal_id
    where disputes.is_chargeback and with_invoice.reversal_id is null
    union all
    -- its state and its money do not agree: the money is counted
    select
        'dispute' as subject_type,
        dispute_id as subject_id,
        case dispute_status when 'won' then 'won_and_money_not_back' else 'lost_and_no_money_taken'
        end as reason,
        amount,
        currency,
        created_at as first_seen_at
    from int_billing_disputes
    where
        (dispute_status = 'won' and is_chargeback and won_at is null)
        or (dispute_status = 'lost' and not is_chargeback)
    union all
    select
        'credit_transaction' as subject_type,
        credit_transaction_id as subject_id,
        'unknown_credit_grant' as reason,
        amount,
        currency,
        effective_at as first_seen_at
    from int_billing_credit_transactions
    where category is null
    union all
    select
        'credit_note_line' as subject_type,
        note_lines.credit_note_line_id as subject_id,
        'unknown_invoice_line' as reason,
        note_lines.net_amount as amount,
        note_lines.currency,
        note_lines.credited_at as first_seen_at
    from int_billing_credit_note_lines as note_lines
    left join int_billing_invoice_lines as invoice_lines
        on note_lines.invoice_line_id = invoice_lines.invoice_line_id
    where
        note_lines.invoice_line_id is not null
        and invoice_lines.invoice_line_id is null
        and not note_lines.is_void
),

final as (
    select
        'billing' as area,
        subject_type,
        subject_id,
        reason,
        cast(amount as decimal(38, 9)) as amount,
        currency,
        first_seen_at
    from reasons
)

select * from final
