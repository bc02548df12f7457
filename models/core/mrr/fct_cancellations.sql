with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

int_mrr_ends_to_come as (
    select * from {{ ref('int_mrr_ends_to_come') }}
),

final as (
    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.billing_provider,
        subscriptions.source_account,
        subscriptions.canceled_at as requested_at,
        ends_to_come.ends_at,
        subscriptions.ended_at,
        nullif(trim(subscriptions.cancellation_reason), '') as cancellation_reason,
        nullif(trim(subscriptions.cancellation_feedback), '') as cancellation_feedback,
        nullif(trim(subscriptions.cancellation_comment), '') as cancellation_comment
    from int_billing_subscriptions as subscriptions
    left join int_mrr_ends_to_come as ends_to_come
        on subscriptions.subscription_id = ends_to_come.subscription_id
    where
        subscriptions.canceled_at is not null
        or subscriptions.ended_at is not null
        or ends_to_come.subscription_id is not null
)

select * from final
