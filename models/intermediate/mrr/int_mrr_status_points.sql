with int_mrr_status_points_of_versions as (
    select * from {{ ref('int_mrr_status_points_of_versions') }}
),

int_mrr_status_points_of_starts as (
    select * from {{ ref('int_mrr_status_points_of_starts') }}
),

int_mrr_status_points_of_trials as (
    select * from {{ ref('int_mrr_status_points_of_trials') }}
),

all_points as (
    select * from int_mrr_status_points_of_versions
    union all
    select * from int_mrr_status_points_of_starts
    union all
    select
        subscription_id,
        point_at,
        status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        4 as preference,
        0 as version_number
    from int_mrr_status_points_of_trials
),

points_ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, point_at order by preference asc, version_number desc
        ) as recency
    from all_points
    where point_at <= {{ as_of_timestamp() }}
),

final as (
    select
        subscription_id,
        point_at,
        status,
        pause_behavior
    from points_ranked
    where recency = 1
)

select * from final
