{{ rebuilt_by_day({
    'day': 'month',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
    'whole_months': true,
    'references': ['features'],
}) }}

with events_of_touched_months as (
    select *
    from {{ ref('int_app_events') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

features as (
    select * from {{ ref('features') }}
),

-- Grouped by user first: many times faster than counting distinct users in each group.
usage_by_user as (
    select
        {{ month_of('events_of_touched_months.event_date') }} as month,
        coalesce(events_of_touched_months.app_customer_id, '__unattributed__') as app_customer_id,
        coalesce(events_of_touched_months.service, features.service, '__unknown__') as service,
        events_of_touched_months.user_id,
        count(*) as events,
        {{ count_of_type('api_request') }} as calls,
        {{ count_of_llm_calls() }} as llm_calls,
        {{ count_of_type('feature_use') }} as feature_uses,
        sum(
            case
                when events_of_touched_months.event_type = 'feature_use'
                    then coalesce(events_of_touched_months.quantity, 1)
            end
        ) as units
    from events_of_touched_months
    left join features
        on events_of_touched_months.feature_id = features.feature_id
    group by
        {{ month_of('events_of_touched_months.event_date') }},
        coalesce(events_of_touched_months.app_customer_id, '__unattributed__'),
        coalesce(events_of_touched_months.service, features.service, '__unknown__'),
        events_of_touched_months.user_id
),

final as (
    select
        month,
        app_customer_id,
        service,
        cast(sum(events) as bigint) as events,
        cast(sum(calls) as bigint) as calls,
        cast(sum(llm_calls) as bigint) as llm_calls,
        cast(sum(feature_uses) as bigint) as feature_uses,
        cast(coalesce(sum(units), 0) as decimal(28, 6)) as units,
        -- events without a user are no user
        cast(count(user_id) as bigint) as users
    from usage_by_user
    group by
        month,
        app_customer_id,
        service
)

select * from final
