with stripe_disputes as (
    select * from {{ ref('stg_stripe__disputes') }}
),

stripe_dispute_transactions as (
    select * from {{ ref('stg_stripe__dispute_balance_transactions') }}
),

payments as (
    select * from {{ ref('int_stripe__payments') }}
),

collected_by_intent as (
    select
        payment_intent_id,
        max(payment_id) as payment_id
    from payments
    where is_collected and payment_intent_id is not null
    group by payment_intent_id
),

transactions_summed as (
    select
        dispute_id,
        max(currency) as fee_currency,
        sum(fee_amount) as fee_amount,
        min(case when reporting_category = 'dispute' then created_at end) as withdrawn_at,
        min(case when reporting_category = 'dispute_reversal' then created_at end)
            as reinstated_at
    from stripe_dispute_transactions
    group by dispute_id
),

payments_resolved as (
    select
        stripe_disputes.*,
        coalesce(stripe_disputes.charge_id, collected_by_intent.payment_id) as payment_id
    from stripe_disputes
    left join collected_by_intent
        on stripe_disputes.payment_intent_id = collected_by_intent.payment_intent_id
    where not stripe_disputes.is_deleted
),

final as (
    select
        -- keys
        payments_resolved.source_account,
        payments_resolved.dispute_id,
        payments_resolved.payment_id,
        -- facts
        payments_resolved.dispute_status,
        payments_resolved.reason,
        -- an inquiry (`warning_*`) moves no money
        payments_resolved.dispute_status not like 'warning%' as is_chargeback,
        payments_resolved.currency,
        payments_resolved.amount,
        transactions_summed.fee_currency,
        cast(coalesce(transactions_summed.fee_amount, 0) as decimal(38, 9)) as fee_amount,
        -- times
        payments_resolved.created_at,
        transactions_summed.withdrawn_at,
        case
            when payments_resolved.dispute_status = 'won'
                then coalesce(transactions_summed.reinstated_at, payments_resolved.won_seen_at)
        end as won_at,
        case
            when payments_resolved.dispute_status = 'lost' then payments_resolved.lost_seen_at
        end as lost_at
    from payments_resolved
    left join transactions_summed
        on payments_resolved.dispute_id = transactions_summed.dispute_id
)

select * from final
