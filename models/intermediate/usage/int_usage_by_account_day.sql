{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_user_days',
}) }}

with events_of_touched_days as {{ read_anew() }} (
    select
        event_date,
        occurred_at,
        event_type,
        endpoint,
        status_code,
        response_time_ms,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

user_days as (
    select
        date as event_date,
        app_customer_id
    from {{ ref('int_user_days') }}
    where {{ in_touched_days('date', ref('int_event_days_by_load')) }}
),

measured as (
    {{ usage_measured_by_day('events_of_touched_days', 'user_days', 'app_customer_id') }}
),

final as (
    select
        date,
        owner_id as app_customer_id,
        events,
        calls,
        errors,
        timed_calls,
        response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        llm_calls,
        feature_uses,
        logins,
        users,
        peak_hour,
        top_endpoint
    from measured
)

select * from final
