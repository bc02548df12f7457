with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

final as (
    select
        subscription_id,
        customer_id,
        billing_provider,
        source_account,
        canceled_at as requested_at,
        coalesce(cancel_at, case when is_cancel_at_period_end then current_period_end_at end)
            as ends_at,
        ended_at,
        nullif(trim(cancellation_reason), '') as cancellation_reason,
        nullif(trim(cancellation_feedback), '') as cancellation_feedback,
        nullif(trim(cancellation_comment), '') as cancellation_comment
    from int_billing_subscriptions
    where
        canceled_at is not null
        or cancel_at is not null
        or ended_at is not null
        or is_cancel_at_period_end
)

select * from final
