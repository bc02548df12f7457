{{ config(materialized='view') }}

-- Everything per call is whole numbers (nano-dollars, and femto-dollars beyond them): exact, and
-- many times faster than decimals of that width.
with calls as (
    select * from {{ ref('int_llm_calls_by_token_kind') }}
),

int_llm_rates_in_nano as (
    select * from {{ ref('int_llm_rates_in_nano') }}
),

calls_with_rates as (
    select
        calls.*,
        int_llm_rates_in_nano.input_nano,
        int_llm_rates_in_nano.input_femto,
        int_llm_rates_in_nano.cached_nano,
        int_llm_rates_in_nano.cached_femto,
        int_llm_rates_in_nano.written_nano,
        int_llm_rates_in_nano.written_femto,
        int_llm_rates_in_nano.written_1h_nano,
        int_llm_rates_in_nano.written_1h_femto,
        int_llm_rates_in_nano.output_nano,
        int_llm_rates_in_nano.output_femto,
        int_llm_rates_in_nano.audio_nano,
        int_llm_rates_in_nano.audio_femto,
        int_llm_rates_in_nano.cached_audio_nano,
        int_llm_rates_in_nano.cached_audio_femto,
        int_llm_rates_in_nano.audio_out_nano,
        int_llm_rates_in_nano.audio_out_femto,
        int_llm_rates_in_nano.image_nano,
        int_llm_rates_in_nano.image_femto,
        int_llm_rates_in_nano.image_out_nano,
        int_llm_rates_in_nano.image_out_femto,
        int_llm_rates_in_nano.model_id is not null
        and not (
            (calls.text_tokens > 0 and int_llm_rates_in_nano.input_nano is null)
            or (calls.cached_text_tokens > 0 and int_llm_rates_in_nano.cached_nano is null)
            or (calls.written_tokens > 0 and int_llm_rates_in_nano.written_nano is null)
            or (calls.cache_write_1h_tokens > 0 and int_llm_rates_in_nano.written_1h_nano is null)
            or (calls.text_out_tokens > 0 and int_llm_rates_in_nano.output_nano is null)
            or (calls.audio_tokens > 0 and int_llm_rates_in_nano.audio_nano is null)
            or (
                calls.cached_input_audio_tokens > 0
                and int_llm_rates_in_nano.cached_audio_nano is null
            )
            or (calls.output_audio_tokens > 0 and int_llm_rates_in_nano.audio_out_nano is null)
            or (calls.input_image_tokens > 0 and int_llm_rates_in_nano.image_nano is null)
            or (calls.output_image_tokens > 0 and int_llm_rates_in_nano.image_out_nano is null)
        ) as has_price
    from calls
    left join int_llm_rates_in_nano
        on
            calls.provider = int_llm_rates_in_nano.provider
            and calls.model_to_price = int_llm_rates_in_nano.model_id
            and calls.service_tier = int_llm_rates_in_nano.service_tier
            and calls.cost_date >= int_llm_rates_in_nano.valid_from
            and calls.cost_date < int_llm_rates_in_nano.valid_to
            and calls.input_tokens > int_llm_rates_in_nano.above_tokens
            and calls.input_tokens <= int_llm_rates_in_nano.up_to_tokens
),

cost_of_tokens as (
    select
        *,
        coalesce(text_tokens * input_nano, 0)
        + coalesce(audio_tokens * audio_nano, 0)
        + coalesce(input_image_tokens * image_nano, 0) as uncached_cost,
        coalesce(text_tokens * input_femto, 0)
        + coalesce(audio_tokens * audio_femto, 0)
        + coalesce(input_image_tokens * image_femto, 0) as uncached_beyond,
        coalesce(cached_text_tokens * cached_nano, 0)
        + coalesce(cached_input_audio_tokens * cached_audio_nano, 0) as cached_cost,
        coalesce(cached_text_tokens * cached_femto, 0)
        + coalesce(cached_input_audio_tokens * cached_audio_femto, 0) as cached_beyond,
        coalesce(written_tokens * written_nano, 0)
        + coalesce(cache_write_1h_tokens * written_1h_nano, 0) as written_cost,
        coalesce(written_tokens * written_femto, 0)
        + coalesce(cache_write_1h_tokens * written_1h_femto, 0) as written_beyond,
        coalesce(text_out_tokens * output_nano, 0)
        + coalesce(output_audio_tokens * audio_out_nano, 0)
        + coalesce(output_image_tokens * image_out_nano, 0) as output_cost,
        coalesce(text_out_tokens * output_femto, 0)
        + coalesce(output_audio_tokens * audio_out_femto, 0)
        + coalesce(output_image_tokens * image_out_femto, 0) as output_beyond
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
        cost_date,
        app_customer_id,
        user_id,
        event_feature_id,
        provider,
        model,
        model_id,
        service_tier,
        project_id,
        api_key_id,
        is_cache_hit,
        response_time_ms,
        input_tokens,
        uncached_input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        cached_input_audio_tokens,
        input_image_tokens,
        output_tokens,
        output_audio_tokens,
        output_image_tokens,
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
        is_cache_hit or has_price as is_priced
    from rounded_along
)

select * from final
