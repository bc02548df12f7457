with numbers as (
    {{ dbt.generate_series(insight_days() + baseline_days()) }}
),

events_loaded as (
    {{ events_loaded() }}
),

recent_usage as (
    select
        customer_id,
        events,
        {{ days_between('usage_date', day_of(as_of_timestamp())) }} as days_ago
    from {{ ref('fct_usage_by_customer_day') }}
    where
        customer_id <> '__unattributed__'
        and usage_date >= {{ days_before_clock(insight_days() + baseline_days()) }}
        and usage_date < {{ days_before_clock(0) }}
),

customers_with_enough as (
    select
        customer_id,
        max(days_ago) as first_days_ago
    from recent_usage
    group by customer_id
    having sum(events) >= {{ insight_var('insight_minimum_events') }}
),

-- A day without events is a day with none.
customer_days as (
    select
        customers_with_enough.customer_id,
        customers_with_enough.first_days_ago,
        cast(numbers.generated_number as integer) as days_ago,
        coalesce(recent_usage.events, 0) as events
    from customers_with_enough
    cross join numbers
    left join recent_usage
        on
            customers_with_enough.customer_id = recent_usage.customer_id
            and cast(numbers.generated_number as integer) = recent_usage.days_ago
),

-- Only days with a whole past to compare with; a new or returned customer has none.
medians_found as (
    select
        judged.customer_id,
        judged.days_ago,
        judged.events,
        sum(past.events) as baseline_events,
        {{ percentile('past.events', 0.5) }} as median_events,
        {{ percentile(
            'case when mod(past.days_ago - judged.days_ago, 7) = 0 then past.events end', 0.5
        ) }} as weekday_median_events
    from customer_days as judged
    inner join customer_days as past
        on
            judged.customer_id = past.customer_id
            and judged.days_ago < past.days_ago
            and judged.days_ago >= past.days_ago - {{ baseline_days() }}
    cross join events_loaded
    where
        judged.days_ago <= {{ insight_days() }}
        and judged.days_ago > events_loaded.days_not_loaded
        and judged.first_days_ago >= judged.days_ago + {{ baseline_days() }}
    group by
        judged.customer_id,
        judged.days_ago,
        judged.events
    having sum(past.events) >= {{ insight_var('insight_minimum_events') }}
),

deviations_found as (
    select
        medians_found.customer_id,
        medians_found.days_ago,
        medians_found.events,
        medians_found.baseline_events,
        medians_found.median_events,
        medians_found.weekday_median_events,
        {{ percentile('abs(past.events - medians_found.median_events)', 0.5) }}
            as median_deviation
    from medians_found
    inner join customer_days as past
        on
            medians_found.customer_id = past.customer_id
            and medians_found.days_ago < past.days_ago
            and medians_found.days_ago >= past.days_ago - {{ baseline_days() }}
    group by
        medians_found.customer_id,
        medians_found.days_ago,
        medians_found.events,
        medians_found.baseline_events,
        medians_found.median_events,
        medians_found.weekday_median_events
),

scored as (
    select
        *,
        {{ robust_z(
            'events', 'median_events', 'median_deviation', counting_noise('median_events')
        ) }} as robust_z,
        {{ robust_z(
            'events', 'weekday_median_events', 'median_deviation',
            counting_noise('weekday_median_events')
        ) }} as weekday_robust_z
    from deviations_found
),

final as (
    select
        {{ days_before_clock('days_ago') }} as date,
        customer_id,
        cast(events as bigint) as events,
        median_events,
        weekday_median_events,
        median_deviation,
        cast(baseline_events as bigint) as baseline_events,
        robust_z,
        weekday_robust_z,
        {{ is_beyond_usual('robust_z', 'weekday_robust_z', 1) }} as is_spike,
        {{ is_beyond_usual('robust_z', 'weekday_robust_z', -1) }} as is_drop
    from scored
)

select * from final
