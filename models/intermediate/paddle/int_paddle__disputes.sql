with paddle_adjustments as (
    select * from {{ ref('stg_paddle__adjustments') }}
    where
        status = 'approved'
        or (status = 'reversed' and action in ('chargeback', 'chargeback_warning'))
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

-- A chargeback that was won comes back as an adjustment of its own, or turns itself.
reversals as (
    select
        invoice_id,
        min(created_at) as reversed_at
    from paddle_adjustments
    where action = 'chargeback_reverse'
    group by invoice_id
),

disputes as (
    select
        adjustments.*,
        coalesce(
            reversals.reversed_at,
            case
                when adjustments.status = 'reversed'
                    then coalesce(adjustments.updated_at, adjustments.created_at)
            end
        ) as reversed_at
    from paddle_adjustments as adjustments
    left join reversals
        on
            adjustments.invoice_id = reversals.invoice_id
            and adjustments.created_at <= reversals.reversed_at
    where adjustments.action in ('chargeback', 'chargeback_warning')
),

final as (
    select
        disputes.source_account,
        disputes.adjustment_id as dispute_id,
        payments_of_invoices.payment_id,
        disputes.invoice_id,
        case
            when disputes.action = 'chargeback_warning' then 'warning_closed'
            when disputes.reversed_at is not null then 'won'
            else 'lost'
        end as dispute_status,
        disputes.reason,
        disputes.action = 'chargeback' as is_chargeback,
        disputes.currency,
        disputes.total as amount,
        disputes.created_at,
        case when disputes.action = 'chargeback' then disputes.created_at end
            as withdrawn_at,
        case when disputes.action = 'chargeback' then disputes.reversed_at end as won_at,
        case
            when disputes.action = 'chargeback' and disputes.reversed_at is null
                then disputes.created_at
        end as lost_at
    from disputes
    left join payments_of_invoices
        on disputes.invoice_id = payments_of_invoices.invoice_id
)

select * from final
