{{ config(materialized='view') }}

with int_llm_calls as (
    select * from {{ ref('int_llm_calls') }}
),

-- Text is what is left: the parts and what they are taken from add up.
final as (
    select
        *,
        uncached_input_tokens
        - (input_audio_tokens - cached_input_audio_tokens) - input_image_tokens as text_tokens,
        input_audio_tokens - cached_input_audio_tokens as audio_tokens,
        cached_input_tokens - cached_input_audio_tokens as cached_text_tokens,
        cache_write_tokens - cache_write_1h_tokens as written_tokens,
        output_tokens - output_audio_tokens - output_image_tokens as text_out_tokens,
        -- Without counts, with such as contradict each other or more tokens than any model can read,
        -- a call has no price.
        case
            when
                is_counted
                and not has_odd_counts
                and greatest(
                    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens
                ) <= {{ most_tokens() }}
                then model_id
        end as model_to_price
    from int_llm_calls
)

select * from final
