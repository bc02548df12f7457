with stg_anthropic__usage as (
    select * from {{ ref('stg_anthropic__usage') }}
),

int_anthropic__default_workspaces as (
    select * from {{ ref('int_anthropic__default_workspaces') }}
),

usage_of_workspaces as (
    select
        stg_anthropic__usage.*,
        case
            when stg_anthropic__usage.reports = 'legacy'
                then coalesce(
                    stg_anthropic__usage.workspace_id,
                    int_anthropic__default_workspaces.workspace_id
                )
            else stg_anthropic__usage.workspace_id
        end as project_id
    from stg_anthropic__usage
    left join int_anthropic__default_workspaces
        on stg_anthropic__usage.source_account = int_anthropic__default_workspaces.source_account
),

-- Input is everything that went in: what was read from the cache and written to it as well.
final as (
    select
        'anthropic' as provider,
        source_account,
        usage_date,
        'messages' as endpoint,
        project_id,
        api_key_id,
        model,
        service_tier,
        cast(sum(requests) as bigint) as requests,
        cast(
            sum(
                uncached_input_tokens + cache_read_tokens
                + cache_write_5m_tokens + cache_write_1h_tokens
            ) as bigint
        ) as input_tokens,
        cast(sum(cache_read_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_5m_tokens + cache_write_1h_tokens) as bigint) as cache_write_tokens,
        cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens
    from usage_of_workspaces
    group by
        source_account,
        usage_date,
        project_id,
        api_key_id,
        model,
        service_tier
)

select * from final
