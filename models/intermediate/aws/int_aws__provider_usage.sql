with stg_aws__model_metrics as (
    select * from {{ ref('stg_aws__model_metrics') }}
),

-- Bedrock counts what was read from the cache and written to it beside the input; here input is
-- everything that went in. A model that says nothing of its input has unknown tokens, not none.
final as (
    select
        'aws' as provider,
        source_account,
        metric_date as usage_date,
        'bedrock' as endpoint,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as api_key_id,
        model,
        'standard' as service_tier,
        cast(sum(invocations) as bigint) as requests,
        cast(
            sum(input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0))
            as bigint
        ) as input_tokens,
        cast(sum(cache_read_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens
    from stg_aws__model_metrics
    group by
        source_account,
        metric_date,
        model
)

select * from final
