with fct_usage_by_hour as (
    select * from {{ ref('fct_usage_by_hour') }}
),

final as (
    select
        date,
        hour,
        {{ weekday_of('date') }} as weekday,
        events,
        calls,
        errors,
        {{ ratio('errors', 'calls') }} as error_rate,
        timed_calls,
        cast({{ exact_divide('response_time_ms', 'timed_calls', 3) }} as decimal(18, 3))
            as mean_response_time_ms,
        p95_response_time_ms,
        users,
        llm_calls,
        input_tokens,
        output_tokens,
        {{ is_running_day('date') }} as is_provisional
    from fct_usage_by_hour
)

select * from final
