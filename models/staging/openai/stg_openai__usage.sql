with newest_usage_results as (
    {{ children_of_newest('openai', 'usage_results', 'usage_buckets') }}
),

usage_buckets as (
    {{ newest_versions('openai', 'usage_buckets') }}
),

final as (
    select
        -- keys
        newest_usage_results.source_account,
        newest_usage_results._version_id as usage_version_id,
        newest_usage_results._position as row_number_in_day,
        usage_buckets.endpoint,
        usage_buckets.bucket_date as usage_date,
        newest_usage_results.project_id,
        newest_usage_results.api_key_id,
        newest_usage_results.user_id,
        newest_usage_results.model,

        -- how it was called
        case
            when newest_usage_results.batch then 'batch'
            else coalesce(nullif(lower(trim(newest_usage_results.service_tier)), ''), 'standard')
        end as service_tier,

        -- facts
        coalesce(
            newest_usage_results.num_model_requests, newest_usage_results.num_requests
        ) as requests,
        newest_usage_results.num_sessions as sessions,
        newest_usage_results.input_tokens,
        newest_usage_results.input_cached_tokens as cached_input_tokens,
        newest_usage_results.input_cache_write_tokens as cache_write_tokens,
        newest_usage_results.input_audio_tokens,
        newest_usage_results.input_cached_audio_tokens as cached_input_audio_tokens,
        newest_usage_results.input_image_tokens,
        newest_usage_results.output_tokens,
        newest_usage_results.output_audio_tokens,
        newest_usage_results.output_image_tokens,
        newest_usage_results.images,
        newest_usage_results.characters,
        newest_usage_results.seconds,
        newest_usage_results.usage_bytes
    from newest_usage_results
    inner join usage_buckets
        on
            newest_usage_results.source_account = usage_buckets.source_account
            and newest_usage_results._version_id = usage_buckets._version_id
)

select * from final
