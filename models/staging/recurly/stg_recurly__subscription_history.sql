with subscriptions as (
    {{ all_versions('recurly', 'subscriptions') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('recurly', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('recurly', ['id']) }} order by {{ newest_first() }}
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
        {{ account_key('recurly', 'id') }} as subscription_id,
        {{ account_key('recurly', 'account__id') }} as customer_id,
        {{ account_key('recurly', 'plan__id') }} as list_price_id,
        plan__code as plan_code,
        -- facts
        state,
        lower(currency) as currency,
        collection_method,
        unit_amount,
        coalesce(quantity, 1) as quantity,
        coalesce(tax_inclusive, false) as is_tax_inclusive,
        expiration_reason,
        -- what is to come
        case when not coalesce(pending_change__activated, false) then pending_change__id end
            as pending_change_id,
        {{ account_key('recurly', 'pending_change__plan__id') }} as pending_list_price_id,
        pending_change__plan__code as pending_plan_code,
        pending_change__quantity as pending_quantity,
        pending_change__unit_amount as pending_unit_amount,
        pending_change__activate_at as pending_change_at,
        -- times
        created_at,
        coalesce(activated_at, created_at) as started_at,
        trial_started_at as trial_start_at,
        trial_ends_at as trial_end_at,
        current_period_started_at as current_period_start_at,
        current_period_ends_at as current_period_end_at,
        canceled_at,
        expires_at,
        paused_at,
        resume_at,
        _observed_at as valid_from,
        _valid_to as valid_to,
        _newest_first = 1 as is_newest
    from versions_dated
)

select * from final
