with int_provider_usage as (
    select * from {{ ref('int_provider_usage') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

final as (
    select
        int_provider_usage.provider,
        int_provider_usage.source_account,
        int_provider_usage.usage_date,
        int_model_names.model_id,
        int_provider_usage.service_tier,
        cast(sum(int_provider_usage.requests) as bigint) as requests,
        cast(sum(int_provider_usage.input_tokens) as bigint) as input_tokens,
        cast(sum(int_provider_usage.cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(int_provider_usage.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(int_provider_usage.output_tokens) as bigint) as output_tokens
    from int_provider_usage
    left join int_model_names
        on
            int_provider_usage.provider = int_model_names.provider
            and int_provider_usage.model = int_model_names.model
    group by
        int_provider_usage.provider,
        int_provider_usage.source_account,
        int_provider_usage.usage_date,
        int_model_names.model_id,
        int_provider_usage.service_tier
)

select * from final
