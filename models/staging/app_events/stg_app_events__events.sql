with raw_events as (
    {{ trusted_rows('app_events', 'events') }}
),

final as (
    select
        -- keys
        source_account,
        event_id,
        event_type,
        customer_id as app_customer_id,
        user_id,
        feature as feature_id,
        {{ short_name('service') }} as service,
        {{ short_name('endpoint') }} as endpoint,
        request_id,

        -- when
        occurred_at,
        {{ day_of('occurred_at') }} as event_date,

        -- how it went
        status_code,
        response_time_ms,
        quantity,
        cache_hit as is_cache_hit,

        -- AI calls
        provider,
        model,
        project_id,
        api_key_id,
        case
            when is_batch then 'batch'
            else coalesce(nullif(lower(trim(service_tier)), ''), 'standard')
        end as service_tier,
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

        -- signups
        {{ short_name('acquisition_channel') }} as acquisition_channel,

        -- everything else
        properties,
        _dlt_load_id as load_id,
        _source_file as source_file,
        _line as source_line
    from raw_events
)

select * from final
