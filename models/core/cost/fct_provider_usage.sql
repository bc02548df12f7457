with int_provider_usage_priced as (
    select * from {{ ref('int_provider_usage_priced') }}
),

final as (
    select
        -- keys
        provider,
        source_account,
        usage_date,
        coalesce(model_id, '__no_model__') as model_id,
        service_tier,

        -- facts
        cast(requests as bigint) as requests,
        cast(input_tokens as bigint) as input_tokens,
        cast(cached_input_tokens as bigint) as cached_input_tokens,
        cast(cache_write_tokens as bigint) as cache_write_tokens,
        cast(cache_write_1h_tokens as bigint) as cache_write_1h_tokens,
        cast(input_audio_tokens as bigint) as input_audio_tokens,
        cast(cached_input_audio_tokens as bigint) as cached_input_audio_tokens,
        cast(input_image_tokens as bigint) as input_image_tokens,
        cast(output_tokens as bigint) as output_tokens,
        cast(output_audio_tokens as bigint) as output_audio_tokens,
        cast(output_image_tokens as bigint) as output_image_tokens,
        list_cost_usd,
        list_cost_usd is not null as is_priced
    from int_provider_usage_priced
)

select * from final
