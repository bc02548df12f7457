with cost_bucket_versions as (
    {{ all_versions('openai', 'cost_buckets') }}
),

final as (
    select
        -- keys
        source_account,
        _version_id as statement_id,
        scope,
        bucket_date as cost_date,

        -- facts
        _observed_at as stated_at,
        _observed_via as stated_via,
        _dlt_load_id as load_id,
        coalesce(results_quarantined, 0) as unreadable_lines,
        row_number() over (
            partition by {{ version_key('openai', ['scope', 'bucket_date']) | join(', ') }}
            order by {{ oldest_first() }}
        ) as statement_number,
        -- A day that the API states is stated for all projects; export files speak for the
        -- days that it does not.
        scope = 'organization'
        or max(case when scope = 'organization' then 1 else 0 end) over (
            partition by {{ version_key('openai', ['bucket_date']) | join(', ') }}
        ) = 0 as is_counted
    from cost_bucket_versions
    where not _is_deleted
)

select * from final
