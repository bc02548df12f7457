with customers as (
    {{ all_versions('stripe', 'customers') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

versions_dated as (
    select
        *,
        row_number() over (
            partition by {{ version_key('stripe', ['id', '_is_deleted']) }}
            order by {{ newest_first() }}
        ) as _newest_first
    from customers
),

final as (
    select
        -- keys
        versions_dated.source_account,
        versions_dated._version_id as customer_version_id,
        versions_dated.id as customer_id,
        {{ json_text('versions_dated.metadata', 'app_customer_id') }} as app_customer_id,
        -- facts
        versions_dated.name as customer_name,
        versions_dated.email,
        versions_dated.email_domain,
        upper(versions_dated.address__country) as country,
        lower(versions_dated.currency) as currency,
        {{ to_major_units('versions_dated.balance', 'currency_exponents.exponent') }} as balance,
        versions_dated.delinquent as is_delinquent,
        versions_dated.metadata,
        versions_dated.livemode as is_livemode,
        -- times
        versions_dated.created as created_at,
        versions_dated._observed_at as valid_from,
        versions_dated._valid_to as valid_to,
        versions_dated._observed_via as observed_via,
        versions_dated._api_version as api_version,
        versions_dated._newest_first = 1 as is_newest
    from versions_dated
    left join currency_exponents
        on lower(versions_dated.currency) = currency_exponents.currency
    where not versions_dated._is_deleted
)

select * from final
