with usage_by_endpoint_day as (
    select * from {{ ref('usage_by_endpoint_day') }}
),

grains as (
    select 'day' as period_grain
    union all
    select 'week' as period_grain
    union all
    select 'month' as period_grain
),

numbers as (
    {{ dbt.generate_series(4000) }}
),

-- every day since the first call, so that an outage is a period of zero calls and not a missing one
days as (
    select cast(
        {{ dbt.dateadd(
            'day', '1 - cast(numbers.generated_number as integer)', day_of(as_of_timestamp())
        ) }} as date
    ) as date
    from numbers
    inner join (select min(date) as first_date from usage_by_endpoint_day) as history
        on
            cast({{ dbt.dateadd(
                'day', '1 - cast(numbers.generated_number as integer)', day_of(as_of_timestamp())
            ) }} as date) >= history.first_date
),

calls_by_day as (
    select
        days.date,
        coalesce(sum(usage_by_endpoint_day.calls), 0) as calls,
        coalesce(sum(usage_by_endpoint_day.errors), 0) as errors,
        coalesce(sum(usage_by_endpoint_day.timed_calls), 0) as timed_calls,
        coalesce(
            sum(usage_by_endpoint_day.mean_response_time_ms * usage_by_endpoint_day.timed_calls), 0
        ) as response_time_ms,
        max({{ minutes_elapsed_of_day('days.date') }}) as minutes
    from days
    left join usage_by_endpoint_day
        on days.date = usage_by_endpoint_day.date
    group by days.date
),

calls_in_periods as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'calls_by_day.date') }} as period_start,
        sum(calls_by_day.calls) as calls,
        sum(calls_by_day.errors) as errors,
        sum(calls_by_day.timed_calls) as timed_calls,
        sum(calls_by_day.response_time_ms) as response_time_ms,
        sum(calls_by_day.minutes) as minutes
    from calls_by_day
    cross join grains
    group by
        grains.period_grain,
        {{ period_of('grains.period_grain', 'calls_by_day.date') }}
),

company as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        calls,
        errors,
        timed_calls,
        response_time_ms,
        minutes,
        lag(calls) over (partition by period_grain order by period_start) as calls_before,
        {{ is_running_period('period_grain', 'period_start') }} as is_provisional
    from calls_in_periods
),

endpoints as (
    select
        'week' as period_grain,
        {{ week_of('date') }} as period_start,
        'endpoint' as dimension,
        endpoint as dimension_value,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(timed_calls) as timed_calls,
        coalesce(sum(mean_response_time_ms * timed_calls), 0) as response_time_ms,
        {{ is_running_period("'week'", week_of('date')) }} as is_provisional
    from usage_by_endpoint_day
    group by
        {{ week_of('date') }},
        endpoint
),

final as (
    {{ kpi_rows(['company', 'endpoints']) }}
)

select * from final
