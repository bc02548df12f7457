with events_loaded as (
    {{ events_loaded() }}
),

-- Days ago count from the last day that was loaded as a whole; where that is too long ago, nothing
-- can be said.
recent_usage as (
    select
        fct_usage_by_customer_day.customer_id,
        fct_usage_by_customer_day.events,
        events_loaded.days_not_loaded,
        {{ days_between(
            'fct_usage_by_customer_day.usage_date', day_of(as_of_timestamp())
        ) }}
        - events_loaded.days_not_loaded as days_ago
    from {{ ref('fct_usage_by_customer_day') }} as fct_usage_by_customer_day
    cross join events_loaded
    where
        fct_usage_by_customer_day.customer_id <> '__unattributed__'
        and fct_usage_by_customer_day.usage_date
        >= {{ days_before_clock((insight_days() | int) + 14) }}
        and fct_usage_by_customer_day.usage_date < {{ days_before_clock(0) }}
        and events_loaded.days_not_loaded <= {{ insight_days() }}
),

numbers as (
    {{ dbt.generate_series(7) }}
),

customers as (
    select distinct
        customer_id,
        days_not_loaded
    from recent_usage
    where days_ago <= 14
),

-- Each of the last seven complete days beside the same weekday a week before.
weekdays_compared as (
    select
        customers.customer_id,
        customers.days_not_loaded,
        cast(numbers.generated_number as integer) as days_ago,
        coalesce(this_week.events, 0) as events,
        coalesce(week_before.events, 0) as events_before
    from customers
    cross join numbers
    left join recent_usage as this_week
        on
            customers.customer_id = this_week.customer_id
            and cast(numbers.generated_number as integer) = this_week.days_ago
    left join recent_usage as week_before
        on
            customers.customer_id = week_before.customer_id
            and cast(numbers.generated_number as integer) + 7 = week_before.days_ago
),

weeks as (
    select
        customer_id,
        days_not_loaded,
        sum(events) as events,
        sum(events_before) as events_before,
        sum(case when events > events_before then 1 else 0 end) as days_up,
        sum(case when events < events_before then 1 else 0 end) as days_down,
        -- A day without events in both weeks, such as a Sunday, moves nowhere.
        sum(case when events > 0 or events_before > 0 then 1 else 0 end) as days_used
    from weekdays_compared
    group by
        customer_id,
        days_not_loaded
    having sum(events_before) >= {{ insight_var('insight_minimum_events') }}
),

compared as (
    select
        *,
        {{ ratio('events - events_before', 'events_before') }} as change,
        {{ robust_z('events', 'events_before', 0, counting_noise('events + events_before')) }}
            as change_z
    from weeks
),

final as (
    select
        {{ days_before_clock('7 + days_not_loaded') }} as week_start,
        customer_id,
        cast(events as bigint) as events,
        cast(events_before as bigint) as events_before,
        cast(days_up as bigint) as days_up,
        cast(days_down as bigint) as days_down,
        change,
        change_z,
        days_up = greatest(days_used, 5)
        and change > {{ insight_var('insight_week_change') }}
        and change_z > {{ insight_var('insight_week_z') }} as is_sustained_rise,
        days_down = greatest(days_used, 5)
        and change < -{{ insight_var('insight_week_change') }}
        and change_z < -{{ insight_var('insight_week_z') }} as is_sustained_fall
    from compared
)

select * from final
