with int_billing_refunds as (
    select * from {{ ref('int_billing_refunds') }}
),

int_billing_dispute_movements as (
    select * from {{ ref('int_billing_dispute_movements') }}
),

int_revenue_notes_without_lines as (
    select * from {{ ref('int_revenue_notes_without_lines') }}
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

int_billing_invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

-- What of a refund a credit note explains is in the note's lines.
reversals as (
    select
        'refund' as revenue_kind,
        refund_id as reversal_id,
        payment_id,
        invoice_id,
        currency,
        amount_in_credit_notes - amount as amount,
        {{ day_of('created_at') }} as reversal_date
    from int_billing_refunds
    where coalesce(refund_status, 'succeeded') not in ('failed', 'canceled')
    union all
    select
        'credit_note' as revenue_kind,
        credit_note_id as reversal_id,
        cast(null as {{ dbt.type_string() }}) as payment_id,
        invoice_id,
        currency,
        -1 * amount as amount,
        {{ day_of('credited_at') }} as reversal_date
    from int_revenue_notes_without_lines
    union all
    select
        case movement_type when 'withdrawn' then 'dispute' else 'dispute_won' end as revenue_kind,
        dispute_movement_id as reversal_id,
        payment_id,
        invoice_id,
        currency,
        case movement_type when 'withdrawn' then -amount else amount end as amount,
        {{ day_of('moved_at') }} as reversal_date
    from int_billing_dispute_movements
),

paid_by_payment as (
    select
        payment_id,
        invoice_id,
        sum(amount_paid) as amount_paid
    from int_billing_invoice_payments
    where invoice_payment_status = 'paid' and amount_paid > 0
    group by
        payment_id,
        invoice_id
),

-- A payment of several invoices is given back as it was paid to them; one of no invoice gives back
-- no revenue.
invoices_of_reversals as (
    select
        reversals.*,
        reversals.invoice_id as reversed_invoice_id,
        cast(1 as decimal(38, 9)) as amount_paid
    from reversals
    where reversals.invoice_id is not null
    union all
    select
        reversals.*,
        paid_by_payment.invoice_id as reversed_invoice_id,
        paid_by_payment.amount_paid
    from reversals
    inner join paid_by_payment
        on reversals.payment_id = paid_by_payment.payment_id
    where reversals.invoice_id is null
),

in_minor_units as (
    select
        reversed.revenue_kind,
        reversed.reversal_id,
        reversed.reversed_invoice_id as invoice_id,
        reversed.currency,
        reversed.reversal_date,
        currency_exponents.exponent,
        {{ to_minor_units('reversed.amount', 'currency_exponents.exponent') }} as minor_units,
        {{ to_minor_units('reversed.amount_paid', 'currency_exponents.exponent') }} as paid,
        {{ to_minor_units('sum(reversed.amount_paid) over (
            partition by reversed.revenue_kind, reversed.reversal_id
        )', 'currency_exponents.exponent') }} as paid_in_all,
        {{ to_minor_units("sum(reversed.amount_paid) over (
            partition by reversed.revenue_kind, reversed.reversal_id
            order by " ~ in_byte_order('reversed.reversed_invoice_id') ~ "
            rows between unbounded preceding and current row
        )", 'currency_exponents.exponent') }} as paid_to_here
    from invoices_of_reversals as reversed
    inner join currency_exponents
        on reversed.currency = currency_exponents.currency
),

final as (
    select
        reversed.revenue_kind,
        reversed.reversal_id,
        reversed.invoice_id,
        reversed.currency,
        {{ to_major_units(
            share_of_minor_units('reversed.minor_units', 'reversed.paid_to_here', 'reversed.paid_in_all')
            ~ ' - ' ~ share_of_minor_units(
                'reversed.minor_units', '(reversed.paid_to_here - reversed.paid)', 'reversed.paid_in_all'
            ),
            'reversed.exponent'
        ) }} as amount,
        invoices.total as invoice_total,
        reversed.reversal_date
    from in_minor_units as reversed
    inner join int_billing_invoices as invoices
        on reversed.invoice_id = invoices.invoice_id
    where reversed.minor_units <> 0
)

select * from final
