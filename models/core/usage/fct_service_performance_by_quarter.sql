{{ rebuilt_by_day({
    'day': 'quarter_start',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
    'whole': 'quarter',
    'references': ['features'],
}) }}

with events_of_touched_quarters as {{ read_anew() }} (
    select *
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

features as (
    select * from {{ ref('features') }}
),

events_with_service as (
    select
        {{ quarter_of('events_of_touched_quarters.event_date') }} as quarter_start,
        coalesce(events_of_touched_quarters.service, features.service, '__unknown__') as service,
        events_of_touched_quarters.app_customer_id,
        events_of_touched_quarters.user_id,
        case
            when events_of_touched_quarters.event_type = 'api_request'
                then events_of_touched_quarters.response_time_ms
        end as response_time_ms
    from events_of_touched_quarters
    left join features
        on events_of_touched_quarters.feature_id = features.feature_id
),

users_counted as (
    select
        quarter_start,
        service,
        count(*) as users
    from (
        select distinct
            quarter_start,
            service,
            app_customer_id,
            user_id
        from events_with_service
        where user_id is not null
    ) as users_once
    group by
        quarter_start,
        service
),

measured as (
    select
        quarter_start,
        service,
        {{ percentile('response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('response_time_ms', 0.95) }} as p95_response_time_ms
    from events_with_service
    group by
        quarter_start,
        service
),

final as (
    select
        measured.quarter_start,
        measured.service,
        cast(coalesce(users_counted.users, 0) as bigint) as users,
        measured.p50_response_time_ms,
        measured.p95_response_time_ms
    from measured
    left join users_counted
        on
            measured.quarter_start = users_counted.quarter_start
            and measured.service = users_counted.service
)

select * from final
