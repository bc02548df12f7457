with subscriptions as (
    {{ all_versions('stripe', 'subscriptions') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('stripe', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('stripe', ['id', '_is_deleted']) }}
            order by {{ newest_first() }}
        ) as _newest_first
    from subscriptions
),

final as (
    select
        -- keys
        source_account,
        _version_id as subscription_version_id,
        _version_number as version_number,
        id as subscription_id,
        customer as customer_id,
        latest_invoice as latest_invoice_id,
        schedule as schedule_id,
        {{ stripe_price_key('plan') }} as plan_id,
        -- facts
        status,
        lower(currency) as currency,
        coalesce(collection_method, billing) as collection_method,
        quantity,
        coalesce(cancel_at_period_end, false) as is_cancel_at_period_end,
        cancellation_details__reason as cancellation_reason,
        -- versions that were stored before the two columns were declared have them in the object
        coalesce(
            cancellation_details__feedback, {{ json_text('_raw', 'cancellation_details.feedback') }}
        ) as cancellation_feedback,
        coalesce(
            cancellation_details__comment, {{ json_text('_raw', 'cancellation_details.comment') }}
        ) as cancellation_comment,
        pause_collection__behavior as pause_behavior,
        days_until_due,
        tax_percent,
        metadata,
        livemode as is_livemode,
        -- times
        created as created_at,
        coalesce(start_date, created) as started_at,
        current_period_start as current_period_start_at,
        current_period_end as current_period_end_at,
        billing_cycle_anchor as billing_cycle_anchor_at,
        trial_start as trial_start_at,
        trial_end as trial_end_at,
        cancel_at,
        canceled_at,
        ended_at,
        pause_collection__resumes_at as pause_resumes_at,
        _observed_at as valid_from,
        _valid_to as valid_to,
        _observed_via as observed_via,
        _api_version as api_version,
        _newest_first = 1 as is_newest
    from versions_dated
    where not _is_deleted
)

select * from final
