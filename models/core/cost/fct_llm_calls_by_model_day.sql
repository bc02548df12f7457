{{ rebuilt_by_day({
    'day': 'date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_llm_usage_by_day',
}) }}

with calls_of_touched_days as (
    select
        event_date,
        status_code,
        response_time_ms,
        {{ called_provider('provider') }} as called_provider,
        coalesce(model, '') as called_model
    from {{ ref('int_app_events') }}
    where
        event_type = 'llm_request'
        and {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

usage_of_touched_days as (
    select *
    from {{ ref('int_llm_usage_by_day') }}
    where {{ in_touched_days('cost_date', ref('int_event_days_by_load')) }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

performance_by_model as (
    select
        calls_of_touched_days.event_date,
        int_model_names.model_provider,
        coalesce(int_model_names.model_id, '__no_model__') as model_id,
        {{ failed_calls('calls_of_touched_days.status_code') }} as errors,
        count(calls_of_touched_days.response_time_ms) as timed_calls,
        sum(calls_of_touched_days.response_time_ms) as response_time_ms,
        {{ percentile('calls_of_touched_days.response_time_ms', 0.5) }} as p50_response_time_ms,
        {{ percentile('calls_of_touched_days.response_time_ms', 0.95) }} as p95_response_time_ms
    from calls_of_touched_days
    inner join int_model_names
        on
            calls_of_touched_days.called_provider = int_model_names.called_provider
            and calls_of_touched_days.called_model = int_model_names.model
    group by
        calls_of_touched_days.event_date,
        int_model_names.model_provider,
        coalesce(int_model_names.model_id, '__no_model__')
),

usage_by_model as (
    select
        cost_date,
        provider,
        coalesce(model_id, '__no_model__') as model_id,
        sum(calls) as calls,
        sum(cache_hits) as cache_hits,
        sum(unpriced_calls) as unpriced_calls,
        sum(input_tokens) as input_tokens,
        sum(cached_input_tokens) as cached_input_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        sum(cache_write_1h_tokens) as cache_write_1h_tokens,
        sum(input_audio_tokens) as input_audio_tokens,
        sum(cached_input_audio_tokens) as cached_input_audio_tokens,
        sum(input_image_tokens) as input_image_tokens,
        sum(output_tokens) as output_tokens,
        sum(output_audio_tokens) as output_audio_tokens,
        sum(output_image_tokens) as output_image_tokens,
        sum(list_cost_usd) as list_cost_usd,
        count(distinct app_customer_id) as accounts
    from usage_of_touched_days
    group by
        cost_date,
        provider,
        coalesce(model_id, '__no_model__')
),

final as (
    select
        usage_by_model.cost_date as date,
        usage_by_model.provider,
        usage_by_model.model_id,
        cast(usage_by_model.calls as bigint) as calls,
        cast(usage_by_model.cache_hits as bigint) as cache_hits,
        cast(usage_by_model.unpriced_calls as bigint) as unpriced_calls,
        cast(usage_by_model.input_tokens as bigint) as input_tokens,
        cast(usage_by_model.cached_input_tokens as bigint) as cached_input_tokens,
        cast(usage_by_model.cache_write_tokens as bigint) as cache_write_tokens,
        cast(usage_by_model.cache_write_1h_tokens as bigint) as cache_write_1h_tokens,
        cast(usage_by_model.input_audio_tokens as bigint) as input_audio_tokens,
        cast(usage_by_model.cached_input_audio_tokens as bigint) as cached_input_audio_tokens,
        cast(usage_by_model.input_image_tokens as bigint) as input_image_tokens,
        cast(usage_by_model.output_tokens as bigint) as output_tokens,
        cast(usage_by_model.output_audio_tokens as bigint) as output_audio_tokens,
        cast(usage_by_model.output_image_tokens as bigint) as output_image_tokens,
        cast(usage_by_model.list_cost_usd as decimal(38, 9)) as list_cost_usd,
        cast(usage_by_model.accounts as bigint) as accounts,
        cast(performance_by_model.errors as bigint) as errors,
        cast(performance_by_model.timed_calls as bigint) as timed_calls,
        cast(performance_by_model.response_time_ms as decimal(38, 3)) as response_time_ms,
        performance_by_model.p50_response_time_ms,
        performance_by_model.p95_response_time_ms
    from usage_by_model
    left join performance_by_model
        on
            usage_by_model.cost_date = performance_by_model.event_date
            and usage_by_model.provider = performance_by_model.model_provider
            and usage_by_model.model_id = performance_by_model.model_id
)

select * from final
