{{ config(materialized='table') }}

with int_model_prices as (
    select
        provider,
        model_id,
        service_tier,
        token_type,
        context_min_tokens,
        usd_per_million_tokens,
        valid_from,
        valid_to,
        is_contract
    from {{ ref('int_model_prices') }}
    where token_type in ({{ llm_token_types() }})
),

days_of_change as (
    select
        provider,
        model_id,
        service_tier,
        valid_from as day
    from int_model_prices
    union distinct
    select
        provider,
        model_id,
        service_tier,
        valid_to as day
    from int_model_prices
    where valid_to is not null
),

periods as (
    select
        provider,
        model_id,
        service_tier,
        day as valid_from,
        lead(day) over (
            partition by provider, model_id, service_tier order by day
        ) as valid_to
    from days_of_change
),

context_steps as (
    select distinct
        provider,
        model_id,
        service_tier,
        context_min_tokens
    from int_model_prices
),

context_bands as (
    select
        provider,
        model_id,
        service_tier,
        context_min_tokens as above_tokens,
        lead(context_min_tokens) over (
            partition by provider, model_id, service_tier order by context_min_tokens
        ) as up_to_tokens
    from context_steps
),

-- The contract wins, then the rates of the longest context that the request exceeds.
prices_ranked as (
    select
        periods.provider,
        periods.model_id,
        periods.service_tier,
        periods.valid_from,
        periods.valid_to,
        context_bands.above_tokens,
        context_bands.up_to_tokens,
        int_model_prices.token_type,
        int_model_prices.usd_per_million_tokens,
        row_number() over (
            partition by
                periods.provider,
                periods.model_id,
                periods.service_tier,
                periods.valid_from,
                context_bands.above_tokens,
                int_model_prices.token_type
            order by
                case when int_model_prices.is_contract then 0 else 1 end,
                int_model_prices.context_min_tokens desc,
                int_model_prices.valid_from desc,
                int_model_prices.usd_per_million_tokens
        ) as preference
    from periods
    inner join context_bands
        on
            periods.provider = context_bands.provider
            and periods.model_id = context_bands.model_id
            and periods.service_tier = context_bands.service_tier
    inner join int_model_prices
        on
            periods.provider = int_model_prices.provider
            and periods.model_id = int_model_prices.model_id
            and periods.service_tier = int_model_prices.service_tier
            and periods.valid_from >= int_model_prices.valid_from
            and (
                periods.valid_from < int_model_prices.valid_to
                or int_model_prices.valid_to is null
            )
            and context_bands.above_tokens >= int_model_prices.context_min_tokens
),

final as (
    select
        provider,
        model_id,
        service_tier,
        valid_from,
        valid_to,
        above_tokens,
        up_to_tokens,
        {{ rate_of_type('input') }} as input_usd,
        {{ rate_of_type('cached_input') }} as cached_input_usd,
        {{ rate_of_type('cache_write') }} as cache_write_usd,
        {{ rate_of_type('cache_write_1h') }} as cache_write_1h_usd,
        {{ rate_of_type('output') }} as output_usd,
        {{ rate_of_type('input_audio') }} as input_audio_usd,
        {{ rate_of_type('cached_input_audio') }} as cached_input_audio_usd,
        {{ rate_of_type('output_audio') }} as output_audio_usd,
        {{ rate_of_type('input_image') }} as input_image_usd,
        {{ rate_of_type('output_image') }} as output_image_usd
    from prices_ranked
    where preference = 1
    group by
        provider,
        model_id,
        service_tier,
        valid_from,
        valid_to,
        above_tokens,
        up_to_tokens
)

select * from final
