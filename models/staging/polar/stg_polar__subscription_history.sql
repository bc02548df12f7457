with subscriptions as (
    {{ all_versions('polar', 'subscriptions') }}
),

versions_numbered as (
    select
        *,
        least(coalesce(modified_at, created_at, _observed_at), _observed_at) as _changed_at,
        lag(_observed_at) over (
            partition by {{ version_key('polar', ['id']) }} order by {{ oldest_first() }}
        ) as _seen_before_at,
        row_number() over (
            partition by {{ version_key('polar', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('polar', ['id']) }} order by {{ newest_first() }}
        ) as _newest_first
    from subscriptions
    where not _is_deleted
),

-- An object says when it last changed: it has been so since, whenever somebody looked.
versions_dated as (
    select
        *,
        greatest(_changed_at, coalesce(_seen_before_at, _changed_at)) as _valid_from
    from versions_numbered
),

final as (
    select
        -- keys
        source_account,
        _version_id as subscription_version_id,
        _version_number as version_number,
        {{ account_key('polar', 'id') }} as subscription_id,
        {{ account_key('polar', 'customer_id') }} as customer_id,
        {{ account_key('polar', 'product_id') }} as product_id,
        {{ account_key('polar', 'coalesce(discount_id, discount__id)') }} as coupon_id,
        -- facts
        status,
        lower(currency) as currency,
        amount as amount_minor,
        recurring_interval as billing_interval,
        coalesce(recurring_interval_count, 1) as billing_interval_count,
        seats,
        units,
        coalesce(cancel_at_period_end, false) as is_cancel_at_period_end,
        customer_cancellation_reason as cancellation_reason,
        metadata,
        -- the discount's terms
        discount__duration as discount_duration,
        discount__duration_in_months as discount_duration_in_months,
        case
            when discount__type = 'percentage'
                then cast(discount__basis_points as decimal(12, 2)) * cast(0.01 as decimal(3, 2))
        end as discount_percent_off,
        case when discount__type = 'fixed' then discount__amount end as discount_amount_off_minor,
        case when discount__type = 'fixed' then lower(discount__currency) end as discount_currency,
        -- what is to change
        pending_update__id as pending_update_id,
        pending_update__applies_at as pending_update_at,
        {{ account_key('polar', 'pending_update__product_id') }} as pending_product_id,
        pending_update__seats as pending_seats,
        pending_update__units as pending_units,
        -- times
        created_at,
        coalesce(started_at, created_at) as started_at,
        current_period_start as current_period_start_at,
        current_period_end as current_period_end_at,
        trial_start as trial_start_at,
        trial_end as trial_end_at,
        canceled_at,
        ends_at,
        ended_at,
        past_due_at,
        paused_at,
        resumes_at,
        _observed_at as observed_at,
        _valid_from as valid_from,
        lead(_valid_from) over (
            partition by {{ version_key('polar', ['id']) }} order by _version_number
        ) as valid_to,
        _newest_first = 1 as is_newest
    from versions_dated
)

select * from final
