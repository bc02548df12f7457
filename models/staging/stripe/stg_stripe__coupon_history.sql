with coupons as (
    {{ all_versions('stripe', 'coupons') }}
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
    from coupons
),

final as (
    select
        -- keys
        versions_dated.source_account,
        versions_dated._version_id as coupon_version_id,
        {{ stripe_coupon_key('versions_dated.id') }} as coupon_id,
        -- facts
        versions_dated.name as coupon_name,
        versions_dated.duration,
        versions_dated.duration_in_months,
        versions_dated.percent_off,
        versions_dated.amount_off as amount_off_minor,
        {{ to_major_units('versions_dated.amount_off', 'currency_exponents.exponent') }}
            as amount_off,
        lower(versions_dated.currency) as currency,
        versions_dated.valid as is_valid,
        versions_dated.times_redeemed,
        versions_dated.metadata,
        versions_dated.livemode as is_livemode,
        -- times
        versions_dated.created as created_at,
        versions_dated.redeem_by as redeem_by_at,
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
