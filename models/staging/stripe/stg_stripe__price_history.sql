with prices as (
    {{ all_versions('stripe', 'prices') }}
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
        -- `unit_amount` is null where a price has a fraction of a minor unit
        coalesce(unit_amount_decimal, cast(unit_amount as decimal(38, 12))) as _unit_amount_minor,
        row_number() over (
            partition by {{ version_key('stripe', ['id', '_is_deleted']) }}
            order by {{ newest_first() }}
        ) as _newest_first
    from prices
),

final as (
    select
        -- keys
        versions_dated.source_account,
        versions_dated._version_id as price_version_id,
        {{ stripe_price_key('versions_dated.id') }} as price_id,
        {{ stripe_product_key('versions_dated.product') }} as product_id,
        versions_dated.recurring__meter as meter_id,
        -- facts
        versions_dated.nickname,
        versions_dated.lookup_key,
        lower(versions_dated.currency) as currency,
        versions_dated._unit_amount_minor as unit_amount_minor,
        {{ to_major_units('versions_dated._unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        versions_dated.billing_scheme,
        versions_dated.tiers_mode,
        versions_dated.type as price_type,
        versions_dated.tax_behavior,
        versions_dated.recurring__interval as billing_interval,
        versions_dated.recurring__interval_count as billing_interval_count,
        versions_dated.recurring__usage_type as usage_type,
        versions_dated.transform_quantity__divide_by as transform_divide_by,
        versions_dated.transform_quantity__round as transform_round,
        versions_dated.active as is_active,
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
