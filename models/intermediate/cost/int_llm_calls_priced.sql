{{ config(materialized='view') }}

-- Everything per call is whole numbers (nano-dollars, and femto-dollars beyond them): exact, and
-- many times faster than decimals of that width.
with llm_calls as (
    select
        *,
        {{ called_provider('provider') }} as called_provider,
        coalesce(input_tokens, 0) as all_input_tokens,
        coalesce(cached_input_tokens, 0) as cached_tokens,
        coalesce(cache_write_tokens, 0) as written_tokens,
        coalesce(output_tokens, 0) as all_output_tokens
    from {{ ref('int_app_events') }}
    where event_type = 'llm_request'
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

-- Bounds that are always there let engines join by them.
rate_bands as (
    select
        provider,
        model_id,
        service_tier,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to,
        case when above_tokens = 0 then -1 else above_tokens end as above_tokens,
        coalesce(up_to_tokens, {{ most_tokens() }}) as up_to_tokens,
        {{ nano_per_token('input_usd') }} as input_nano,
        {{ femto_beyond_nano('input_usd') }} as input_femto,
        {{ nano_per_token('cached_input_usd') }} as cached_nano,
        {{ femto_beyond_nano('cached_input_usd') }} as cached_femto,
        {{ nano_per_token('cache_write_usd') }} as written_nano,
        {{ femto_beyond_nano('cache_write_usd') }} as written_femto,
        {{ nano_per_token('output_usd') }} as output_nano,
        {{ femto_beyond_nano('output_usd') }} as output_femto
    from {{ ref('int_llm_rate_bands') }}
),

tokens_by_type as (
    select
        llm_calls.*,
        coalesce(int_model_names.model_id, llm_calls.model) as model_id,
        -- Cached input and cache writes are part of the input, never beside it.
        greatest(
            llm_calls.all_input_tokens - llm_calls.cached_tokens - llm_calls.written_tokens, 0
        ) as uncached_tokens
    from llm_calls
    left join int_model_names
        on
            llm_calls.called_provider = int_model_names.provider
            and llm_calls.model = int_model_names.model
),

calls_with_rates as (
    select
        tokens_by_type.*,
        rate_bands.input_nano,
        rate_bands.input_femto,
        rate_bands.cached_nano,
        rate_bands.cached_femto,
        rate_bands.written_nano,
        rate_bands.written_femto,
        rate_bands.output_nano,
        rate_bands.output_femto,
        rate_bands.model_id is not null
        and not (
            (tokens_by_type.uncached_tokens > 0 and rate_bands.input_nano is null)
            or (tokens_by_type.cached_tokens > 0 and rate_bands.cached_nano is null)
            or (tokens_by_type.written_tokens > 0 and rate_bands.written_nano is null)
            or (tokens_by_type.all_output_tokens > 0 and rate_bands.output_nano is null)
        ) as has_price
    from tokens_by_type
    left join rate_bands
        on
            tokens_by_type.called_provider = rate_bands.provider
            -- More tokens than any model can read are an error, which has no price.
            and case
                when
                    greatest(
                        tokens_by_type.all_input_tokens,
                        tokens_by_type.cached_tokens,
                        tokens_by_type.written_tokens,
                        tokens_by_type.all_output_tokens
                    ) <= {{ most_tokens() }}
                    then tokens_by_type.model_id
            end = rate_bands.model_id
            and tokens_by_type.service_tier = rate_bands.service_tier
            and tokens_by_type.event_date >= rate_bands.valid_from
            and tokens_by_type.event_date < rate_bands.valid_to
            and tokens_by_type.all_input_tokens > rate_bands.above_tokens
            and tokens_by_type.all_input_tokens <= rate_bands.up_to_tokens
),

cost_of_tokens as (
    select
        *,
        coalesce(uncached_tokens * input_nano, 0) as uncached_cost,
        coalesce(uncached_tokens * input_femto, 0) as uncached_beyond,
        coalesce(cached_tokens * cached_nano, 0) as cached_cost,
        coalesce(cached_tokens * cached_femto, 0) as cached_beyond,
        coalesce(written_tokens * written_nano, 0) as written_cost,
        coalesce(written_tokens * written_femto, 0) as written_beyond,
        coalesce(all_output_tokens * output_nano, 0) as output_cost,
        coalesce(all_output_tokens * output_femto, 0) as output_beyond
    from calls_with_rates
),

-- Running totals over the token types: rounding them, not the parts, keeps the parts' sum equal
-- to the call's cost rounded once.
rounded_along as (
    select
        *,
        uncached_cost + {{ femto_as_nano('uncached_beyond') }} as to_uncached,
        uncached_cost + cached_cost
        + {{ femto_as_nano('uncached_beyond + cached_beyond') }} as to_cached,
        uncached_cost + cached_cost + written_cost
        + {{ femto_as_nano('uncached_beyond + cached_beyond + written_beyond') }} as to_written,
        uncached_cost + cached_cost + written_cost + output_cost
        + {{ femto_as_nano('uncached_beyond + cached_beyond + written_beyond + output_beyond') }}
            as to_output
    from cost_of_tokens
),

final as (
    select
        event_id,
        request_id,
        occurred_at,
        event_date as cost_date,
        customer_id as app_customer_id,
        user_id,
        feature_id as event_feature_id,
        called_provider as provider,
        model,
        model_id,
        service_tier,
        project_id,
        api_key_id,
        coalesce(is_cache_hit, false) as is_cache_hit,
        response_time_ms,
        all_input_tokens as input_tokens,
        uncached_tokens as uncached_input_tokens,
        cached_tokens as cached_input_tokens,
        written_tokens as cache_write_tokens,
        all_output_tokens as output_tokens,
        -- What the app's own cache answered was never asked of the provider.
        case when is_cache_hit then 0 else to_uncached end as uncached_input_nano,
        case when is_cache_hit then 0 else to_cached - to_uncached end as cached_input_nano,
        case when is_cache_hit then 0 else to_written - to_cached end as cache_write_nano,
        case when is_cache_hit then 0 else to_output - to_written end as output_nano,
        case
            when is_cache_hit then 0
            when has_price then to_output
        end as list_cost_nano,
        case when is_cache_hit and has_price then to_output end as cache_saved_nano,
        coalesce(is_cache_hit, false) or has_price as is_priced
    from rounded_along
)

select * from final
