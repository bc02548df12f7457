{{ config(materialized='table') }}

with int_llm_usage_by_day as (
    select * from {{ ref('int_llm_usage_by_day') }}
),

fct_provider_costs as (
    select * from {{ ref('fct_provider_costs') }}
),

int_line_items as (
    select * from {{ ref('int_line_items') }}
),

cost_rules as (
    select * from {{ ref('cost_rules') }}
),

uses_seen as (
    select
        provider,
        coalesce(project_id, '') as project_id,
        coalesce(api_key_id, '') as api_key_id,
        coalesce(model, '') as model,
        coalesce(model_id, '') as model_id
    from int_llm_usage_by_day
    where event_feature_id is null
    union distinct
    select
        fct_provider_costs.provider,
        coalesce(fct_provider_costs.project_id, '') as project_id,
        coalesce(fct_provider_costs.api_key_id, '') as api_key_id,
        coalesce(int_line_items.model, '') as model,
        fct_provider_costs.model_id
    from fct_provider_costs
    inner join int_line_items
        on
            fct_provider_costs.provider = int_line_items.provider
            and fct_provider_costs.line_item = int_line_items.line_item
),

rules_ranked as (
    select
        uses_seen.provider,
        uses_seen.project_id,
        uses_seen.api_key_id,
        uses_seen.model,
        uses_seen.model_id,
        cost_rules.feature_id,
        row_number() over (
            partition by
                uses_seen.provider,
                uses_seen.project_id,
                uses_seen.api_key_id,
                uses_seen.model,
                uses_seen.model_id
            order by
                cost_rules.priority desc,
                length(coalesce(cost_rules.model_pattern, '')) desc,
                -- then the rule that says more
                case when cost_rules.api_key_id is null then 1 else 0 end,
                case when cost_rules.project_id is null then 1 else 0 end,
                {{ in_byte_order('cost_rules.feature_id') }}
        ) as preference
    from uses_seen
    inner join cost_rules
        on
            uses_seen.provider = {{ seeded_provider('cost_rules.provider') }}
            and (cost_rules.project_id is null or uses_seen.project_id = cost_rules.project_id)
            and (cost_rules.api_key_id is null or uses_seen.api_key_id = cost_rules.api_key_id)
            and (
                cost_rules.model_pattern is null
                or {{ matches_glob('uses_seen.model', 'cost_rules.model_pattern') }}
                or {{ matches_glob('uses_seen.model_id', 'cost_rules.model_pattern') }}
            )
),

final as (
    select
        provider,
        project_id,
        api_key_id,
        model,
        model_id,
        feature_id
    from rules_ranked
    where preference = 1
)

select * from final
