with usage_with_feature as (
    select * from {{ ref('int_llm_usage_with_feature') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

usage_with_owner as (
    select
        usage_with_feature.*,
        coalesce(
            int_customer_keys.customer_id,
            usage_with_feature.app_customer_id,
            '__unattributed__'
        ) as customer_id
    from usage_with_feature
    left join int_customer_keys
        on usage_with_feature.app_customer_id = int_customer_keys.app_customer_id
),

final as (
    select
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__') as model_id,
        feature_id,
        customer_id,
        cast(sum(calls) as bigint) as calls,
        cast(sum(cache_hits) as bigint) as cache_hits,
        cast(sum(unpriced_calls) as bigint) as unpriced_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(input_audio_tokens) as bigint) as input_audio_tokens,
        cast(sum(cached_input_audio_tokens) as bigint) as cached_input_audio_tokens,
        cast(sum(input_image_tokens) as bigint) as input_image_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(output_audio_tokens) as bigint) as output_audio_tokens,
        cast(sum(output_image_tokens) as bigint) as output_image_tokens,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd,
        cast(sum(cache_saved_usd) as decimal(38, 9)) as cache_saved_usd
    from usage_with_owner
    group by
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__'),
        feature_id,
        customer_id
)

select * from final
