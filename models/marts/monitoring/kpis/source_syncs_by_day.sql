with dim_sources as (
    select * from {{ ref('dim_sources') }}
),

fct_loads as (
    select * from {{ ref('fct_loads') }}
),

numbers as (
    {{ dbt.generate_series(730) }}
),

-- Two years of days, each with the moment at which it was looked at: its end, or the clock.
days as (
    select
        cast({{ dbt.dateadd(
            'day', '1 - cast(generated_number as integer)', last_day_begun()
        ) }} as date) as day_start
    from numbers
),

days_looked_at as (
    select
        day_start,
        least({{ period_end("'day'", 'day_start') }}, {{ as_of_timestamp() }}) as looked_at
    from days
),

-- Loads before those two years count as of their first day.
last_syncs as (
    select
        fct_loads.source,
        greatest(
            least({{ day_of('fct_loads.synced_at') }}, {{ last_day_begun() }}),
            first_days.first_day
        ) as day_start,
        max(fct_loads.synced_at) as synced_at,
        sum(fct_loads.rows_quarantined) as rows_quarantined
    from fct_loads
    cross join (select min(day_start) as first_day from days) as first_days
    where fct_loads.synced_at <= {{ as_of_timestamp() }}
    group by
        fct_loads.source,
        greatest(
            least({{ day_of('fct_loads.synced_at') }}, {{ last_day_begun() }}),
            first_days.first_day
        )
),

syncs_carried_on as (
    select
        dim_sources.source,
        days_looked_at.day_start,
        days_looked_at.looked_at,
        last_syncs.rows_quarantined,
        max(last_syncs.synced_at) over (
            partition by dim_sources.source
            order by days_looked_at.day_start
            rows between unbounded preceding and current row
        ) as synced_at
    from dim_sources
    cross join days_looked_at
    left join last_syncs
        on
            dim_sources.source = last_syncs.source
            and days_looked_at.day_start = last_syncs.day_start
),

final as (
    select
        source,
        day_start as date,
        cast({{ hours_between('synced_at', 'looked_at') }} as decimal(38, 9)) as hours_since_sync,
        cast(rows_quarantined as bigint) as rows_quarantined,
        {{ is_running_day('day_start') }} as is_provisional
    from syncs_carried_on
    where synced_at is not null
)

select * from final
