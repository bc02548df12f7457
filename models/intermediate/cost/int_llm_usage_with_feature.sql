{{ config(materialized='view') }}

with int_llm_usage_by_day as (
    select * from {{ ref('int_llm_usage_by_day') }}
),

int_cost_rule_features as (
    select * from {{ ref('int_cost_rule_features') }}
),

final as (
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
)

select * from final
