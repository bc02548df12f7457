with stripe_subscriptions as (
    select * from {{ ref('stg_stripe__subscription_history') }}
),

stripe_subscription_items as (
    select * from {{ ref('stg_stripe__subscription_item_history') }}
),

-- since 2025-03-31.basil the billing period stands on the items only
periods_of_items as (
    select
        subscription_version_id,
        min(current_period_start_at) as current_period_start_at,
        max(current_period_end_at) as current_period_end_at,
        min(currency) as currency
    from stripe_subscription_items
    group by subscription_version_id
),

final as (
    select
        -- keys
        stripe_subscriptions.source_account,
        stripe_subscriptions.subscription_version_id,
        stripe_subscriptions.version_number,
        stripe_subscriptions.subscription_id,
        stripe_subscriptions.customer_id,
        stripe_subscriptions.latest_invoice_id,
        stripe_subscriptions.schedule_id,
        -- facts
        stripe_subscriptions.status,
        coalesce(stripe_subscriptions.currency, periods_of_items.currency) as currency,
        stripe_subscriptions.collection_method,
        stripe_subscriptions.days_until_due,
        stripe_subscriptions.is_cancel_at_period_end,
        stripe_subscriptions.cancellation_reason,
        stripe_subscriptions.cancellation_feedback,
        stripe_subscriptions.cancellation_comment,
        stripe_subscriptions.pause_behavior,
        stripe_subscriptions.tax_percent,
        stripe_subscriptions.metadata,
        -- times
        stripe_subscriptions.created_at,
        stripe_subscriptions.started_at,
        coalesce(
            stripe_subscriptions.current_period_start_at, periods_of_items.current_period_start_at
        ) as current_period_start_at,
        coalesce(
            stripe_subscriptions.current_period_end_at, periods_of_items.current_period_end_at
        ) as current_period_end_at,
        stripe_subscriptions.billing_cycle_anchor_at,
        stripe_subscriptions.trial_start_at,
        stripe_subscriptions.trial_end_at,
        stripe_subscriptions.cancel_at,
        stripe_subscriptions.canceled_at,
        stripe_subscriptions.ended_at,
        stripe_subscriptions.pause_resumes_at,
        -- evidence
        case
            when stripe_subscriptions.observed_via = 'event' then 'event'
            else 'snapshot'
        end as evidence,
        stripe_subscriptions.valid_from,
        stripe_subscriptions.valid_to,
        stripe_subscriptions.is_newest,
        stripe_subscriptions.is_newest and stripe_subscriptions.valid_to is not null as is_deleted
    from stripe_subscriptions
    left join periods_of_items
        on stripe_subscriptions.subscription_version_id = periods_of_items.subscription_version_id
)

select * from final
