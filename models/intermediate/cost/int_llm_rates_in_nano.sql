with int_llm_rate_bands as (
    select * from {{ ref('int_llm_rate_bands') }}
),

-- Cached and written tokens of a model that has no rate for them are billed as the input they are.
-- Nothing else stands in for another rate, and none is derived.
rates_in_use as (
    select
        provider,
        model_id,
        service_tier,
        valid_from,
        valid_to,
        above_tokens,
        up_to_tokens,
        input_usd,
        coalesce(cached_input_usd, input_usd) as cached_usd,
        coalesce(cache_write_usd, input_usd) as written_usd,
        case
            when cache_write_1h_usd is null and cache_write_usd is null then input_usd
            else cache_write_1h_usd
        end as written_1h_usd,
        output_usd,
        input_audio_usd,
        coalesce(cached_input_audio_usd, input_audio_usd) as cached_audio_usd,
        output_audio_usd,
        input_image_usd,
        output_image_usd
    from int_llm_rate_bands
),

-- Bounds that are always there let engines join by them.
final as (
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
        {{ nano_per_token('cached_usd') }} as cached_nano,
        {{ femto_beyond_nano('cached_usd') }} as cached_femto,
        {{ nano_per_token('written_usd') }} as written_nano,
        {{ femto_beyond_nano('written_usd') }} as written_femto,
        {{ nano_per_token('written_1h_usd') }} as written_1h_nano,
        {{ femto_beyond_nano('written_1h_usd') }} as written_1h_femto,
        {{ nano_per_token('output_usd') }} as output_nano,
        {{ femto_beyond_nano('output_usd') }} as output_femto,
        {{ nano_per_token('input_audio_usd') }} as audio_nano,
        {{ femto_beyond_nano('input_audio_usd') }} as audio_femto,
        {{ nano_per_token('cached_audio_usd') }} as cached_audio_nano,
        {{ femto_beyond_nano('cached_audio_usd') }} as cached_audio_femto,
        {{ nano_per_token('output_audio_usd') }} as audio_out_nano,
        {{ femto_beyond_nano('output_audio_usd') }} as audio_out_femto,
        {{ nano_per_token('input_image_usd') }} as image_nano,
        {{ femto_beyond_nano('input_image_usd') }} as image_femto,
        {{ nano_per_token('output_image_usd') }} as image_out_nano,
        {{ femto_beyond_nano('output_image_usd') }} as image_out_femto
    from rates_in_use
)

select * from final
