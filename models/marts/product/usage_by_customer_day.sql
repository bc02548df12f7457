with fct_usage_by_customer_day as (
    select * from {{ ref('fct_usage_by_customer_day') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

tokens_by_customer_and_day as (
    select
        cost_date,
        customer_id,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(list_cost_usd) as list_cost_usd
    from fct_llm_usage_by_day
    group by
        cost_date,
        customer_id
),

final as (
    select
        fct_usage_by_customer_day.usage_date as date,
        fct_usage_by_customer_day.customer_id,
        fct_usage_by_customer_day.calls,
        fct_usage_by_customer_day.calls - fct_usage_by_customer_day.errors as successes,
        fct_usage_by_customer_day.errors,
        {{ ratio('fct_usage_by_customer_day.errors', 'fct_usage_by_customer_day.calls') }}
            as error_rate,
        fct_usage_by_customer_day.timed_calls,
        cast({{ exact_divide(
            'fct_usage_by_customer_day.response_time_ms', 'fct_usage_by_customer_day.timed_calls', 3
        ) }} as decimal(18, 3)) as mean_response_time_ms,
        fct_usage_by_customer_day.p50_response_time_ms,
        fct_usage_by_customer_day.p95_response_time_ms,
        fct_usage_by_customer_day.peak_hour,
        fct_usage_by_customer_day.top_endpoint,
        fct_usage_by_customer_day.events,
        fct_usage_by_customer_day.llm_calls,
        fct_usage_by_customer_day.feature_uses,
        fct_usage_by_customer_day.logins,
        fct_usage_by_customer_day.users,
        cast(coalesce(tokens_by_customer_and_day.input_tokens, 0) as bigint) as input_tokens,
        cast(coalesce(tokens_by_customer_and_day.output_tokens, 0) as bigint) as output_tokens,
        cast(coalesce(tokens_by_customer_and_day.list_cost_usd, 0) as decimal(38, 9))
            as list_cost_usd,
        {{ is_running_day('fct_usage_by_customer_day.usage_date') }} as is_provisional
    from fct_usage_by_customer_day
    left join tokens_by_customer_and_day
        on
            fct_usage_by_customer_day.usage_date = tokens_by_customer_and_day.cost_date
            and fct_usage_by_customer_day.customer_id = tokens_by_customer_and_day.customer_id
)

select * from final
