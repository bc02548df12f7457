{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
}) }}

with events_of_touched_days as {{ read_anew() }} (
    select
        event_date as date,
        cast(extract(hour from occurred_at) as integer) as hour,
        event_type,
        is_cache_hit,
        app_customer_id,
        user_id,
        input_tokens,
        output_tokens,
        case when event_type = 'api_request' then 1 end as request,
        case when event_type = 'api_request' then status_code end as status_code,
        case when event_type = 'api_request' then response_time_ms end as response_time_ms
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

users_counted as (
    select
        date,
        hour,
        count(*) as users
    from (
        select distinct
            date,
            hour,
            app_customer_id,
            user_id
        from events_of_touched_days
        where user_id is not null
    ) as users_once
    group by
        date,
        hour
),

measured as (
    select
        date,
        hour,
        count(*) as events,
        count(request) as calls,
        {{ failed_calls('status_code') }} as errors,
        count(response_time_ms) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms,
        {{ count_of_llm_calls() }} as llm_calls,
        sum(case when event_type = 'llm_request' then coalesce(input_tokens, 0) end)
            as input_tokens,
        sum(case when event_type = 'llm_request' then coalesce(output_tokens, 0) end)
            as output_tokens
    from events_of_touched_days
    group by
        date,
        hour
),

final as (
    select
        measured.date,
        measured.hour,
        cast(measured.events as bigint) as events,
        cast(measured.calls as bigint) as calls,
        case when measured.calls = 0 then 0 else measured.errors end as errors,
        cast(measured.timed_calls as bigint) as timed_calls,
        cast(measured.response_time_ms as decimal(38, 3)) as response_time_ms,
        measured.p95_response_time_ms,
        measured.llm_calls,
        cast(coalesce(measured.input_tokens, 0) as bigint) as input_tokens,
        cast(coalesce(measured.output_tokens, 0) as bigint) as output_tokens,
        cast(coalesce(users_counted.users, 0) as bigint) as users
    from measured
    left join users_counted
        on
            measured.date = users_counted.date
            and measured.hour = users_counted.hour
)

select * from final
