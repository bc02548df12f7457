with int_llm_rate_bands as (
    select * from {{ ref('int_llm_rate_bands') }}
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
        {{ nano_per_token('cached_input_usd') }} as cached_nano,
        {{ femto_beyond_nano('cached_input_usd') }} as cached_femto,
        {{ nano_per_token('cache_write_usd') }} as written_nano,
        {{ femto_beyond_nano('cache_write_usd') }} as written_femto,
        {{ nano_per_token('output_usd') }} as output_nano,
        {{ femto_beyond_nano('output_usd') }} as output_femto
    from int_llm_rate_bands
)

select * from final
