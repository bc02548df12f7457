with usage_by_customer_period as (
    select * from {{ ref('usage_by_customer_period') }}
),

last_month as (
    select
        *,
        sum(errors) over () as errors_of_all,
        sum(case when errors is not null then calls end) over () as calls_of_all,
        cast({{ exact_divide(
            'sum(mean_response_time_ms * calls) over ()',
            'sum(case when mean_response_time_ms is not null then calls end) over ()',
            3
        ) }} as decimal(18, 3)) as mean_of_all
    from usage_by_customer_period
    where
        period_grain = 'month'
        and period_start
        = cast({{ dbt.dateadd('month', -1, month_of(as_of_timestamp())) }} as date)
),

found as (
    select
        'many_errors' as insight_type,
        customer_id,
        period_start,
        error_rate as value,
        {{ ratio('errors_of_all', 'calls_of_all') }} as expected,
        {{ insight_var('insight_error_rate') }} as threshold,
        calls,
        {{ percent_text('error_rate') }} || ' % of ' || {{ whole_text('calls') }}
        || ' API requests failed in ' || {{ month_text('period_start') }} || ', of all customers '
        || {{ percent_text(ratio('errors_of_all', 'calls_of_all')) }} || ' %' as finding
    from last_month
    where
        error_rate > {{ insight_var('insight_error_rate') }}
        and calls >= {{ var('insight_minimum_events') }}
        and customer_id <> '__unattributed__'
    union all
    select
        'slow_responses' as insight_type,
        customer_id,
        period_start,
        mean_response_time_ms as value,
        mean_of_all as expected,
        {{ insight_var('insight_mean_response_ms') }} as threshold,
        calls,
        'API requests took ' || {{ whole_text('mean_response_time_ms') }}
        || ' ms on average in ' || {{ month_text('period_start') }} || ', those of all customers '
        || {{ whole_text('mean_of_all') }} as finding
    from last_month
    where
        mean_response_time_ms > {{ insight_var('insight_mean_response_ms') }}
        and calls >= {{ var('insight_minimum_events') }}
        and customer_id <> '__unattributed__'
),

final as (
    select
        insight_type,
        'customer' as subject_type,
        customer_id as subject_id,
        'month' as period_grain,
        period_start,
        cast(value as decimal(38, 9)) as value,
        cast(expected as decimal(38, 9)) as expected,
        cast(threshold as decimal(38, 9)) as threshold,
        cast(null as decimal(38, 9)) as score,
        calls as sample_size,
        finding,
        'select endpoint, sum(calls) as calls, sum(errors) as errors, max(p95_response_time_ms)'
        || ' as worst_p95_response_time_ms from product.usage_by_customer_endpoint_day'
        || ' where customer_id = ' || {{ sql_text('customer_id') }} || ' and date >= '
        || {{ sql_date('period_start') }} || ' and date < '
        || {{ sql_date(dbt.dateadd('month', 1, 'period_start')) }}
        || ' group by endpoint order by calls desc' as query
    from found
)

select * from final
