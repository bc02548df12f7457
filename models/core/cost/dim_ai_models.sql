with fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

fct_llm_usage_by_day as (
    select * from {{ ref('fct_llm_usage_by_day') }}
),

fct_provider_usage as (
    select * from {{ ref('fct_provider_usage') }}
),

int_llm_rate_bands as (
    select * from {{ ref('int_llm_rate_bands') }}
),

models_known as (
    select
        provider,
        model_id
    from int_llm_rate_bands
    union distinct
    select
        provider,
        model_id
    from fct_provider_costs
    where cost_kind = 'llm'
    union distinct
    select
        provider,
        model_id
    from fct_llm_usage_by_day
    union distinct
    select
        provider,
        model_id
    from fct_provider_usage
),

prices_now as (
    select
        provider,
        model_id,
        max(case when above_tokens = 0 then input_usd end) as input_usd,
        max(case when above_tokens = 0 then cached_input_usd end) as cached_input_usd,
        max(case when above_tokens = 0 then cache_write_usd end) as cache_write_usd,
        max(case when above_tokens = 0 then output_usd end) as output_usd,
        nullif(max(above_tokens), 0) as long_context_tokens
    from int_llm_rate_bands
    where
        service_tier = 'standard'
        and valid_from <= {{ day_of(as_of_timestamp()) }}
        and (valid_to > {{ day_of(as_of_timestamp()) }} or valid_to is null)
    group by
        provider,
        model_id
),

batch_prices_now as (
    select
        provider,
        model_id,
        max(input_usd) as input_usd,
        max(cached_input_usd) as cached_input_usd,
        max(cache_write_usd) as cache_write_usd,
        max(output_usd) as output_usd
    from int_llm_rate_bands
    where
        service_tier = 'batch'
        and above_tokens = 0
        and valid_from <= {{ day_of(as_of_timestamp()) }}
        and (valid_to > {{ day_of(as_of_timestamp()) }} or valid_to is null)
    group by
        provider,
        model_id
),

first_and_last_calls as (
    select
        provider,
        model_id,
        min(cost_date) as first_used_on,
        max(cost_date) as last_used_on
    from fct_llm_usage_by_day
    group by
        provider,
        model_id
),

final as (
    select
        models_known.provider,
        models_known.model_id,
        prices_now.model_id is not null as is_priced,
        models_known.model_id in ('__no_model__', '__unmapped__') as is_placeholder,
        {{ usd_per_million('prices_now.input_usd') }} as input_usd_per_million,
        {{ usd_per_million('prices_now.cached_input_usd') }}
            as cached_input_usd_per_million,
        {{ usd_per_million('prices_now.cache_write_usd') }} as cache_write_usd_per_million,
        {{ usd_per_million('prices_now.output_usd') }} as output_usd_per_million,
        {{ usd_per_million('batch_prices_now.input_usd') }}
            as batch_input_usd_per_million,
        {{ usd_per_million('batch_prices_now.cached_input_usd') }}
            as batch_cached_input_usd_per_million,
        {{ usd_per_million('batch_prices_now.cache_write_usd') }}
            as batch_cache_write_usd_per_million,
        {{ usd_per_million('batch_prices_now.output_usd') }}
            as batch_output_usd_per_million,
        cast(prices_now.long_context_tokens as bigint) as long_context_tokens,
        first_and_last_calls.first_used_on,
        first_and_last_calls.last_used_on
    from models_known
    left join prices_now
        on
            models_known.provider = prices_now.provider
            and models_known.model_id = prices_now.model_id
    left join batch_prices_now
        on
            models_known.provider = batch_prices_now.provider
            and models_known.model_id = batch_prices_now.model_id
    left join first_and_last_calls
        on
            models_known.provider = first_and_last_calls.provider
            and models_known.model_id = first_and_last_calls.model_id
)

select * from final
