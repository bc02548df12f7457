{{ config(materialized='view') }}

with int_app_events as (
    select * from {{ ref('int_app_events') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

calls as (
    select
        *,
        {{ called_provider('provider') }} as called_provider,
        coalesce(input_tokens, 0) as all_input_tokens,
        coalesce(cached_input_tokens, 0) as cached_tokens,
        coalesce(cache_write_tokens, 0) as written_tokens
    from int_app_events
    where event_type = 'llm_request'
),

final as (
    select
        calls.event_id,
        calls.request_id,
        calls.occurred_at,
        calls.event_date as cost_date,
        calls.app_customer_id,
        calls.user_id,
        calls.feature_id as event_feature_id,
        calls.called_provider as provider,
        calls.model,
        coalesce(int_model_names.model_id, calls.model) as model_id,
        calls.service_tier,
        calls.project_id,
        calls.api_key_id,
        coalesce(calls.is_cache_hit, false) as is_cache_hit,
        calls.response_time_ms,
        calls.all_input_tokens as input_tokens,
        -- Cached input and cache writes are part of the input, never beside it.
        greatest(calls.all_input_tokens - calls.cached_tokens - calls.written_tokens, 0)
            as uncached_input_tokens,
        calls.cached_tokens as cached_input_tokens,
        calls.written_tokens as cache_write_tokens,
        coalesce(calls.output_tokens, 0) as output_tokens
    from calls
    left join int_model_names
        on
            calls.called_provider = int_model_names.provider
            and calls.model = int_model_names.model
)

select * from final
