{{ config(materialized='table') }}

with int_mrr_item_points_seen as (
    select * from {{ ref('int_mrr_item_points_seen') }}
),

int_mrr_item_starts as (
    select * from {{ ref('int_mrr_item_starts') }}
),

first_sightings as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id
            order by
                point_at,
                {{ evidence_rank('evidence') }}
        ) as sighting_number
    from int_mrr_item_points_seen
    where is_present
),

-- The earliest known state is carried back to the start.
start_points as (
    select
        first_sightings.subscription_id,
        first_sightings.subscription_item_id,
        int_mrr_item_starts.starts_at as point_at,
        first_sightings.evidence,
        true as is_present,
        first_sightings.price_id,
        first_sightings.quantity,
        first_sightings.point_at as covers_to
    from first_sightings
    inner join int_mrr_item_starts
        on
            first_sightings.subscription_id = int_mrr_item_starts.subscription_id
            and first_sightings.subscription_item_id = int_mrr_item_starts.subscription_item_id
    where
        first_sightings.sighting_number = 1
        and int_mrr_item_starts.starts_at < first_sightings.point_at
),

all_points as (
    select * from int_mrr_item_points_seen
    union all
    select * from start_points
),

points_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, subscription_item_id, point_at
            order by {{ evidence_rank('evidence') }}
        ) as preference
    from all_points
),

final as (
    select
        subscription_id,
        subscription_item_id,
        point_at,
        evidence,
        is_present,
        price_id,
        quantity,
        covers_to
    from points_ranked
    where preference = 1
)

select * from final
