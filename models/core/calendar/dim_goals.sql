with goals as (
    select * from {{ ref('goals') }}
),

named as (
    select
        lower(trim(metric)) as metric,
        {{ month_of('month') }} as month,
        value,
        note
    from goals
    where
        metric is not null
        and month is not null
        and value is not null
),

-- A goal that is given more than once is the highest one, and says so.
ranked as (
    select
        *,
        row_number() over (partition by metric, month order by value desc, note asc) as place,
        count(*) over (partition by metric, month) as times_given
    from named
),

final as (
    select
        metric,
        month,
        cast(value as decimal(38, 9)) as goal,
        note,
        cast(times_given as bigint) as times_given
    from ranked
    where place = 1
)

select * from final
