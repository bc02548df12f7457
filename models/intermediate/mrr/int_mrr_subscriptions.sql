{{ config(materialized='table') }}

with int_billing_subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

int_mrr_first_versions as (
    select * from {{ ref('int_mrr_first_versions') }}
),

final as (
    select
        subscriptions.billing_provider,
        subscriptions.source_account,
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.billing_customer_id,
        subscriptions.currency,
        least(subscriptions.started_at, subscriptions.created_at) as starts_at,
        subscriptions.created_at,
        subscriptions.trial_start_at,
        subscriptions.trial_end_at,
        coalesce(
            case
                when '{{ mrr_switch('churn_at') }}' = 'cancel_request'
                    then subscriptions.canceled_at
            end,
            subscriptions.ended_at,
            subscriptions.deleted_at
        ) as ends_at,
        -- For Stripe's dashboard a customer is gone on asking.
        coalesce(subscriptions.canceled_at, subscriptions.ended_at, subscriptions.deleted_at)
            as cancel_requested_at,
        first_versions.subscription_version_id as first_version_id,
        first_versions.status as first_status,
        first_versions.pause_behavior as first_pause_behavior,
        first_versions.status_since_at as first_status_since_at,
        first_versions.evidence as first_evidence,
        first_versions.known_from,
        first_versions.events_known_to
    from int_billing_subscriptions as subscriptions
    inner join int_mrr_first_versions as first_versions
        on subscriptions.subscription_id = first_versions.subscription_id
    where
        subscriptions.created_at <= {{ as_of_timestamp() }}
        -- Nobody's revenue cannot be counted: it is listed among the checks.
        and subscriptions.customer_id is not null
)

select * from final
