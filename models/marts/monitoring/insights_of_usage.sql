with usage_deviations_by_customer_day as (
    select * from {{ ref('usage_deviations_by_customer_day') }}
),

usage_shifts_by_customer as (
    select * from {{ ref('usage_shifts_by_customer') }}
),

mrr_by_customer_month as (
    select * from {{ ref('mrr_by_customer_month') }}
),

-- That a customer who has left uses less is no news.
customers_gone as (
    select customer_id
    from mrr_by_customer_month
    where month = {{ month_of(report_day()) }} and not is_paying
),

days_beyond as (
    select
        *,
        case when is_spike then 'usage_spike' else 'usage_drop' end as insight_type
    from usage_deviations_by_customer_day
    where is_spike or is_drop
),

days_ranked as (
    select
        *,
        row_number() over (partition by customer_id, insight_type order by date) as place,
        count(*) over (partition by customer_id, insight_type) as days_found
    from days_beyond
),

found_by_day as (
    select
        insight_type,
        customer_id,
        'day' as period_grain,
        date as period_start,
        events as value,
        median_events as expected,
        {{ insight_var('insight_robust_z') }} as threshold,
        robust_z as score,
        baseline_events as sample_size,
        {{ whole_text('events') }} || ' events on ' || {{ day_text('date') }} || ', usually '
        || {{ whole_text('median_events') }} || ' a day; beyond what is usual on '
        || {{ whole_text('days_found') }} || ' of the last {{ insight_days() }} days' as finding
    from days_ranked
    where place = 1
),

found_by_week as (
    select
        case when is_sustained_rise then 'usage_spike' else 'usage_drop' end as insight_type,
        customer_id,
        'week' as period_grain,
        week_start as period_start,
        events as value,
        events_before as expected,
        {{ insight_var('insight_week_change') }} as threshold,
        change as score,
        events_before as sample_size,
        {{ whole_text('events') }} || ' events in the seven days from '
        || {{ day_text('week_start') }} || ', ' || {{ whole_text('events_before') }}
        || ' in the seven before, and every day moved the same way' as finding
    from usage_shifts_by_customer
    where is_sustained_rise or is_sustained_fall
),

found as (
    select * from found_by_day
    union all
    select found_by_week.*
    from found_by_week
    left join found_by_day
        on
            found_by_week.customer_id = found_by_day.customer_id
            and found_by_week.insight_type = found_by_day.insight_type
    where found_by_day.customer_id is null
),

final as (
    select
        found.insight_type,
        'customer' as subject_type,
        found.customer_id as subject_id,
        found.period_grain,
        found.period_start,
        cast(found.value as decimal(38, 9)) as value,
        cast(found.expected as decimal(38, 9)) as expected,
        cast(found.threshold as decimal(38, 9)) as threshold,
        cast(found.score as decimal(38, 9)) as score,
        found.sample_size,
        found.finding,
        'select date, events, calls, llm_calls, feature_uses, users'
        || ' from product.usage_by_customer_day where customer_id = '
        || {{ sql_text('found.customer_id') }} || ' and date >= '
        || {{ sql_date(dbt.dateadd('day', -(baseline_days() | int), 'found.period_start')) }}
        || ' order by date' as query
    from found
    left join customers_gone
        on found.customer_id = customers_gone.customer_id
    where customers_gone.customer_id is null or found.insight_type = 'usage_spike'
)

select * from final
