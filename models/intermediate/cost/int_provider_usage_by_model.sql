with int_provider_usage as (
    select * from {{ ref('int_provider_usage') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

int_service_tiers as (
    select * from {{ ref('int_service_tiers') }}
),

usage_named as (
    select
        int_provider_usage.*,
        int_model_names.model_id,
        -- Who reports no tier sells one.
        coalesce(
            int_service_tiers.service_tier, int_provider_usage.service_tier, 'standard'
        ) as tier
    from int_provider_usage
    left join int_model_names
        on
            int_provider_usage.provider = int_model_names.called_provider
            and int_provider_usage.model = int_model_names.model
    left join int_service_tiers
        on
            int_provider_usage.provider = int_service_tiers.provider
            and int_provider_usage.service_tier = int_service_tiers.alias
),

-- What a vendor does not count apart is null.
final as (
    select
        provider,
        source_account,
        usage_date,
        model_id,
        tier as service_tier,
        cast(sum(requests) as bigint) as requests,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(coalesce(sum(cache_write_1h_tokens), 0) as bigint) as cache_write_1h_tokens,
        cast(coalesce(sum(input_audio_tokens), 0) as bigint) as input_audio_tokens,
        cast(coalesce(sum(cached_input_audio_tokens), 0) as bigint) as cached_input_audio_tokens,
        cast(coalesce(sum(input_image_tokens), 0) as bigint) as input_image_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(coalesce(sum(output_audio_tokens), 0) as bigint) as output_audio_tokens,
        cast(coalesce(sum(output_image_tokens), 0) as bigint) as output_image_tokens
    from usage_named
    group by
        provider,
        source_account,
        usage_date,
        model_id,
        tier
)

select * from final
