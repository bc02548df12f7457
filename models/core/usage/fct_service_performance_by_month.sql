{{ rebuilt_by_day({
    'day': 'month',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
    'whole_months': true,
    'references': ['features'],
}) }}

with calls_of_touched_months as (
    select *
    from {{ ref('int_app_events') }}
    where
        event_type = 'api_request'
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

features as (
    select * from {{ ref('features') }}
),

final as (
    select
        {{ month_of('calls_of_touched_months.event_date') }} as month,
        coalesce(calls_of_touched_months.service, features.service, '__unknown__') as service,
        cast(count(*) as bigint) as calls,
        {{ failed_calls('calls_of_touched_months.status_code') }} as errors,
        {{ failed_calls('calls_of_touched_months.status_code', 500) }} as server_errors,
        cast(count(calls_of_touched_months.response_time_ms) as bigint) as timed_calls,
        cast(sum(calls_of_touched_months.response_time_ms) as decimal(38, 3)) as response_time_ms,
        {{ percentile('calls_of_touched_months.response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('calls_of_touched_months.response_time_ms', 0.95) }} as p95_response_time_ms
    from calls_of_touched_months
    left join features
        on calls_of_touched_months.feature_id = features.feature_id
    group by
        {{ month_of('calls_of_touched_months.event_date') }},
        coalesce(calls_of_touched_months.service, features.service, '__unknown__')
)

select * from final
