{{ config(materialized='table') }}

with subscriptions as (
    select * from {{ ref('int_billing_subscriptions') }}
),

subscription_versions as (
    select * from {{ ref('int_billing_subscription_versions') }}
),

event_coverage as (
    select * from {{ ref('int_billing_event_coverage') }}
),

invoices as (
    select * from {{ ref('int_billing_invoices') }}
),

versions_numbered as (
    select
        *,
        row_number() over (partition by subscription_id order by version_number) as version_order
    from subscription_versions
    where valid_from <= {{ as_of_timestamp() }}
),

-- what the first sync shows, and its 30 days of events do not, holds for those days as well
first_versions as (
    select
        versions_numbered.subscription_id,
        versions_numbered.subscription_version_id,
        versions_numbered.status,
        versions_numbered.pause_behavior,
        versions_numbered.evidence,
        coalesce(
            case
                when
                    versions_numbered.evidence = 'snapshot'
                    and versions_numbered.valid_from
                    <= {{ dbt.dateadd('day', 30, 'event_coverage.covered_from') }}
                    then greatest(event_coverage.covered_from, versions_numbered.created_at)
            end,
            versions_numbered.valid_from
        ) as known_from,
        event_coverage.covered_to as events_known_to
    from versions_numbered
    left join event_coverage
        on
            versions_numbered.billing_provider = event_coverage.billing_provider
            and versions_numbered.valid_from > event_coverage.covered_from
            and versions_numbered.valid_from <= event_coverage.covered_to
    where versions_numbered.version_order = 1
),

invoices_with_a_charge as (
    select
        subscription_id,
        invoice_status,
        collection_method,
        finalized_at,
        row_number() over (
            partition by subscription_id order by created_at, invoice_id
        ) as charge_number
    from invoices
    where
        subscription_id is not null
        and total > 0
        and created_at <= {{ as_of_timestamp() }}
        and invoice_status <> 'deleted'
),

first_charges as (
    select
        subscription_id,
        invoice_status = 'paid'
        or (
            coalesce(collection_method, 'charge_automatically') = 'send_invoice'
            and finalized_at is not null
        ) as is_proven
    from invoices_with_a_charge
    where charge_number = 1
),

final as (
    select
        subscriptions.billing_provider,
        subscriptions.subscription_id,
        subscriptions.customer_id,
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
        -- for Stripe's dashboard a customer is gone on asking
        coalesce(subscriptions.canceled_at, subscriptions.ended_at, subscriptions.deleted_at)
            as cancel_requested_at,
        first_versions.subscription_version_id as first_version_id,
        first_versions.status as first_status,
        first_versions.pause_behavior as first_pause_behavior,
        first_versions.evidence as first_evidence,
        first_versions.known_from,
        first_versions.events_known_to,
        coalesce(first_charges.is_proven, true)
        or '{{ mrr_switch('require_first_payment') }}' = 'false' as is_proven
    from subscriptions
    inner join first_versions
        on subscriptions.subscription_id = first_versions.subscription_id
    left join first_charges
        on subscriptions.subscription_id = first_charges.subscription_id
    where subscriptions.created_at <= {{ as_of_timestamp() }}
)

select * from final
