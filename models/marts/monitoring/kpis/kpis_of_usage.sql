with usage_by_endpoint_day as (
    select * from {{ ref('usage_by_endpoint_day') }}
),

usage_by_customer_day as (
    select * from {{ ref('usage_by_customer_day') }}
),

active_users_by_week as (
    select * from {{ ref('active_users_by_week') }}
),

usage_by_day as (
    select
        date,
        sum(events) as events,
        sum(llm_calls) as llm_requests,
        sum(feature_uses) as feature_uses
    from usage_by_customer_day
    group by date
),

calls_by_day as (
    select
        date,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(case when errors is not null then calls end) as judged_calls,
        sum(timed_calls) as timed_calls,
        sum(mean_response_time_ms * timed_calls) as response_time_ms
    from usage_by_endpoint_day
    group by date
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

days_counted_back as (
    select
        cast({{ dbt.dateadd(
            'day', '1 - cast(generated_number as integer)', last_day_begun()
        ) }} as date) as date
    from numbers
),

-- Every day since the first event, so that an outage is a period of nothing and not a missing one.
days as (
    select days_counted_back.date
    from days_counted_back
    inner join (select min(date) as first_date from usage_by_day) as history
        on days_counted_back.date >= history.first_date
),

days_in_periods as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'days.date') }} as period_start,
        coalesce(usage_by_day.events, 0) as events,
        coalesce(usage_by_day.llm_requests, 0) as llm_requests,
        coalesce(usage_by_day.feature_uses, 0) as feature_uses,
        coalesce(calls_by_day.calls, 0) as calls,
        case when calls_by_day.calls is null then 0 else calls_by_day.errors end as errors,
        coalesce(calls_by_day.judged_calls, 0) as judged_calls,
        coalesce(calls_by_day.timed_calls, 0) as timed_calls,
        coalesce(calls_by_day.response_time_ms, 0) as response_time_ms,
        {{ minutes_elapsed_of_day('days.date') }} as minutes
    from days
    cross join grains
    left join usage_by_day
        on days.date = usage_by_day.date
    left join calls_by_day
        on days.date = calls_by_day.date
),

periods as (
    select
        period_grain,
        period_start,
        sum(events) as events,
        sum(llm_requests) as llm_requests,
        sum(feature_uses) as feature_uses,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(judged_calls) as judged_calls,
        sum(timed_calls) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        sum(minutes) as minutes
    from days_in_periods
    group by
        period_grain,
        period_start
),

company as (
    select
        'all' as dimension,
        'all' as dimension_value,
        *,
        -- A period that is not complete has not grown or shrunk yet.
        case
            when not {{ is_running_period('period_grain', 'period_start') }}
                then lag(events) over (partition by period_grain order by period_start)
        end as events_before,
        {{ is_running_period('period_grain', 'period_start') }} as is_provisional
    from periods
),

endpoints as (
    select
        'week' as period_grain,
        {{ week_of('date') }} as period_start,
        'endpoint' as dimension,
        endpoint as dimension_value,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(case when errors is not null then calls end) as judged_calls,
        sum(timed_calls) as timed_calls,
        coalesce(sum(mean_response_time_ms * timed_calls), 0) as response_time_ms,
        {{ is_running_period("'week'", week_of('date')) }} as is_provisional
    from usage_by_endpoint_day
    group by
        {{ week_of('date') }},
        endpoint
),

weeks as (
    select
        'week' as period_grain,
        week_start as period_start,
        'all' as dimension,
        'all' as dimension_value,
        active_users,
        is_provisional
    from active_users_by_week
),

final as (
    {{ kpi_rows(['company', 'endpoints'], ['weeks']) }}
)

select * from final
