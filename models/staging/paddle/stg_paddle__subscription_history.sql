with subscriptions as (
    {{ all_versions('paddle', 'subscriptions') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('paddle', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('paddle', ['id']) }} order by {{ newest_first() }}
        ) as _newest_first
    from subscriptions
    where not _is_deleted
),

final as (
    select
        -- keys
        source_account,
        _version_id as subscription_version_id,
        _version_number as version_number,
        {{ account_key('paddle', 'id') }} as subscription_id,
        {{ account_key('paddle', 'customer_id') }} as customer_id,
        {{ account_key('paddle', 'discount__id') }} as coupon_id,
        -- facts
        status,
        lower(currency_code) as currency,
        collection_mode,
        custom_data as metadata,
        scheduled_change__action as scheduled_action,
        -- times
        created_at,
        coalesce(started_at, created_at) as started_at,
        first_billed_at,
        paused_at,
        canceled_at,
        current_billing_period__starts_at as current_period_start_at,
        current_billing_period__ends_at as current_period_end_at,
        scheduled_change__effective_at as scheduled_at,
        scheduled_change__resume_at as scheduled_resume_at,
        discount__starts_at as discount_started_at,
        discount__ends_at as discount_ends_at,
        _observed_at as valid_from,
        _valid_to as valid_to,
        _observed_via as observed_via,
        _newest_first = 1 as is_newest
    from versions_dated
)

select * from final
