{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
}) }}

with requests_of_touched_days as {{ read_anew() }} (
    select
        event_date,
        status_code,
        response_time_ms,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id,
        coalesce(endpoint, '__unknown__') as endpoint
    from {{ ref('int_app_events') }}
    where
        event_type = 'api_request'
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

final as (
    select
        event_date as date,
        app_customer_id,
        endpoint,
        cast(count(*) as bigint) as calls,
        {{ failed_calls('status_code') }} as errors,
        cast(count(response_time_ms) as bigint) as timed_calls,
        cast(sum(response_time_ms) as decimal(38, 3)) as response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms
    from requests_of_touched_days
    group by
        event_date,
        app_customer_id,
        endpoint
)

select * from final
