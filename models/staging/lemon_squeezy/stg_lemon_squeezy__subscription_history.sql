with subscriptions as (
    {{ all_versions('lemon_squeezy', 'subscriptions') }}
),

versions_numbered as (
    select
        *,
        least(coalesce(updated_at, created_at, _observed_at), _observed_at) as _changed_at,
        lag(_observed_at) over (
            partition by {{ version_key('lemon_squeezy', ['id']) }} order by {{ oldest_first() }}
        ) as _seen_before_at,
        row_number() over (
            partition by {{ version_key('lemon_squeezy', ['id']) }} order by {{ oldest_first() }}
        ) as _version_number,
        row_number() over (
            partition by {{ version_key('lemon_squeezy', ['id']) }} order by {{ newest_first() }}
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
        {{ account_key('lemon_squeezy', 'id') }} as subscription_id,
        {{ account_key('lemon_squeezy', 'store_id') }} as store_id,
        {{ account_key('lemon_squeezy', 'customer_id') }} as customer_id,
        {{ account_key('lemon_squeezy', 'order_id') }} as order_id,
        {{ account_key('lemon_squeezy', 'product_id') }} as product_id,
        {{ account_key('lemon_squeezy', 'variant_id') }} as variant_id,
        {{ account_key('lemon_squeezy', 'first_subscription_item__price_id') }} as price_id,
        -- facts
        product_name,
        status,
        pause__mode as pause_mode,
        coalesce(first_subscription_item__quantity, 1) as quantity,
        coalesce(first_subscription_item__is_usage_based, false) as is_metered,
        -- times
        created_at,
        trial_ends_at,
        renews_at,
        ends_at,
        pause__resumes_at as pause_resumes_at,
        updated_at,
        _valid_from as valid_from,
        lead(_valid_from) over (
            partition by {{ version_key('lemon_squeezy', ['id']) }} order by _version_number
        ) as valid_to,
        _newest_first = 1 as is_newest
    from versions_dated
)

select * from final
