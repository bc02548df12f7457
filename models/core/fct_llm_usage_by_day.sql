with int_llm_usage_by_day as (
    select * from {{ ref('int_llm_usage_by_day') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

int_customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

usage_with_owner as (
    select
        int_llm_usage_by_day.*,
        coalesce(
            int_llm_usage_by_day.event_feature_id,
            int_cost_rule_features.feature_id,
            '__unattributed__'
        ) as feature_id,
        coalesce(
            int_customer_keys.customer_id,
            int_llm_usage_by_day.app_customer_id,
            '__unattributed__'
        ) as customer_id
    from int_llm_usage_by_day
    left join int_customer_keys
        on int_llm_usage_by_day.app_customer_id = int_customer_keys.app_customer_id
    left join int_cost_rule_features
        on
            int_llm_usage_by_day.event_feature_id is null
            and int_llm_usage_by_day.provider = int_cost_rule_features.provider
            and coalesce(int_llm_usage_by_day.project_id, '') = int_cost_rule_features.project_id
            and coalesce(int_llm_usage_by_day.api_key_id, '') = int_cost_rule_features.api_key_id
            and coalesce(int_llm_usage_by_day.model, '') = int_cost_rule_features.model
            and coalesce(int_llm_usage_by_day.model_id, '') = int_cost_rule_features.model_id
),

final as (
    select
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__') as model_id,
        feature_id,
        customer_id,
        cast(sum(calls) as bigint) as calls,
        cast(sum(cache_hits) as bigint) as cache_hits,
        cast(sum(unpriced_calls) as bigint) as unpriced_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cached_input_tokens) as bigint) as cached_input_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd,
        cast(sum(cache_saved_usd) as decimal(38, 9)) as cache_saved_usd
    from usage_with_owner
    group by
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__'),
        feature_id,
        customer_id
)

select * from final
