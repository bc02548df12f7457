with int_provider_usage_by_model as (
    select * from {{ ref('int_provider_usage_by_model') }}
),

int_model_prices as (
    select * from {{ ref('int_model_prices') }}
),

tokens_by_type as (
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        'input' as token_type,
        -- Cached input and cache writes are part of what the provider reports as input.
        input_tokens - cached_input_tokens - cache_write_tokens as tokens
    from int_provider_usage_by_model
    union all
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        'cached_input' as token_type,
        cached_input_tokens as tokens
    from int_provider_usage_by_model
    union all
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        'cache_write' as token_type,
        cache_write_tokens as tokens
    from int_provider_usage_by_model
    union all
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        'output' as token_type,
        output_tokens as tokens
    from int_provider_usage_by_model
),

prices_ranked as (
    select
        tokens_by_type.provider,
        tokens_by_type.source_account,
        tokens_by_type.usage_date,
        tokens_by_type.model_id,
        tokens_by_type.service_tier,
        tokens_by_type.token_type,
        tokens_by_type.tokens,
        int_model_prices.usd_per_million_tokens,
        row_number() over (
            partition by
                tokens_by_type.provider,
                tokens_by_type.source_account,
                tokens_by_type.usage_date,
                tokens_by_type.model_id,
                tokens_by_type.service_tier,
                tokens_by_type.token_type
            order by case when int_model_prices.is_contract then 0 else 1 end
        ) as preference
    from tokens_by_type
    left join int_model_prices
        on
            tokens_by_type.provider = int_model_prices.provider
            and tokens_by_type.model_id = int_model_prices.model_id
            and tokens_by_type.service_tier = int_model_prices.service_tier
            and tokens_by_type.token_type = int_model_prices.token_type
            and int_model_prices.context_min_tokens = 0
            and tokens_by_type.usage_date >= int_model_prices.valid_from
            and tokens_by_type.usage_date < {{ until('int_model_prices.valid_to') }}
    where tokens_by_type.tokens > 0
),

list_cost_by_model as (
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        case
            when count(*) = count(usd_per_million_tokens)
                then sum(
                    cast(tokens as decimal(19, 0)) * cast(usd_per_million_tokens as decimal(19, 9))
                )
        end as usd_times_million
    from prices_ranked
    where preference = 1
    group by
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier
),

final as (
    select
        int_provider_usage_by_model.provider,
        int_provider_usage_by_model.source_account,
        int_provider_usage_by_model.usage_date,
        int_provider_usage_by_model.model_id,
        int_provider_usage_by_model.service_tier,
        int_provider_usage_by_model.requests,
        int_provider_usage_by_model.input_tokens,
        int_provider_usage_by_model.cached_input_tokens,
        int_provider_usage_by_model.cache_write_tokens,
        int_provider_usage_by_model.output_tokens,
        {{ exact_divide('list_cost_by_model.usd_times_million', '1000000') }} as list_cost_usd
    from int_provider_usage_by_model
    left join list_cost_by_model
        on
            int_provider_usage_by_model.provider = list_cost_by_model.provider
            and int_provider_usage_by_model.source_account = list_cost_by_model.source_account
            and int_provider_usage_by_model.usage_date = list_cost_by_model.usage_date
            and coalesce(int_provider_usage_by_model.model_id, '')
            = coalesce(list_cost_by_model.model_id, '')
            and int_provider_usage_by_model.service_tier = list_cost_by_model.service_tier
)

select * from final
