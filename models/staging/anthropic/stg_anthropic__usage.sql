with newest_usage_rows as (
    {{ children_of_newest('anthropic', 'usage_rows', 'usage_days') }}
),

usage_days as (
    {{ newest_versions('anthropic', 'usage_days') }}
),

final as (
    select
        -- keys
        newest_usage_rows.source_account,
        newest_usage_rows._version_id as usage_version_id,
        newest_usage_rows._position as row_number_in_day,
        usage_days.reported_date as usage_date,
        usage_days.reports,
        newest_usage_rows.workspace_id,
        newest_usage_rows.api_key_id,
        newest_usage_rows.model,
        coalesce(
            nullif(lower(trim(newest_usage_rows.service_tier)), ''), 'standard'
        ) as service_tier,

        -- facts; the three counts of input are disjoint
        newest_usage_rows.requests,
        coalesce(newest_usage_rows.uncached_input_tokens, 0) as uncached_input_tokens,
        coalesce(newest_usage_rows.cache_read_input_tokens, 0) as cache_read_tokens,
        coalesce(newest_usage_rows.cache_creation__ephemeral_5m_input_tokens, 0)
            as cache_write_5m_tokens,
        coalesce(newest_usage_rows.cache_creation__ephemeral_1h_input_tokens, 0)
            as cache_write_1h_tokens,
        coalesce(newest_usage_rows.output_tokens, 0) as output_tokens,
        newest_usage_rows.server_tool_use__web_search_requests as web_searches
    from newest_usage_rows
    inner join usage_days
        on
            newest_usage_rows.source_account = usage_days.source_account
            and newest_usage_rows._version_id = usage_days._version_id
)

select * from final
