with fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

fct_llm_performance_by_day as (
    select * from {{ ref('fct_llm_performance_by_day') }}
),

cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

usage_by_model as (
    select
        cost_date,
        provider,
        model_id,
        sum(calls) as calls,
        sum(cache_hits) as cache_hits,
        sum(unpriced_calls) as unpriced_calls,
        sum(input_tokens) as input_tokens,
        sum(cached_input_tokens) as cached_input_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        sum(output_tokens) as output_tokens,
        sum(list_cost_usd) as list_cost_usd,
        count(distinct case when customer_id <> '__unattributed__' then customer_id end)
            as customers
    from fct_llm_usage_by_day
    group by
        cost_date,
        provider,
        model_id
),

final as (
    select
        usage_by_model.cost_date as date,
        usage_by_model.provider,
        usage_by_model.model_id,
        cast(usage_by_model.calls as bigint) as calls,
        cast(usage_by_model.cache_hits as bigint) as cache_hits,
        fct_llm_performance_by_day.errors,
        {{ ratio('fct_llm_performance_by_day.errors', 'usage_by_model.calls') }} as error_rate,
        fct_llm_performance_by_day.timed_calls,
        cast({{ exact_divide(
            'fct_llm_performance_by_day.response_time_ms',
            'fct_llm_performance_by_day.timed_calls',
            3
        ) }} as decimal(18, 3)) as mean_response_time_ms,
        fct_llm_performance_by_day.p50_response_time_ms,
        fct_llm_performance_by_day.p95_response_time_ms,
        cast(usage_by_model.customers as bigint) as customers,
        cast(usage_by_model.input_tokens as bigint) as input_tokens,
        cast(usage_by_model.cached_input_tokens as bigint) as cached_input_tokens,
        cast(usage_by_model.cache_write_tokens as bigint) as cache_write_tokens,
        cast(usage_by_model.output_tokens as bigint) as output_tokens,
        cast(usage_by_model.input_tokens + usage_by_model.output_tokens as bigint) as total_tokens,
        cast(usage_by_model.list_cost_usd as decimal(38, 9)) as list_cost_usd,
        cast(usage_by_model.unpriced_calls as bigint) as unpriced_calls,
        cast(coalesce(cost_by_model_day.attributed_cost_usd, 0) as decimal(38, 9)) as cost_usd,
        {{ exact_divide('cost_by_model_day.attributed_cost_usd', 'usage_by_model.calls') }}
            as cost_usd_per_call,
        {{ is_running_day('usage_by_model.cost_date') }} as is_provisional
    from usage_by_model
    left join fct_llm_performance_by_day
        on
            usage_by_model.cost_date = fct_llm_performance_by_day.date
            and usage_by_model.provider = fct_llm_performance_by_day.provider
            and usage_by_model.model_id = fct_llm_performance_by_day.model_id
    left join cost_by_model_day
        on
            usage_by_model.cost_date = cost_by_model_day.date
            and usage_by_model.provider = cost_by_model_day.provider
            and usage_by_model.model_id = cost_by_model_day.model_id
)

select * from final
