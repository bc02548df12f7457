with plans as (
    {{ newest_versions('stripe', 'plans') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

amounts_chosen as (
    select
        *,
        coalesce(amount_decimal, cast(amount as decimal(38, 12))) as _unit_amount_minor
    from plans
),

final as (
    select
        -- keys
        amounts_chosen.source_account,
        amounts_chosen._version_id as plan_version_id,
        {{ stripe_price_key('amounts_chosen.id') }} as plan_id,
        -- before 2018-02-05 a plan had a name and no product: it is then a product of its own
        coalesce(
            {{ stripe_product_key('amounts_chosen.product') }},
            {{ stripe_price_key('amounts_chosen.id') }}
        ) as product_id,
        amounts_chosen.product is null as is_own_product,
        -- facts
        amounts_chosen.name as plan_name,
        amounts_chosen.nickname,
        lower(amounts_chosen.currency) as currency,
        amounts_chosen._unit_amount_minor as unit_amount_minor,
        {{ to_major_units('amounts_chosen._unit_amount_minor', 'currency_exponents.exponent') }}
            as unit_amount,
        coalesce(amounts_chosen.billing_scheme, 'per_unit') as billing_scheme,
        amounts_chosen.tiers_mode,
        amounts_chosen.interval as billing_interval,
        coalesce(amounts_chosen.interval_count, 1) as billing_interval_count,
        coalesce(amounts_chosen.usage_type, 'licensed') as usage_type,
        amounts_chosen.transform_usage__divide_by as transform_divide_by,
        amounts_chosen.transform_usage__round as transform_round,
        coalesce(amounts_chosen.active, true) as is_active,
        amounts_chosen.metadata,
        amounts_chosen.livemode as is_livemode,
        -- times
        amounts_chosen.created as created_at,
        amounts_chosen._observed_at as observed_at,
        amounts_chosen._deleted_at as deleted_at,
        amounts_chosen._deleted_at is not null as is_deleted
    from amounts_chosen
    left join currency_exponents
        on lower(amounts_chosen.currency) = currency_exponents.currency
)

select * from final
