with braintree_transactions as (
    select * from {{ ref('stg_braintree__transactions') }}
    where transaction_type = 'sale' and subscription_id is not null
),

braintree_subscriptions as (
    select * from {{ ref('stg_braintree__subscriptions') }}
),

braintree_history as (
    select * from {{ ref('stg_braintree__status_history') }}
    where status in ('Canceled', 'Expired')
),

last_paid as (
    select
        subscription_id,
        max(created_at) as paid_at,
        max(period_start_at) as paid_period_start_at
    from braintree_transactions
    where is_paid
    group by subscription_id
),

ends as (
    select
        subscription_id,
        max(happened_at) as ended_at
    from braintree_history
    group by subscription_id
),

-- A retry is another charge, and what was never paid is part of the next period's charge: what
-- somebody owes is the newest charge that failed, unless one was paid after it.
failed as (
    select
        transactions.transaction_id,
        transactions.subscription_id,
        transactions.created_at,
        row_number() over (
            partition by transactions.subscription_id
            order by
                transactions.period_start_at desc,
                transactions.created_at asc,
                transactions.transaction_id asc
        ) as recency
    from braintree_transactions as transactions
    left join last_paid
        on transactions.subscription_id = last_paid.subscription_id
    where
        transactions.status in (
            'processor_declined', 'gateway_rejected', 'failed', 'settlement_declined',
            'authorization_expired'
        )
        and transactions.period_start_at is not null
        and transactions.amount > 0
        and (
            last_paid.paid_at is null
            or (
                transactions.created_at > last_paid.paid_at
                and transactions.period_start_at
                > coalesce(last_paid.paid_period_start_at, last_paid.paid_at)
            )
        )
),

final as (
    select
        failed.transaction_id,
        case
            when subscriptions.status in ('Canceled', 'Expired') then 'uncollectible'
            else 'open'
        end as invoice_status,
        case
            when subscriptions.status in ('Canceled', 'Expired')
                then greatest(coalesce(ends.ended_at, failed.created_at), failed.created_at)
        end as given_up_at
    from failed
    left join braintree_subscriptions as subscriptions
        on failed.subscription_id = subscriptions.subscription_id
    left join ends
        on failed.subscription_id = ends.subscription_id
    where failed.recency = 1
)

select * from final
