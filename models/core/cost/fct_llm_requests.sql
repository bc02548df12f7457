with int_llm_calls_priced as (
    select * from {{ ref('int_llm_calls_priced') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

final as (
    select
        -- keys
        int_llm_calls_priced.event_id,
        int_llm_calls_priced.request_id,
        coalesce(int_customer_keys.customer_id, int_llm_calls_priced.app_customer_id)
            as customer_id,
        int_llm_calls_priced.user_id,
        coalesce(
            int_llm_calls_priced.event_feature_id,
            int_cost_rule_features.feature_id,
            '__unattributed__'
        ) as feature_id,
        int_llm_calls_priced.provider,
        int_llm_calls_priced.model,
        int_llm_calls_priced.model_id,
        int_llm_calls_priced.service_tier,
        int_llm_calls_priced.project_id,
        int_llm_calls_priced.api_key_id,

        -- when
        int_llm_calls_priced.occurred_at,
        int_llm_calls_priced.cost_date,

        -- facts
        int_llm_calls_priced.is_cache_hit,
        int_llm_calls_priced.response_time_ms,
        cast(int_llm_calls_priced.input_tokens as bigint) as input_tokens,
        cast(int_llm_calls_priced.uncached_input_tokens as bigint) as uncached_input_tokens,
        cast(int_llm_calls_priced.cached_input_tokens as bigint) as cached_input_tokens,
        cast(int_llm_calls_priced.cache_write_tokens as bigint) as cache_write_tokens,
        cast(int_llm_calls_priced.cache_write_1h_tokens as bigint) as cache_write_1h_tokens,
        cast(int_llm_calls_priced.input_audio_tokens as bigint) as input_audio_tokens,
        cast(int_llm_calls_priced.cached_input_audio_tokens as bigint) as cached_input_audio_tokens,
        cast(int_llm_calls_priced.input_image_tokens as bigint) as input_image_tokens,
        cast(int_llm_calls_priced.output_tokens as bigint) as output_tokens,
        cast(int_llm_calls_priced.output_audio_tokens as bigint) as output_audio_tokens,
        cast(int_llm_calls_priced.output_image_tokens as bigint) as output_image_tokens,
        {{ from_nano('int_llm_calls_priced.list_cost_nano') }} as list_cost_usd,
        {{ from_nano('int_llm_calls_priced.cache_saved_nano') }} as cache_saved_usd,
        int_llm_calls_priced.is_priced
    from int_llm_calls_priced
    left join int_customer_keys
        on int_llm_calls_priced.app_customer_id = int_customer_keys.app_customer_id
    left join int_cost_rule_features
        on
            int_llm_calls_priced.event_feature_id is null
            and int_llm_calls_priced.provider = int_cost_rule_features.provider
            and coalesce(int_llm_calls_priced.project_id, '') = int_cost_rule_features.project_id
            and coalesce(int_llm_calls_priced.api_key_id, '') = int_cost_rule_features.api_key_id
            and coalesce(int_llm_calls_priced.model, '') = int_cost_rule_features.model
            and coalesce(int_llm_calls_priced.model_id, '') = int_cost_rule_features.model_id
)

select * from final
