with fct_usage_by_customer_endpoint_day as (
    select * from {{ ref('fct_usage_by_customer_endpoint_day') }}
),

rates_added as (
    select
        *,
        {{ exact_divide('errors', 'calls') }} as error_rate,
        cast({{ exact_divide('response_time_ms', 'timed_calls', 3) }} as decimal(18, 3))
            as mean_response_time_ms
    from fct_usage_by_customer_endpoint_day
),

final as (
    select
        date,
        customer_id,
        endpoint,
        calls,
        errors,
        error_rate,
        timed_calls,
        mean_response_time_ms,
        p95_response_time_ms,
        {{ performance_score('mean_response_time_ms', 'error_rate') }} as performance_score,
        {{ is_running_day('date') }} as is_provisional
    from rates_added
)

select * from final
