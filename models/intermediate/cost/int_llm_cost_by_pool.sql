with usage_with_feature as (
    select * from {{ ref('int_llm_usage_with_feature') }}
),

cost_by_pool as (
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        feature_id,
        app_customer_id,
        'uncached_input' as pool,
        uncached_input_usd as list_cost_usd
    from usage_with_feature
    union all
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        feature_id,
        app_customer_id,
        'cached_input' as pool,
        cached_input_usd as list_cost_usd
    from usage_with_feature
    union all
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        feature_id,
        app_customer_id,
        'cache_write' as pool,
        cache_write_usd as list_cost_usd
    from usage_with_feature
    union all
    select
        cost_date,
        provider,
        project_id,
        api_key_id,
        model_id,
        feature_id,
        app_customer_id,
        'output' as pool,
        output_usd as list_cost_usd
    from usage_with_feature
),

final as (
    select
        cost_date,
        provider,
        coalesce(project_id, '') as project_id,
        coalesce(api_key_id, '') as api_key_id,
        coalesce(model_id, '') as model_id,
        pool,
        feature_id,
        coalesce(app_customer_id, '__unattributed__') as app_customer_id,
        {{ to_nano('sum(list_cost_usd)') }} as list_cost_nano
    from cost_by_pool
    where list_cost_usd <> 0
    group by
        cost_date,
        provider,
        coalesce(project_id, ''),
        coalesce(api_key_id, ''),
        coalesce(model_id, ''),
        pool,
        feature_id,
        coalesce(app_customer_id, '__unattributed__')
)

select * from final
