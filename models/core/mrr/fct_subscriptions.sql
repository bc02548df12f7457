with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

final as (
    select
        subscription_id,
        customer_id,
        billing_provider,
        source_account,
        status,
        currency,
        collection_method,
        is_cancel_at_period_end,
        cancellation_reason,
        cancellation_feedback,
        cancellation_comment,
        created_at,
        started_at,
        trial_start_at,
        trial_end_at,
        current_period_start_at,
        current_period_end_at,
        cancel_at,
        canceled_at,
        ended_at,
        is_deleted
    from int_billing_subscriptions
)

select * from final
