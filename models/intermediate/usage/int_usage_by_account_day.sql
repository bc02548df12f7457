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
        is_cache_hit,
        endpoint,
        status_code,
        response_time_ms,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

int_user_days as (
    select *
    from {{ ref('int_user_days') }}
    where {{ in_touched_days('date', ref('int_event_days_by_load')) }}
),

-- Each part groups no more rows than it needs.
events_counted as (
    select
        event_date,
        app_customer_id,
        cast(count(*) as bigint) as events,
        max(occurred_at) as last_event_at,
        {{ count_of_llm_calls() }} as llm_calls,
        {{ count_of_type('feature_use') }} as feature_uses,
        {{ count_of_type('login') }} as logins
    from events_of_touched_days
    group by
        event_date,
        app_customer_id
),

users_counted as (
    select
        date,
        app_customer_id,
        cast(count(*) as bigint) as users
    from int_user_days
    group by
        date,
        app_customer_id
),

requests_measured as (
    select
        event_date,
        app_customer_id,
        cast(count(*) as bigint) as calls,
        {{ failed_calls('status_code') }} as errors,
        cast(count(response_time_ms) as bigint) as timed_calls,
        cast(sum(response_time_ms) as decimal(38, 3)) as response_time_ms,
        {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms,
        {{ hour_of_most('occurred_at') }} as peak_hour
    from events_of_touched_days
    where event_type = 'api_request'
    group by
        event_date,
        app_customer_id
),

-- A tie goes to the endpoint that comes first by its bytes.
endpoints_ranked as (
    select
        event_date,
        app_customer_id,
        coalesce(endpoint, '__unknown__') as endpoint,
        row_number() over (
            partition by event_date, app_customer_id
            order by
                count(*) desc,
                {{ in_byte_order("coalesce(endpoint, '__unknown__')") }} asc
        ) as place
    from events_of_touched_days
    where event_type = 'api_request'
    group by
        event_date,
        app_customer_id,
        coalesce(endpoint, '__unknown__')
),

final as (
    select
        events_counted.event_date as date,
        events_counted.app_customer_id,
        events_counted.events,
        coalesce(requests_measured.calls, 0) as calls,
        case when requests_measured.calls is null then 0 else requests_measured.errors end
            as errors,
        coalesce(requests_measured.timed_calls, 0) as timed_calls,
        requests_measured.response_time_ms,
        requests_measured.p50_response_time_ms,
        requests_measured.p95_response_time_ms,
        events_counted.llm_calls,
        events_counted.feature_uses,
        events_counted.logins,
        coalesce(users_counted.users, 0) as users,
        requests_measured.peak_hour,
        endpoints_ranked.endpoint as top_endpoint,
        events_counted.last_event_at
    from events_counted
    left join users_counted
        on
            events_counted.event_date = users_counted.date
            and events_counted.app_customer_id = users_counted.app_customer_id
    left join requests_measured
        on
            events_counted.event_date = requests_measured.event_date
            and events_counted.app_customer_id = requests_measured.app_customer_id
    left join endpoints_ranked
        on
            events_counted.event_date = endpoints_ranked.event_date
            and events_counted.app_customer_id = endpoints_ranked.app_customer_id
            and endpoints_ranked.place = 1
)

select * from final
