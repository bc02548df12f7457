{{ rebuilt_by_day({
    'day': 'cost_date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_repeated_event_rows',
    'references': [
        'int_llm_rate_bands',
        'model_aliases',
        'provider_aliases',
        'service_tier_aliases',
    ],
    'switches': ['default_provider', 'providers_counting_cache_apart'],
}) }}

with calls_of_touched_days as (
    select *
    from {{ ref('int_llm_calls_priced') }}
    where {{ in_touched_days('occurred_at', ref('int_event_days_by_load')) }}
),

final as (
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model,
        model_id,
        event_feature_id,
        app_customer_id,
        count(*) as calls,
        count(case when is_cache_hit then 1 end) as cache_hits,
        count(
            case when is_cache_hit and cache_saved_nano is null then 1 end
        ) as unpriced_cache_hits,
        count(case when not is_priced then 1 end) as unpriced_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(input_audio_tokens) as bigint) as input_audio_tokens,
        cast(sum(cached_input_audio_tokens) as bigint) as cached_input_audio_tokens,
        cast(sum(input_image_tokens) as bigint) as input_image_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(output_audio_tokens) as bigint) as output_audio_tokens,
        cast(sum(output_image_tokens) as bigint) as output_image_tokens,
        cast(sum(uncached_input_nano) as decimal(38, 0)) as uncached_input_nano,
        cast(sum(cached_input_nano) as decimal(38, 0)) as cached_input_nano,
        cast(sum(cache_write_nano) as decimal(38, 0)) as cache_write_nano,
        cast(sum(output_nano) as decimal(38, 0)) as output_nano,
        {{ from_nano('coalesce(sum(list_cost_nano), 0)') }} as list_cost_usd,
        {{ from_nano('coalesce(sum(cache_saved_nano), 0)') }} as cache_saved_usd
    from calls_of_touched_days
    group by
        cost_date,
        provider,
        project_id,
        api_key_id,
        model,
        model_id,
        event_feature_id,
        app_customer_id
)

select * from final
