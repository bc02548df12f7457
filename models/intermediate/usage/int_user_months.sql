{{ rebuilt_by_day({
    'day': 'month',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_user_days',
    'whole_months': true,
}) }}

with days_of_touched_months as (
    select *
    from {{ ref('int_user_days') }}
    where {{ in_touched_days('date', ref('int_event_days_by_load')) }}
),

final as (
    select
        {{ month_of('date') }} as month,
        app_customer_id,
        user_id,
        cast(count(*) as bigint) as active_days,
        cast(sum(events) as bigint) as events
    from days_of_touched_months
    group by
        {{ month_of('date') }},
        app_customer_id,
        user_id
)

select * from final
