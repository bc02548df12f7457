{{ config(materialized='table') }}

with listed_prices as (
    select * from {{ ref('int_stripe__listed_prices') }}
),

embedded_prices as (
    select * from {{ ref('int_stripe__embedded_prices') }}
),

all_sightings as (
    select * from listed_prices
    union all
    select * from embedded_prices
),

sightings_ranked as (
    select
        *,
        row_number() over (
            partition by price_id
            order by preference asc, seen_at desc nulls last, product_id asc nulls last
        ) as sighting_rank
    from all_sightings
),

final as (
    select
        source_account,
        price_id,
        -- a plan of before products existed is a product of its own
        coalesce(product_id, price_id) as product_id,
        meter_id,
        price_origin,
        nickname,
        lookup_key,
        currency,
        unit_amount_minor,
        unit_amount,
        billing_scheme,
        tiers_mode,
        price_type,
        tax_behavior,
        billing_interval,
        billing_interval_count,
        usage_type,
        transform_divide_by,
        transform_round,
        metadata,
        is_active,
        is_deleted,
        created_at,
        deleted_at
    from sightings_ranked
    where sighting_rank = 1
)

select * from final
