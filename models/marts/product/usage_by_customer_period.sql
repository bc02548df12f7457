with fct_usage_by_customer_day as (
    select * from {{ ref('fct_usage_by_customer_day') }}
),

fct_usage_by_customer_endpoint_day as (
    select * from {{ ref('fct_usage_by_customer_endpoint_day') }}
),

grains as (
    select 'week' as period_grain
    union all
    select 'month' as period_grain
    union all
    select 'quarter' as period_grain
),

days_in_periods as (
    select
        grains.period_grain,
        case grains.period_grain
            when 'week' then {{ week_of('days.usage_date') }}
            when 'month' then {{ month_of('days.usage_date') }}
            else {{ quarter_of('days.usage_date') }}
        end as period_start,
        days.*
    from fct_usage_by_customer_day as days
    cross join grains
),

periods as (
    select
        period_grain,
        period_start,
        customer_id,
        count(*) as active_days,
        sum(events) as events,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(timed_calls) as timed_calls,
        sum(response_time_ms) as response_time_ms,
        sum(llm_calls) as llm_calls,
        sum(feature_uses) as feature_uses
    from days_in_periods
    group by
        period_grain,
        period_start,
        customer_id
),

-- The hour that was the busiest of most days, the earliest of equals.
hours_ranked as (
    select
        period_grain,
        period_start,
        customer_id,
        peak_hour,
        row_number() over (
            partition by period_grain, period_start, customer_id
            order by count(*) desc, peak_hour
        ) as place
    from days_in_periods
    where peak_hour is not null
    group by
        period_grain,
        period_start,
        customer_id,
        peak_hour
),

calls_by_endpoint as (
    select
        grains.period_grain,
        case grains.period_grain
            when 'week' then {{ week_of('days.date') }}
            when 'month' then {{ month_of('days.date') }}
            else {{ quarter_of('days.date') }}
        end as period_start,
        days.customer_id,
        days.endpoint,
        sum(days.calls) as calls
    from fct_usage_by_customer_endpoint_day as days
    cross join grains
    group by
        grains.period_grain,
        case grains.period_grain
            when 'week' then {{ week_of('days.date') }}
            when 'month' then {{ month_of('days.date') }}
            else {{ quarter_of('days.date') }}
        end,
        days.customer_id,
        days.endpoint
),

top_endpoints as (
    select
        *,
        row_number() over (
            partition by period_grain, period_start, customer_id
            order by calls desc, {{ in_byte_order('endpoint') }}
        ) as place
    from calls_by_endpoint
),

final as (
    select
        periods.period_grain,
        periods.period_start,
        periods.customer_id,
        cast(periods.active_days as bigint) as active_days,
        cast(periods.events as bigint) as events,
        cast(periods.calls as bigint) as calls,
        cast(periods.errors as bigint) as errors,
        {{ ratio('periods.errors', 'periods.calls') }} as error_rate,
        cast(
            {{ exact_divide('periods.response_time_ms', 'periods.timed_calls', 3) }}
            as decimal(18, 3)
        ) as mean_response_time_ms,
        hours_ranked.peak_hour,
        top_endpoints.endpoint as top_endpoint,
        cast(top_endpoints.calls as bigint) as top_endpoint_calls,
        cast(periods.llm_calls as bigint) as llm_calls,
        cast(periods.feature_uses as bigint) as feature_uses,
        periods.period_start = case periods.period_grain
            when 'week' then {{ week_of(last_day_begun()) }}
            when 'month' then {{ month_of(last_day_begun()) }}
            else {{ quarter_of(last_day_begun()) }}
        end as is_provisional
    from periods
    left join hours_ranked
        on
            periods.period_grain = hours_ranked.period_grain
            and periods.period_start = hours_ranked.period_start
            and periods.customer_id = hours_ranked.customer_id
            and hours_ranked.place = 1
    left join top_endpoints
        on
            periods.period_grain = top_endpoints.period_grain
            and periods.period_start = top_endpoints.period_start
            and periods.customer_id = top_endpoints.customer_id
            and top_endpoints.place = 1
)

select * from final
