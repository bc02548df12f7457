with int_mrr_status_points as (
    select * from {{ ref('int_mrr_status_points') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

points_compared as (
    select
        *,
        lag(status || '|' || coalesce(pause_behavior, '')) over (
            partition by subscription_id order by point_at
        ) as state_before
    from int_mrr_status_points
),

changes as (
    select
        *,
        lead(point_at) over (partition by subscription_id order by point_at) as next_change_at
    from points_compared
    where state_before is null or state_before <> status || '|' || coalesce(pause_behavior, '')
),

final as (
    select
        changes.subscription_id,
        changes.status,
        changes.pause_behavior,
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
        changes.point_at < coalesce(
            int_mrr_subscriptions.ends_at, {{ dbt.dateadd('day', 1, as_of_timestamp()) }}
        )
)

select * from final
