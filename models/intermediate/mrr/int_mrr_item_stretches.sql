{{ config(materialized='table') }}

with int_mrr_item_points as (
    select * from {{ ref('int_mrr_item_points') }}
),

int_mrr_item_gaps as (
    select * from {{ ref('int_mrr_item_gaps') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

points_with_gaps as (
    select
        subscription_id,
        subscription_item_id,
        point_at,
        evidence,
        is_present,
        price_id,
        quantity,
        false as is_gap
    from int_mrr_item_points
    union all
    select
        subscription_id,
        subscription_item_id,
        gap_at as point_at,
        evidence,
        false as is_present,
        cast(null as {{ dbt.type_string() }}) as price_id,
        cast(null as bigint) as quantity,
        true as is_gap
    from int_mrr_item_gaps
),

points_stated as (
    select
        *,
        evidence || '|' || coalesce(price_id, '') || '|'
        || coalesce(cast(quantity as {{ dbt.type_string() }}), '') as item_state
    from points_with_gaps
),

points_compared as (
    select
        *,
        lag(item_state) over (
            partition by subscription_id, subscription_item_id
            order by point_at
        ) as state_before
    from points_stated
),

-- A point that repeats the state before it, on the same evidence, is no news.
changes as (
    select
        *,
        lead(point_at) over (
            partition by subscription_id, subscription_item_id
            order by point_at
        ) as next_change_at
    from points_compared
    where state_before is null or state_before <> item_state or is_gap
),

final as (
    select
        changes.subscription_id,
        changes.subscription_item_id,
        changes.price_id,
        changes.quantity,
        changes.evidence,
        changes.is_present,
        changes.is_gap,
        changes.point_at as valid_from,
        case
            when int_mrr_subscriptions.ends_at is null then changes.next_change_at
            else least(
                coalesce(changes.next_change_at, int_mrr_subscriptions.ends_at),
                int_mrr_subscriptions.ends_at
            )
        end as valid_to
    from changes
    inner join int_mrr_subscriptions
        on changes.subscription_id = int_mrr_subscriptions.subscription_id
    where
        (changes.is_present or changes.is_gap)
        and changes.point_at <= {{ as_of_timestamp() }}
        and changes.point_at < coalesce(
            int_mrr_subscriptions.ends_at, {{ dbt.dateadd('day', 1, as_of_timestamp()) }}
        )
)

select * from final
