{{ config(materialized='view') }}

with int_app_events as (
    select * from {{ ref('int_app_events') }}
),

int_model_names as (
    select * from {{ ref('int_model_names') }}
),

int_service_tiers as (
    select * from {{ ref('int_service_tiers') }}
),

calls as (
    select
        *,
        {{ called_provider('provider') }} as called_provider,
        coalesce(model, '') as called_model,
        {{ token_count('input_tokens') }} as said_input,
        {{ token_count('cached_input_tokens') }} as cached,
        {{ token_count('cache_write_tokens') }} as said_written,
        {{ token_count('cache_write_1h_tokens') }} as written_1h,
        {{ token_count('input_audio_tokens') }} as audio,
        {{ token_count('cached_input_audio_tokens') }} as cached_audio,
        {{ token_count('input_image_tokens') }} as images,
        {{ token_count('output_tokens') }} as said_output,
        {{ token_count('output_audio_tokens') }} as audio_out,
        {{ token_count('output_image_tokens') }} as images_out
    from int_app_events
    where event_type = 'llm_request'
),

calls_named as (
    select
        calls.*,
        coalesce(
            int_model_names.model_provider,
            nullif(calls.called_provider, ''),
            '{{ var('default_provider') }}'
        ) as model_provider,
        coalesce(int_model_names.model_id, calls.model) as model_id,
        -- More tokens kept for an hour than written at all: they were counted beside the others.
        case
            when calls.written_1h > calls.said_written then calls.said_written + calls.written_1h
            else calls.said_written
        end as written
    from calls
    left join int_model_names
        on
            calls.called_provider = int_model_names.called_provider
            and calls.called_model = int_model_names.model
),

-- Input holds what was cached and written. Where it is smaller than that, the sender counted them
-- beside it: known of some providers, an error for all others.
input_counted as (
    select
        *,
        case
            when
                cached + written > said_input
                and model_provider in ({{ providers_counting_cache_apart() }})
                then said_input + cached + written
            else said_input
        end as all_input
    from calls_named
),

final as (
    select
        input_counted.event_id,
        input_counted.request_id,
        input_counted.occurred_at,
        input_counted.event_date as cost_date,
        input_counted.app_customer_id,
        input_counted.user_id,
        input_counted.feature_id as event_feature_id,
        input_counted.model_provider as provider,
        input_counted.model,
        input_counted.model_id,
        coalesce(int_service_tiers.service_tier, input_counted.service_tier) as service_tier,
        input_counted.project_id,
        input_counted.api_key_id,
        coalesce(input_counted.is_cache_hit, false) as is_cache_hit,
        input_counted.response_time_ms,
        input_counted.all_input as input_tokens,
        greatest(input_counted.all_input - input_counted.cached - input_counted.written, 0)
            as uncached_input_tokens,
        input_counted.cached as cached_input_tokens,
        input_counted.written as cache_write_tokens,
        input_counted.written_1h as cache_write_1h_tokens,
        input_counted.audio as input_audio_tokens,
        input_counted.cached_audio as cached_input_audio_tokens,
        input_counted.images as input_image_tokens,
        input_counted.said_output as output_tokens,
        input_counted.audio_out as output_audio_tokens,
        input_counted.images_out as output_image_tokens,
        -- No count at all is unknown, not 0, but for calls that failed.
        coalesce(
            input_counted.input_tokens, input_counted.output_tokens,
            input_counted.cached_input_tokens, input_counted.cache_write_tokens,
            input_counted.cache_write_1h_tokens
        ) is not null
        or coalesce(input_counted.status_code, 0) >= 400 as is_counted,
        -- Parts that are larger than their whole.
        input_counted.all_input - input_counted.cached - input_counted.written
        < input_counted.audio - input_counted.cached_audio + input_counted.images
        or input_counted.cached_audio > input_counted.cached
        or input_counted.cached_audio > input_counted.audio
        or input_counted.audio_out + input_counted.images_out > input_counted.said_output
            as has_odd_counts
    from input_counted
    left join int_service_tiers
        on
            input_counted.model_provider = int_service_tiers.provider
            and input_counted.service_tier = int_service_tiers.alias
)

select * from final
