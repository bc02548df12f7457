with int_mrr_item_points as (
    select * from {{ ref('int_mrr_item_points') }}
),

int_mrr_subscriptions as (
    select * from {{ ref('int_mrr_subscriptions') }}
),

int_billing_prices as (
    select * from {{ ref('int_billing_prices') }}
),

points_followed as (
    select
        *,
        lead(point_at) over (
            partition by subscription_id, subscription_item_id
            order by point_at
        ) as next_point_at,
        max(covers_to) over (
            partition by subscription_id, subscription_item_id
            order by point_at
            rows between unbounded preceding and current row
        ) as covered_to
    from int_mrr_item_points
),

-- An invoice proves its period only; with nothing after it, the state is carried one interval.
points_carried as (
    select
        points_followed.subscription_id,
        points_followed.subscription_item_id,
        points_followed.evidence,
        points_followed.next_point_at,
        {{ add_intervals(
            'points_followed.covered_to',
            'int_billing_prices.billing_interval',
            'int_billing_prices.billing_interval_count'
        ) }} as carried_to
    from points_followed
    left join int_billing_prices
        on points_followed.price_id = int_billing_prices.price_id
    where
        points_followed.is_present
        and points_followed.covers_to is not null
        and points_followed.evidence in ('invoice_line', 'schedule')
        and coalesce(points_followed.next_point_at, {{ as_of_timestamp() }})
        > {{ dbt.dateadd('day', 1, 'points_followed.covered_to') }}
),

final as (
    select
        points_carried.subscription_id,
        points_carried.subscription_item_id,
        points_carried.carried_to as gap_at,
        points_carried.evidence
    from points_carried
    inner join int_mrr_subscriptions
        on points_carried.subscription_id = int_mrr_subscriptions.subscription_id
    where
        points_carried.carried_to < least(
            coalesce(points_carried.next_point_at, {{ as_of_timestamp() }}),
            coalesce(int_mrr_subscriptions.ends_at, {{ as_of_timestamp() }}),
            {{ as_of_timestamp() }}
        )
)

select * from final
