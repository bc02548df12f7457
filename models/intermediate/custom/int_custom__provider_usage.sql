with stg_custom__rows as (
    select * from {{ ref('stg_custom__rows') }}
),

stg_custom__days as (
    select * from {{ ref('stg_custom__days') }}
),

-- A source that does not count requests or a kind of token leaves it null.
final as (
    select
        stg_custom__rows.provider,
        stg_custom__rows.source_account,
        stg_custom__days.day as usage_date,
        coalesce(stg_custom__rows.endpoint, 'completions') as endpoint,
        stg_custom__rows.project_id,
        stg_custom__rows.api_key_id,
        stg_custom__rows.model,
        coalesce(
            nullif(lower(trim(stg_custom__rows.service_tier)), ''), 'standard'
        ) as service_tier,
        cast(sum(stg_custom__rows.requests) as bigint) as requests,
        cast(sum(stg_custom__rows.input_tokens) as bigint) as input_tokens,
        cast(sum(stg_custom__rows.cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(stg_custom__rows.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(stg_custom__rows.output_tokens) as bigint) as output_tokens
    from stg_custom__rows
    inner join stg_custom__days
        on
            stg_custom__rows.source_account = stg_custom__days.source_account
            and stg_custom__rows.statement_id = stg_custom__days.statement_id
    where
        stg_custom__days.has_usage
        and stg_custom__days.is_last
    group by
        stg_custom__rows.provider,
        stg_custom__rows.source_account,
        stg_custom__days.day,
        coalesce(stg_custom__rows.endpoint, 'completions'),
        stg_custom__rows.project_id,
        stg_custom__rows.api_key_id,
        stg_custom__rows.model,
        coalesce(nullif(lower(trim(stg_custom__rows.service_tier)), ''), 'standard')
)

select * from final
