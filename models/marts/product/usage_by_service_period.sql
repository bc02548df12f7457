with fct_usage_by_service_day as (
    select * from {{ ref('fct_usage_by_service_day') }}
),

fct_service_performance_by_week as (
    select * from {{ ref('fct_service_performance_by_week') }}
),

fct_service_performance_by_quarter as (
    select * from {{ ref('fct_service_performance_by_quarter') }}
),

grains as (
    select 'week' as period_grain
    union all
    select 'quarter' as period_grain
),

days_in_periods as (
    select
        grains.period_grain,
        case grains.period_grain
            when 'week' then {{ week_of('days.date') }}
            else {{ quarter_of('days.date') }}
        end as period_start,
        days.*
    from fct_usage_by_service_day as days
    cross join grains
),

summed as (
    select
        period_grain,
        period_start,
        service,
        sum(events) as events,
        sum(calls) as calls,
        -- Where no status is known of any call, the errors are not known either.
        case
            when sum(calls) = 0 then 0
            else sum(case when calls > 0 then errors end)
        end as errors,
        case
            when sum(calls) = 0 then 0
            else sum(case when calls > 0 then server_errors end)
        end as server_errors,
        sum(timed_calls) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        sum(llm_calls) as llm_calls,
        sum(feature_uses) as feature_uses,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens
    from days_in_periods
    group by
        period_grain,
        period_start,
        service
),

measured as (
    select
        'week' as period_grain,
        week_start as period_start,
        service,
        users,
        p50_response_time_ms,
        p95_response_time_ms
    from fct_service_performance_by_week
    union all
    select
        'quarter' as period_grain,
        quarter_start as period_start,
        service,
        users,
        p50_response_time_ms,
        p95_response_time_ms
    from fct_service_performance_by_quarter
),

final as (
    select
        summed.period_grain,
        summed.period_start,
        summed.service,
        cast(summed.events as bigint) as events,
        cast(summed.calls as bigint) as calls,
        cast(summed.errors as bigint) as errors,
        {{ ratio('summed.errors', 'summed.calls') }} as error_rate,
        {{ ratio('summed.calls - summed.server_errors', 'summed.calls') }} as uptime,
        cast(summed.timed_calls as bigint) as timed_calls,
        cast({{ exact_divide('summed.response_time_ms', 'summed.timed_calls', 3) }}
            as decimal(18, 3)) as mean_response_time_ms,
        measured.p50_response_time_ms,
        measured.p95_response_time_ms,
        measured.users,
        cast(summed.llm_calls as bigint) as llm_calls,
        cast(summed.feature_uses as bigint) as feature_uses,
        cast(summed.input_tokens as bigint) as input_tokens,
        cast(summed.output_tokens as bigint) as output_tokens,
        summed.period_start = case summed.period_grain
            when 'week' then {{ week_of(last_day_begun()) }}
            else {{ quarter_of(last_day_begun()) }}
        end as is_provisional
    from summed
    left join measured
        on
            summed.period_grain = measured.period_grain
            and summed.period_start = measured.period_start
            and summed.service = measured.service
)

select * from final
