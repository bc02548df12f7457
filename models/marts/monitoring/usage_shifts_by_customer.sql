with recent_usage as (
    select
        customer_id,
        events,
        {{ days_between('usage_date', day_of(as_of_timestamp())) }} as days_ago
    from {{ ref('fct_usage_by_customer_day') }}
    where
        customer_id <> '__unattributed__'
        and usage_date >= {{ days_before_clock(14) }}
        and usage_date < {{ days_before_clock(0) }}
),

numbers as (
    {{ dbt.generate_series(7) }}
),

customers as (
    select distinct customer_id
    from recent_usage
),

-- each of the last seven complete days beside the same weekday a week before
weekdays_compared as (
    select
        customers.customer_id,
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
        sum(events) as events,
        sum(events_before) as events_before,
        sum(case when events > events_before then 1 else 0 end) as days_up,
        sum(case when events < events_before then 1 else 0 end) as days_down
    from weekdays_compared
    group by customer_id
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
        {{ days_before_clock(7) }} as week_start,
        customer_id,
        cast(events as bigint) as events,
        cast(events_before as bigint) as events_before,
        cast(days_up as bigint) as days_up,
        cast(days_down as bigint) as days_down,
        change,
        change_z,
        days_up = 7
        and change > {{ insight_var('insight_week_change') }}
        and change_z > {{ insight_var('insight_week_z') }} as is_sustained_rise,
        days_down = 7
        and change < -{{ insight_var('insight_week_change') }}
        and change_z < -{{ insight_var('insight_week_z') }} as is_sustained_fall
    from compared
)

select * from final
