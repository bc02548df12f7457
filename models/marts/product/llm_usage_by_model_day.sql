with fct_llm_calls_by_model_day as (
    select * from {{ ref('fct_llm_calls_by_model_day') }}
),

cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

final as (
    select
        fct_llm_calls_by_model_day.date,
        fct_llm_calls_by_model_day.provider,
        fct_llm_calls_by_model_day.model_id,
        fct_llm_calls_by_model_day.calls,
        fct_llm_calls_by_model_day.cache_hits,
        fct_llm_calls_by_model_day.errors,
        {{ ratio('fct_llm_calls_by_model_day.errors', 'fct_llm_calls_by_model_day.calls') }}
            as error_rate,
        fct_llm_calls_by_model_day.timed_calls,
        cast({{ exact_divide(
            'fct_llm_calls_by_model_day.response_time_ms',
            'fct_llm_calls_by_model_day.timed_calls',
            3
        ) }} as decimal(18, 3)) as mean_response_time_ms,
        fct_llm_calls_by_model_day.p50_response_time_ms,
        fct_llm_calls_by_model_day.p95_response_time_ms,
        fct_llm_calls_by_model_day.accounts,
        fct_llm_calls_by_model_day.input_tokens,
        fct_llm_calls_by_model_day.cached_input_tokens,
        fct_llm_calls_by_model_day.cache_write_tokens,
        fct_llm_calls_by_model_day.cache_write_1h_tokens,
        fct_llm_calls_by_model_day.input_audio_tokens,
        fct_llm_calls_by_model_day.cached_input_audio_tokens,
        fct_llm_calls_by_model_day.input_image_tokens,
        fct_llm_calls_by_model_day.output_tokens,
        fct_llm_calls_by_model_day.output_audio_tokens,
        fct_llm_calls_by_model_day.output_image_tokens,
        fct_llm_calls_by_model_day.input_tokens + fct_llm_calls_by_model_day.output_tokens
            as total_tokens,
        fct_llm_calls_by_model_day.list_cost_usd,
        fct_llm_calls_by_model_day.unpriced_calls,
        cast(coalesce(cost_by_model_day.attributed_cost_usd, 0) as decimal(38, 9)) as cost_usd,
        {{ cost_per_llm_call(
            'cost_by_model_day.attributed_cost_usd',
            'fct_llm_calls_by_model_day.calls - fct_llm_calls_by_model_day.cache_hits'
        ) }} as cost_usd_per_call,
        {{ is_running_day('fct_llm_calls_by_model_day.date') }} as is_provisional
    from fct_llm_calls_by_model_day
    left join cost_by_model_day
        on
            fct_llm_calls_by_model_day.date = cost_by_model_day.date
            and fct_llm_calls_by_model_day.provider = cost_by_model_day.provider
            and fct_llm_calls_by_model_day.model_id = cost_by_model_day.model_id
)

select * from final
