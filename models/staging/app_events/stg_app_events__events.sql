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
        service,
        endpoint,
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
            when service_tier is null or lower(service_tier) in ('', 'default') then 'standard'
            else lower(service_tier)
        end as service_tier,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        output_tokens,

        -- signups
        acquisition_channel,

        -- everything else
        properties,
        _dlt_load_id as load_id,
        _source_file as source_file,
        _line as source_line
    from raw_events
)

select * from final
