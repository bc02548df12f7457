with openai_usage as (
    select * from {{ ref('stg_openai__usage') }}
),

usage_of_all_providers as (
    select
        'openai' as provider,
        usage_date,
        endpoint,
        project_id,
        api_key_id,
        model,
        service_tier,
        requests,
        coalesce(input_tokens, 0) as input_tokens,
        coalesce(cached_input_tokens, 0) as cached_input_tokens,
        coalesce(cache_write_tokens, 0) as cache_write_tokens,
        coalesce(output_tokens, 0) as output_tokens
    from openai_usage
),

final as (
    select
        provider,
        usage_date,
        endpoint,
        project_id,
        api_key_id,
        model,
        service_tier,
        cast(sum(requests) as bigint) as requests,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens
    from usage_of_all_providers
    group by
        provider,
        usage_date,
        endpoint,
        project_id,
        api_key_id,
        model,
        service_tier
)

select * from final
