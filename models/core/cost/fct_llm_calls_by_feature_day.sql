{{ rebuilt_by_day({
    'publish': false,
    'day': 'cost_date',
    'days_by_load': 'int_event_days_by_load',
    'loads_of': ['app_events'],
    'after': 'int_llm_usage_by_day',
    'references': ['cost_rules'],
}) }}

with usage_of_touched_days as (
    select *
    from {{ ref('int_llm_usage_with_feature') }}
    where {{ in_touched_days('cost_date', ref('int_event_days_by_load')) }}
),

final as (
    select
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__') as model_id,
        feature_id,
        cast(sum(calls) as bigint) as calls,
        cast(sum(cache_hits) as bigint) as cache_hits,
        cast(sum(unpriced_calls) as bigint) as unpriced_calls,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(list_cost_usd) as decimal(38, 9)) as list_cost_usd
    from usage_of_touched_days
    group by
        cost_date,
        provider,
        project_id,
        coalesce(model_id, '__no_model__'),
        feature_id
)

select * from final
