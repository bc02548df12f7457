with paddle_transactions as (
    select * from {{ ref('stg_paddle__transactions') }}
),

int_paddle__payments as (
    select * from {{ ref('int_paddle__payments') }}
),

payments_summed as (
    select
        invoice_id,
        count(*) as attempt_count,
        sum(amount_collected) as amount_paid,
        max(case when is_collected then created_at end) as paid_at
    from int_paddle__payments
    group by invoice_id
),

transactions_stated as (
    select
        *,
        case status
            when 'billed' then 'open'
            when 'past_due' then 'open'
            when 'paid' then 'paid'
            when 'completed' then 'paid'
            when 'canceled' then 'void'
            else 'draft'
        end as invoice_status
    from paddle_transactions
),

final as (
    select
        -- keys
        transactions.source_account,
        transactions.invoice_id,
        transactions.invoice_number,
        transactions.customer_id,
        transactions.subscription_id,
        -- facts
        transactions.invoice_status,
        case
            when transactions.origin = 'subscription_recurring' then 'subscription_cycle'
            when transactions.origin = 'subscription_update' then 'subscription_update'
            when transactions.origin = 'subscription_charge' then 'manual'
            when transactions.subscription_id is not null then 'subscription_create'
            else 'manual'
        end as billing_reason,
        case transactions.collection_mode
            when 'manual' then 'send_invoice'
            else 'charge_automatically'
        end as collection_method,
        coalesce(payments_summed.attempt_count, 0) as attempt_count,
        payments_summed.invoice_id is not null as is_attempted,
        false as is_deleted,
        transactions.metadata,
        -- money
        transactions.currency,
        transactions.subtotal,
        transactions.tax_amount,
        transactions.total,
        coalesce(transactions.grand_total, transactions.total) as amount_due,
        coalesce(
            payments_summed.amount_paid,
            case
                when transactions.invoice_status = 'paid'
                    then coalesce(transactions.grand_total, transactions.total)
            end,
            cast(0 as decimal(38, 9))
        ) as amount_paid,
        case
            when transactions.invoice_status = 'open'
                then coalesce(transactions.balance, transactions.grand_total, transactions.total)
            else cast(0 as decimal(38, 9))
        end as amount_remaining,
        -- times
        transactions.created_at,
        case
            when transactions.invoice_status <> 'draft'
                then coalesce(transactions.billed_at, transactions.created_at)
        end as finalized_at,
        -- what Paddle collects itself is billed and paid at once
        case
            when transactions.invoice_status = 'paid'
                then coalesce(
                    payments_summed.paid_at,
                    case
                        when coalesce(transactions.collection_mode, '') <> 'manual'
                            then transactions.billed_at
                    end
                )
        end as paid_at,
        case when transactions.invoice_status = 'void' then transactions.updated_at end
            as voided_at,
        transactions.period_start_at,
        transactions.period_end_at,
        transactions.observed_at
    from transactions_stated as transactions
    left join payments_summed
        on transactions.invoice_id = payments_summed.invoice_id
)

select * from final
