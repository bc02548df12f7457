with stripe_disputes as (
    select * from {{ ref('stg_stripe__disputes') }}
),

stripe_dispute_transactions as (
    select * from {{ ref('stg_stripe__dispute_balance_transactions') }}
),

stripe_balance_transactions as (
    select * from {{ ref('stg_stripe__balance_transactions') }}
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

-- a dispute lists its movements; the balance may know one that it was seen without
movements as (
    select
        dispute_id,
        currency,
        amount,
        fee_amount,
        created_at
    from stripe_dispute_transactions
    union all
    select
        stripe_disputes.dispute_id,
        stripe_balance_transactions.currency,
        stripe_balance_transactions.amount,
        stripe_balance_transactions.fee_amount,
        stripe_balance_transactions.created_at
    from stripe_balance_transactions
    inner join stripe_disputes
        on stripe_balance_transactions.source_id = stripe_disputes.dispute_id
    left join stripe_dispute_transactions
        on
            stripe_balance_transactions.balance_transaction_id
            = stripe_dispute_transactions.balance_transaction_id
    where
        stripe_dispute_transactions.balance_transaction_id is null
        and not stripe_balance_transactions.is_deleted
),

transactions_summed as (
    select
        dispute_id,
        max(currency) as fee_currency,
        sum(fee_amount) as fee_amount,
        -- the sign says which way money went; its category does not always
        min(case when amount < 0 then created_at end) as withdrawn_at,
        max(case when amount > 0 then created_at end) as reinstated_at,
        sum(case when amount < 0 then -amount else cast(0 as decimal(38, 9)) end)
            as withdrawn_amount,
        sum(case when amount > 0 then amount else cast(0 as decimal(38, 9)) end)
            as reinstated_amount
    from movements
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
        -- an inquiry or a prevented dispute moves no money
        transactions_summed.withdrawn_at is not null as is_chargeback,
        payments_resolved.currency,
        payments_resolved.amount,
        case
            when transactions_summed.withdrawn_at is null then cast(0 as decimal(38, 9))
            -- the balance is kept in a currency of its own
            when transactions_summed.fee_currency <> payments_resolved.currency
                then payments_resolved.amount
            else transactions_summed.withdrawn_amount
        end as withdrawn_amount,
        case
            when transactions_summed.reinstated_at is null then cast(0 as decimal(38, 9))
            when transactions_summed.fee_currency = payments_resolved.currency
                then transactions_summed.reinstated_amount
            when transactions_summed.reinstated_amount = transactions_summed.withdrawn_amount
                then payments_resolved.amount
            else
                {{ exact_divide(
                    'payments_resolved.amount * transactions_summed.reinstated_amount',
                    'transactions_summed.withdrawn_amount'
                ) }}
        end as reinstated_amount,
        transactions_summed.fee_currency,
        cast(coalesce(transactions_summed.fee_amount, 0) as decimal(38, 9)) as fee_amount,
        -- times
        payments_resolved.created_at,
        transactions_summed.withdrawn_at,
        transactions_summed.reinstated_at as won_at,
        case
            when payments_resolved.dispute_status = 'lost' then payments_resolved.lost_seen_at
        end as lost_at
    from payments_resolved
    left join transactions_summed
        on payments_resolved.dispute_id = transactions_summed.dispute_id
)

select * from final
