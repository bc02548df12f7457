with stg_openai__usage as (
    select * from {{ ref('stg_openai__usage') }}
),

final as (
    select
        'openai' as provider,
        source_account,
        usage_date,
        endpoint,
        project_id,
        api_key_id,
        model,
        service_tier,
        cast(sum(requests) as bigint) as requests,
        cast(sum(coalesce(input_tokens, 0)) as bigint) as input_tokens,
        cast(sum(coalesce(cached_input_tokens, 0)) as bigint) as cached_input_tokens,
        cast(sum(coalesce(cache_write_tokens, 0)) as bigint) as cache_write_tokens,
        cast(sum(coalesce(input_audio_tokens, 0)) as bigint) as input_audio_tokens,
        cast(sum(coalesce(cached_input_audio_tokens, 0)) as bigint) as cached_input_audio_tokens,
        cast(sum(coalesce(input_image_tokens, 0)) as bigint) as input_image_tokens,
        cast(sum(coalesce(output_tokens, 0)) as bigint) as output_tokens,
        cast(sum(coalesce(output_audio_tokens, 0)) as bigint) as output_audio_tokens,
        cast(sum(coalesce(output_image_tokens, 0)) as bigint) as output_image_tokens
    from stg_openai__usage
    group by
        source_account,
        usage_date,
        endpoint,
        project_id,
        api_key_id,
        model,
        service_tier
)

select * from final
