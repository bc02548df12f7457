with int_mrr_versions_dated as (
    select * from {{ ref('int_mrr_versions_dated') }}
),

version_points as (
    select
        subscription_id,
        status_seen_at as point_at,
        status,
        pause_behavior,
        1 as preference,
        version_number
    from int_mrr_versions_dated
),

-- A pause that was planned begins, seen or not.
pause_points as (
    select
        subscription_id,
        pause_starts_at as point_at,
        'paused' as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        3 as preference,
        version_number
    from int_mrr_versions_dated
    where
        pause_starts_at > status_seen_at
        and pause_starts_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

-- A pause with a set end is over then, seen or not.
resume_points as (
    select
        subscription_id,
        pause_resumes_at as point_at,
        case when pause_behavior is null then 'active' else status end as status,
        cast(null as {{ dbt.type_string() }}) as pause_behavior,
        3 as preference,
        version_number
    from int_mrr_versions_dated
    where
        (pause_behavior is not null or status = 'paused' or pause_starts_at is not null)
        and pause_resumes_at > status_seen_at
        and pause_resumes_at < coalesce(valid_to, {{ as_of_timestamp() }})
),

final as (
    select * from version_points
    union all
    select * from pause_points
    union all
    select * from resume_points
)

select * from final
