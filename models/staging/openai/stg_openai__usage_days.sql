with usage_buckets as (
    {{ newest_versions('openai', 'usage_buckets') }}
),

final as (
    select
        endpoint,
        bucket_date as usage_date,
        _version_id as usage_version_id,
        _observed_at as stated_at,
        coalesce(results_quarantined, 0) as unreadable_rows
    from usage_buckets
)

select * from final
