{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
}) }}

with requests_of_touched_days as (
    select *
    from {{ ref('fct_api_requests') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

measured_by_endpoint_and_day as (
    select
        request_date,
        endpoint,
        count(*) as calls,
        case when count(is_error) > 0 then count(case when is_error then 1 end) end as errors,
        sum(response_time_ms) as response_time_ms,
        count(response_time_ms) as timed_calls,
        {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms
    from requests_of_touched_days
    group by
        request_date,
        endpoint
),

rates_added as (
    select
        *,
        {{ exact_divide('errors', 'calls') }} as error_rate,
        {{ exact_divide('response_time_ms', 'timed_calls', 3) }} as mean_response_time_ms,
        {{ exact_divide('calls', minutes_elapsed_of_day('request_date')) }} as requests_per_minute
    from measured_by_endpoint_and_day
),

final as (
    select
        request_date as date,
        endpoint,
        cast(calls as bigint) as calls,
        cast(errors as bigint) as errors,
        error_rate,
        cast(timed_calls as bigint) as timed_calls,
        cast(mean_response_time_ms as decimal(18, 3)) as mean_response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        requests_per_minute,
        {{ performance_score('mean_response_time_ms', 'error_rate') }} as performance_score,
        {{ is_running_day('request_date') }} as is_provisional
    from rates_added
)

select * from final
