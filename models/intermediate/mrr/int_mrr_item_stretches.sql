{{ config(materialized='table') }}

with item_points as (
    select * from {{ ref('int_mrr_item_points') }}
),

subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

prices as (
    select * from {{ ref('int_billing_prices') }}
),

points_followed as (
    select
        item_points.*,
        subscriptions.ends_at,
        lead(item_points.point_at) over (
            partition by item_points.subscription_id, item_points.subscription_item_id
            order by item_points.point_at
        ) as next_point_at,
        max(item_points.covers_to) over (
            partition by item_points.subscription_id, item_points.subscription_item_id
            order by item_points.point_at
            rows between unbounded preceding and current row
        ) as covered_to
    from item_points
    inner join subscriptions
        on item_points.subscription_id = subscriptions.subscription_id
),

-- an invoice proves its period only; with nothing after it, the state is carried one interval
points_with_carry as (
    select
        points_followed.*,
        case
            when
                points_followed.is_present
                and points_followed.covers_to is not null
                and points_followed.evidence in ('invoice_line', 'schedule')
                and coalesce(points_followed.next_point_at, {{ as_of_timestamp() }})
                > {{ dbt.dateadd('day', 1, 'points_followed.covered_to') }}
                then {{ add_intervals(
                    'points_followed.covered_to',
                    'prices.billing_interval',
                    'prices.billing_interval_count'
                ) }}
        end as carried_to
    from points_followed
    left join prices
        on points_followed.price_id = prices.price_id
),

gaps as (
    select
        subscription_id,
        subscription_item_id,
        carried_to as point_at,
        evidence,
        false as is_present,
        cast(null as {{ dbt.type_string() }}) as price_id,
        cast(null as bigint) as quantity,
        true as is_gap
    from points_with_carry
    where
        carried_to < least(
            coalesce(next_point_at, {{ as_of_timestamp() }}),
            coalesce(ends_at, {{ as_of_timestamp() }}),
            {{ as_of_timestamp() }}
        )
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
    from item_points
    union all
    select * from gaps
),

-- a point that repeats the state before it, on the same evidence, is no news
points_compared as (
    select
        *,
        lag(
            evidence || '|' || coalesce(price_id, '') || '|'
            || coalesce(cast(quantity as {{ dbt.type_string() }}), '')
        ) over (
            partition by subscription_id, subscription_item_id
            order by point_at
        ) as state_before
    from points_with_gaps
),

changes as (
    select
        *,
        lead(point_at) over (
            partition by subscription_id, subscription_item_id
            order by point_at
        ) as next_change_at
    from points_compared
    where
        state_before is null
        or state_before <> evidence || '|' || coalesce(price_id, '') || '|'
        || coalesce(cast(quantity as {{ dbt.type_string() }}), '')
        or is_gap
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
            when subscriptions.ends_at is null then changes.next_change_at
            else least(
                coalesce(changes.next_change_at, subscriptions.ends_at), subscriptions.ends_at
            )
        end as valid_to
    from changes
    inner join subscriptions
        on changes.subscription_id = subscriptions.subscription_id
    where
        changes.point_at <= {{ as_of_timestamp() }}
        and changes.point_at < coalesce(
            subscriptions.ends_at, {{ dbt.dateadd('day', 1, as_of_timestamp()) }}
        )
)

select * from final
where is_present or is_gap
