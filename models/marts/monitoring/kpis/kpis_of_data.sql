with dim_sources as (
    select * from {{ ref('dim_sources') }}
),

fct_loads as (
    select * from {{ ref('fct_loads') }}
),

mrr_reconciliation as (
    select * from {{ ref('mrr_reconciliation') }}
),

cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

numbers as (
    {{ dbt.generate_series(730) }}
),

-- two years of days, each with the moment at which it was looked at: its end, or the clock
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

-- loads before those two years count as of their first day
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

sources as (
    select
        'day' as period_grain,
        day_start as period_start,
        'source' as dimension,
        source as dimension_value,
        {{ hours_between('synced_at', 'looked_at') }} as hours_since_sync,
        rows_quarantined,
        {{ is_running_day('day_start') }} as is_provisional
    from syncs_carried_on
    where synced_at is not null
),

company as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        max(hours_since_sync) as hours_since_sync,
        sum(rows_quarantined) as rows_quarantined,
        is_provisional
    from sources
    group by
        period_grain,
        period_start,
        is_provisional
),

-- a model without a price stays on the list for 30 days, whether it is used every day or not
unpriced as (
    select
        'day' as period_grain,
        days.day_start as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(distinct unpriced_model_days.model_id) as unpriced_models,
        {{ is_running_day('days.day_start') }} as is_provisional
    from days
    inner join (select min(date) as first_date from cost_by_model_day) as history
        on days.day_start >= history.first_date
    left join cost_by_model_day as unpriced_model_days
        on
            unpriced_model_days.unpriced_event_calls > 0
            and days.day_start >= unpriced_model_days.date
            and days.day_start
            < cast({{ dbt.dateadd('day', 30, 'unpriced_model_days.date') }} as date)
    group by days.day_start
),

checks as (
    select
        'day' as period_grain,
        {{ last_day_begun() }} as period_start,
        'check' as dimension,
        check_name as dimension_value,
        exceptions,
        abs(difference) as difference,
        subjects,
        true as is_provisional
    from mrr_reconciliation
    where subject_id = '__all__'
),

checks_together as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(exceptions) as exceptions,
        sum(difference) as difference,
        sum(subjects) as subjects,
        is_provisional
    from checks
    group by
        period_grain,
        period_start,
        is_provisional
),

final as (
    {{ kpi_rows(['company', 'sources', 'unpriced', 'checks', 'checks_together']) }}
)

select * from final
