with fct_cost_by_line_day as (
    select * from {{ ref('fct_cost_by_line_day') }}
),

fct_llm_calls_by_feature_day as (
    select * from {{ ref('fct_llm_calls_by_feature_day') }}
),

cost_by_feature as (
    select
        cost_date as date,
        feature_id,
        sum(cost_usd) as cost_usd,
        sum(case when status = 'provisional' then cost_usd else 0 end) as provisional_cost_usd,
        sum(case when cost_kind = 'llm' then 0 else cost_usd end) as other_kinds_cost_usd,
        {{ estimated_part() }} as estimated_cost_usd
    from fct_cost_by_line_day
    where {{ is_cost_of_features() }}
    group by
        cost_date,
        feature_id
),

usage_by_feature as (
    select
        cost_date as date,
        feature_id,
        sum(list_cost_usd) as list_cost_usd,
        sum(calls) as calls,
        sum(cache_hits) as cache_hits,
        sum(unpriced_calls) as unpriced_calls,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens
    from fct_llm_calls_by_feature_day
    group by
        cost_date,
        feature_id
),

features_and_days as (
    select
        date,
        feature_id
    from cost_by_feature
    union distinct
    select
        date,
        feature_id
    from usage_by_feature
),

final as (
    select
        features_and_days.date,
        features_and_days.feature_id,
        cast(coalesce(cost_by_feature.cost_usd, 0) as decimal(38, 9)) as cost_usd,
        cast(coalesce(cost_by_feature.provisional_cost_usd, 0) as decimal(38, 9))
            as provisional_cost_usd,
        cast(coalesce(cost_by_feature.estimated_cost_usd, 0) as decimal(38, 9))
            as estimated_cost_usd,
        cast(coalesce(cost_by_feature.other_kinds_cost_usd, 0) as decimal(38, 9))
            as other_kinds_cost_usd,
        cast(coalesce(usage_by_feature.list_cost_usd, 0) as decimal(38, 9)) as list_cost_usd,
        cast(coalesce(usage_by_feature.calls, 0) as bigint) as calls,
        cast(coalesce(usage_by_feature.cache_hits, 0) as bigint) as cache_hits,
        cast(coalesce(usage_by_feature.unpriced_calls, 0) as bigint) as unpriced_calls,
        cast(coalesce(usage_by_feature.input_tokens, 0) as bigint) as input_tokens,
        cast(coalesce(usage_by_feature.output_tokens, 0) as bigint) as output_tokens,
        -- What a rule gives to the feature that is no AI made no call dearer.
        {{ cost_per_llm_call(
            'cost_by_feature.cost_usd - cost_by_feature.other_kinds_cost_usd',
            'usage_by_feature.calls - usage_by_feature.cache_hits'
        ) }} as cost_usd_per_call,
        {{ exact_divide(
            '(cost_by_feature.cost_usd - cost_by_feature.other_kinds_cost_usd) * 1000',
            'usage_by_feature.input_tokens + usage_by_feature.output_tokens'
        ) }} as cost_usd_per_thousand_tokens,
        {{ is_running_day('features_and_days.date') }} as is_provisional
    from features_and_days
    left join cost_by_feature
        on
            features_and_days.date = cost_by_feature.date
            and features_and_days.feature_id = cost_by_feature.feature_id
    left join usage_by_feature
        on
            features_and_days.date = usage_by_feature.date
            and features_and_days.feature_id = usage_by_feature.feature_id
)

select * from final
