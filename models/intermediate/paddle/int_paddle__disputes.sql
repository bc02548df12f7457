with paddle_adjustments as (
    select * from {{ ref('stg_paddle__adjustments') }}
    where status = 'approved'
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

-- A chargeback that was won comes back as an adjustment of its own.
reversals as (
    select
        invoice_id,
        min(created_at) as reversed_at
    from paddle_adjustments
    where action = 'chargeback_reverse'
    group by invoice_id
),

final as (
    select
        adjustments.source_account,
        adjustments.adjustment_id as dispute_id,
        payments_of_invoices.payment_id,
        adjustments.invoice_id,
        case
            when adjustments.action = 'chargeback_warning' then 'warning_closed'
            when reversals.reversed_at is not null then 'won'
            else 'lost'
        end as dispute_status,
        adjustments.reason,
        adjustments.action = 'chargeback' as is_chargeback,
        adjustments.currency,
        adjustments.total as amount,
        adjustments.created_at,
        case when adjustments.action = 'chargeback' then adjustments.created_at end
            as withdrawn_at,
        case when adjustments.action = 'chargeback' then reversals.reversed_at end as won_at,
        case
            when adjustments.action = 'chargeback' and reversals.reversed_at is null
                then adjustments.created_at
        end as lost_at
    from paddle_adjustments as adjustments
    left join payments_of_invoices
        on adjustments.invoice_id = payments_of_invoices.invoice_id
    left join reversals
        on
            adjustments.invoice_id = reversals.invoice_id
            and adjustments.created_at <= reversals.reversed_at
    where adjustments.action in ('chargeback', 'chargeback_warning')
)

select * from final
