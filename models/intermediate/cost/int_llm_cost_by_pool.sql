with int_llm_usage_by_day as (
    select * from {{ ref('int_llm_usage_by_day') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

usage_with_feature as (
    select
        int_llm_usage_by_day.*,
        coalesce(
            int_llm_usage_by_day.event_feature_id,
            int_cost_rule_features.feature_id,
            '__unattributed__'
        ) as feature_id
    from int_llm_usage_by_day
    left join int_cost_rule_features
        on
            int_llm_usage_by_day.event_feature_id is null
            and int_llm_usage_by_day.provider = int_cost_rule_features.provider
            and coalesce(int_llm_usage_by_day.project_id, '') = int_cost_rule_features.project_id
            and coalesce(int_llm_usage_by_day.api_key_id, '') = int_cost_rule_features.api_key_id
            and coalesce(int_llm_usage_by_day.model, '') = int_cost_rule_features.model
            and coalesce(int_llm_usage_by_day.model_id, '') = int_cost_rule_features.model_id
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
