{{ config(materialized='table') }}

with price_sightings as (
    select * from {{ ref('int_billing_price_sightings') }}
),

currency_exponents as (
    select
        currency,
        exponent
    from {{ ref('currency_exponents') }}
),

sightings_ranked as (
    select
        *,
        row_number() over (
            partition by price_id
            order by preference asc, seen_at desc nulls last, product_id asc nulls last
        ) as sighting_rank
    from price_sightings
),

final as (
    select
        sightings_ranked.billing_provider,
        sightings_ranked.price_id,
        -- a plan of before products existed is a product of its own
        coalesce(sightings_ranked.product_id, sightings_ranked.price_id) as product_id,
        sightings_ranked.meter_id,
        sightings_ranked.price_origin,
        sightings_ranked.nickname,
        sightings_ranked.lookup_key,
        sightings_ranked.currency,
        currency_exponents.exponent as currency_exponent,
        sightings_ranked.unit_amount_minor,
        sightings_ranked.unit_amount,
        sightings_ranked.billing_scheme,
        sightings_ranked.tiers_mode,
        sightings_ranked.price_type,
        sightings_ranked.tax_behavior,
        sightings_ranked.billing_interval,
        sightings_ranked.billing_interval_count,
        sightings_ranked.usage_type,
        sightings_ranked.transform_divide_by,
        sightings_ranked.transform_round,
        sightings_ranked.metadata,
        sightings_ranked.is_active,
        sightings_ranked.is_deleted,
        sightings_ranked.created_at,
        sightings_ranked.deleted_at
    from sightings_ranked
    left join currency_exponents
        on sightings_ranked.currency = currency_exponents.currency
    where sightings_ranked.sighting_rank = 1
)

select * from final
