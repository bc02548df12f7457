{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
    'references': ['features'],
}) }}

with events_of_touched_days as {{ read_anew() }} (
    select *
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

features as (
    select * from {{ ref('features') }}
),

events_with_service as (
    select
        events_of_touched_days.event_date as date,
        coalesce(events_of_touched_days.service, features.service, '__unknown__') as service,
        events_of_touched_days.event_type,
        events_of_touched_days.is_cache_hit,
        events_of_touched_days.app_customer_id,
        events_of_touched_days.user_id,
        events_of_touched_days.quantity,
        events_of_touched_days.input_tokens,
        events_of_touched_days.output_tokens,
        case when events_of_touched_days.event_type = 'api_request' then 1 end as request,
        case
            when events_of_touched_days.event_type = 'api_request'
                then events_of_touched_days.status_code
        end as status_code,
        case
            when events_of_touched_days.event_type = 'api_request'
                then events_of_touched_days.response_time_ms
        end as response_time_ms
    from events_of_touched_days
    left join features
        on events_of_touched_days.feature_id = features.feature_id
),

users_counted as (
    select
        date,
        service,
        count(*) as users
    from (
        select distinct
            date,
            service,
            app_customer_id,
            user_id
        from events_with_service
        where user_id is not null
    ) as users_once
    group by
        date,
        service
),

measured as (
    select
        date,
        service,
        count(*) as events,
        count(request) as calls,
        {{ failed_calls('status_code') }} as errors,
        {{ failed_calls('status_code', 500) }} as server_errors,
        count(response_time_ms) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms,
        {{ count_of_llm_calls() }} as llm_calls,
        {{ count_of_type('feature_use') }} as feature_uses,
        sum(case when event_type = 'llm_request' then coalesce(input_tokens, 0) end)
            as input_tokens,
        sum(case when event_type = 'llm_request' then coalesce(output_tokens, 0) end)
            as output_tokens
    from events_with_service
    group by
        date,
        service
),

final as (
    select
        measured.date,
        measured.service,
        cast(measured.events as bigint) as events,
        cast(measured.calls as bigint) as calls,
        case when measured.calls = 0 then 0 else measured.errors end as errors,
        case when measured.calls = 0 then 0 else measured.server_errors end as server_errors,
        cast(measured.timed_calls as bigint) as timed_calls,
        cast(measured.response_time_ms as decimal(38, 3)) as response_time_ms,
        measured.p50_response_time_ms,
        measured.p95_response_time_ms,
        measured.llm_calls,
        measured.feature_uses,
        cast(coalesce(measured.input_tokens, 0) as bigint) as input_tokens,
        cast(coalesce(measured.output_tokens, 0) as bigint) as output_tokens,
        cast(coalesce(users_counted.users, 0) as bigint) as users
    from measured
    left join users_counted
        on
            measured.date = users_counted.date
            and measured.service = users_counted.service
)

select * from final
