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

int_payments_outside as (
    select * from {{ ref('int_payments_outside') }}
),

int_mrr_rates as (
    select * from {{ ref('int_mrr_rates') }}
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
        payment_id as movement_id,
        customer_id,
        billing_provider,
        source_account,
        currency,
        amount,
        paid_at as moved_at
    from int_payments_outside
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
