with int_billing_payments as (
    select * from {{ ref('int_billing_payments') }}
),

int_billing_refunds as (
    select * from {{ ref('int_billing_refunds') }}
),

int_billing_dispute_movements as (
    select * from {{ ref('int_billing_dispute_movements') }}
),

int_billing_balance_transactions as (
    select * from {{ ref('int_billing_balance_transactions') }}
),

int_billing_invoice_payments as (
    select * from {{ ref('int_billing_invoice_payments') }}
),

int_billing_invoices as (
    select * from {{ ref('int_billing_invoices') }}
    where invoice_status = 'paid' and is_paid_out_of_band
),

int_mrr_rates as (
    select * from {{ ref('int_mrr_rates') }}
),

payments_inside as (
    select
        invoice_id,
        sum(amount_paid) as amount_paid
    from int_billing_invoice_payments
    where invoice_payment_status = 'paid'
    group by invoice_id
),

-- A bank transfer that somebody noted on an invoice is money as well: what payments do not explain.
paid_outside as (
    select
        invoices.*,
        invoices.amount_due - coalesce(payments_inside.amount_paid, 0) as amount_outside
    from int_billing_invoices as invoices
    left join payments_inside
        on invoices.invoice_id = payments_inside.invoice_id
),

all_movements as (
    select
        'payment' as movement_type,
        payment_id as movement_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        amount_collected as amount,
        created_at as moved_at
    from int_billing_payments
    where is_collected
    union all
    select
        'payment' as movement_type,
        invoice_id || '/out_of_band' as movement_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        amount_outside as amount,
        coalesce(paid_at, finalized_at, created_at) as moved_at
    from paid_outside
    where amount_outside > 0
    union all
    select
        'refund' as movement_type,
        refund_id as movement_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        -amount as amount,
        created_at as moved_at
    from int_billing_refunds
    -- One on its way has left the balance, whoever has to act next.
    where coalesce(refund_status, 'succeeded') not in ('failed', 'canceled')
    union all
    select
        case movement_type when 'withdrawn' then 'dispute' else 'dispute_won' end as movement_type,
        dispute_movement_id as movement_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        case movement_type when 'withdrawn' then -amount else amount end as amount,
        moved_at
    from int_billing_dispute_movements
    union all
    select
        'fee' as movement_type,
        balance_transaction_id as movement_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        billing_provider,
        source_account,
        currency,
        -fee_amount as amount,
        created_at as moved_at
    from int_billing_balance_transactions
    where fee_amount <> 0
),

movements_dated as (
    select
        *,
        {{ local_day_of('moved_at') }} as movement_date
    from all_movements
    where moved_at <= {{ as_of_timestamp() }}
),

final as (
    select
        movements_dated.movement_type,
        movements_dated.movement_id,
        movements_dated.customer_id,
        movements_dated.billing_provider,
        movements_dated.source_account,
        movements_dated.movement_date,
        movements_dated.currency as native_currency,
        cast(movements_dated.amount as decimal(38, 9)) as native_amount,
        {{ in_report_currency(
            'movements_dated.amount', 'movements_dated.currency',
            'rates.usd_per_unit', 'rates.usd_per_report_unit'
        ) }} as amount,
        '{{ report_currency() }}' as currency
    from movements_dated
    left join int_mrr_rates as rates
        on
            movements_dated.currency = rates.currency
            and movements_dated.movement_date >= rates.valid_from
            and movements_dated.movement_date < {{ until('rates.valid_to') }}
)

select * from final
