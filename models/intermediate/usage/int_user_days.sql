{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
}) }}

with events_of_touched_days as (
    select *
    from {{ ref('int_app_events') }}
    where
        user_id is not null
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

final as (
    select
        event_date as date,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id,
        user_id,
        cast(count(*) as bigint) as events
    from events_of_touched_days
    group by
        event_date,
        coalesce(app_customer_id, '__unattributed__'),
        user_id
)

select * from final
