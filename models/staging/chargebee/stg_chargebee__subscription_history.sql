with subscriptions as (
    {{ all_versions('chargebee', 'subscriptions') }}
),

currency_exponents as (
    select * from {{ ref('currency_exponents') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('chargebee', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('chargebee', ['id', '_is_deleted']) }}
            order by {{ newest_first() }}
        ) as _newest_first
    from subscriptions
),

final as (
    select
        -- keys
        versions_dated.source_account,
        versions_dated._version_id as subscription_version_id,
        versions_dated._version_number as version_number,
        {{ account_key('chargebee', 'versions_dated.id', 'versions_dated.source_account') }}
            as subscription_id,
        {{ account_key(
            'chargebee', 'versions_dated.customer_id', 'versions_dated.source_account'
        ) }} as customer_id,
        -- facts
        versions_dated.status,
        lower(versions_dated.currency_code) as currency,
        currency_exponents.exponent as currency_exponent,
        versions_dated.auto_collection,
        versions_dated.billing_period_unit as billing_interval,
        versions_dated.billing_period as billing_interval_count,
        coalesce(versions_dated.cancel_reason_code, versions_dated.cancel_reason)
            as cancellation_reason,
        coalesce(versions_dated.due_invoices_count, 0) as due_invoices_count,
        coalesce(versions_dated.has_scheduled_changes, false) as has_scheduled_changes,
        {{ chargebee_major('versions_dated.mrr', 'currency_exponents.exponent') }} as native_mrr,
        versions_dated.meta_data as metadata,
        -- times
        versions_dated.created_at,
        coalesce(
            versions_dated.started_at, versions_dated.start_date, versions_dated.created_at
        ) as started_at,
        versions_dated.trial_start as trial_start_at,
        versions_dated.trial_end as trial_end_at,
        versions_dated.current_term_start as current_period_start_at,
        versions_dated.current_term_end as current_period_end_at,
        versions_dated.pause_date as paused_at,
        versions_dated.resume_date as pause_resumes_at,
        versions_dated.cancelled_at as canceled_at,
        versions_dated.cancel_schedule_created_at as cancel_requested_at,
        versions_dated.due_since as due_since_at,
        versions_dated._observed_at as valid_from,
        versions_dated._valid_to as valid_to,
        versions_dated._observed_via as observed_via,
        versions_dated._newest_first = 1 as is_newest
    from versions_dated
    left join currency_exponents
        on lower(versions_dated.currency_code) = currency_exponents.currency
    where not versions_dated._is_deleted
)

select * from final
