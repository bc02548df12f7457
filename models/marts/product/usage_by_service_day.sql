with fct_usage_by_service_day as (
    select * from {{ ref('fct_usage_by_service_day') }}
),

final as (
    select
        date,
        service,
        events,
        calls,
        errors,
        {{ ratio('errors', 'calls') }} as error_rate,
        {{ ratio('calls - server_errors', 'calls') }} as uptime,
        timed_calls,
        cast({{ exact_divide('response_time_ms', 'timed_calls', 3) }} as decimal(18, 3))
            as mean_response_time_ms,
        p50_response_time_ms,
        p95_response_time_ms,
        users,
        llm_calls,
        feature_uses,
        input_tokens,
        output_tokens,
        {{ is_running_day('date') }} as is_provisional
    from fct_usage_by_service_day
)

select * from final
