with int_provider_usage_by_model as (
    select * from {{ ref('int_provider_usage_by_model') }}
),

int_llm_rates_in_nano as (
    select * from {{ ref('int_llm_rates_in_nano') }}
),

-- Parts are part of what the provider reports as input and output; text is what is left.
used as (
    select
        *,
        input_tokens - cached_input_tokens - cache_write_tokens
        - (input_audio_tokens - cached_input_audio_tokens) - input_image_tokens as text_tokens,
        cache_write_tokens - cache_write_1h_tokens as written_tokens,
        input_audio_tokens - cached_input_audio_tokens as audio_tokens,
        cached_input_tokens - cached_input_audio_tokens as cached_text_tokens,
        output_tokens - output_audio_tokens - output_image_tokens as text_out_tokens
    from int_provider_usage_by_model
),

-- A sum of many calls does not say how long each was: the rates of short ones.
usage_with_rates as (
    select
        used.*,
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
        and used.input_tokens + used.output_tokens > 0
        and least(
            used.text_tokens,
            used.written_tokens,
            used.audio_tokens,
            used.cached_text_tokens,
            used.text_out_tokens
        ) >= 0
        and not (
            (used.text_tokens > 0 and int_llm_rates_in_nano.input_nano is null)
            or (used.cached_text_tokens > 0 and int_llm_rates_in_nano.cached_nano is null)
            or (used.written_tokens > 0 and int_llm_rates_in_nano.written_nano is null)
            or (
                used.cache_write_1h_tokens > 0
                and int_llm_rates_in_nano.written_1h_nano is null
            )
            or (used.text_out_tokens > 0 and int_llm_rates_in_nano.output_nano is null)
            or (used.audio_tokens > 0 and int_llm_rates_in_nano.audio_nano is null)
            or (
                used.cached_input_audio_tokens > 0
                and int_llm_rates_in_nano.cached_audio_nano is null
            )
            or (used.output_audio_tokens > 0 and int_llm_rates_in_nano.audio_out_nano is null)
            or (used.input_image_tokens > 0 and int_llm_rates_in_nano.image_nano is null)
            or (used.output_image_tokens > 0 and int_llm_rates_in_nano.image_out_nano is null)
        ) as has_price
    from used
    left join int_llm_rates_in_nano
        on
            used.provider = int_llm_rates_in_nano.provider
            and used.model_id = int_llm_rates_in_nano.model_id
            and used.service_tier = int_llm_rates_in_nano.service_tier
            and used.usage_date >= int_llm_rates_in_nano.valid_from
            and used.usage_date < int_llm_rates_in_nano.valid_to
            and int_llm_rates_in_nano.above_tokens = -1
),

cost_of_tokens as (
    select
        *,
        coalesce(text_tokens * input_nano, 0)
        + coalesce(cached_text_tokens * cached_nano, 0)
        + coalesce(written_tokens * written_nano, 0)
        + coalesce(cache_write_1h_tokens * written_1h_nano, 0)
        + coalesce(text_out_tokens * output_nano, 0)
        + coalesce(audio_tokens * audio_nano, 0)
        + coalesce(cached_input_audio_tokens * cached_audio_nano, 0)
        + coalesce(output_audio_tokens * audio_out_nano, 0)
        + coalesce(input_image_tokens * image_nano, 0)
        + coalesce(output_image_tokens * image_out_nano, 0) as cost_nano,
        coalesce(text_tokens * input_femto, 0)
        + coalesce(cached_text_tokens * cached_femto, 0)
        + coalesce(written_tokens * written_femto, 0)
        + coalesce(cache_write_1h_tokens * written_1h_femto, 0)
        + coalesce(text_out_tokens * output_femto, 0)
        + coalesce(audio_tokens * audio_femto, 0)
        + coalesce(cached_input_audio_tokens * cached_audio_femto, 0)
        + coalesce(output_audio_tokens * audio_out_femto, 0)
        + coalesce(input_image_tokens * image_femto, 0)
        + coalesce(output_image_tokens * image_out_femto, 0) as cost_beyond
    from usage_with_rates
),

final as (
    select
        provider,
        source_account,
        usage_date,
        model_id,
        service_tier,
        requests,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        cached_input_audio_tokens,
        input_image_tokens,
        output_tokens,
        output_audio_tokens,
        output_image_tokens,
        case
            when has_price then {{ from_nano("cost_nano + " ~ femto_as_nano('cost_beyond')) }}
        end as list_cost_usd
    from cost_of_tokens
)

select * from final
