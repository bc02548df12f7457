with cost_by_model_day as (
    select * from {{ ref('cost_by_model_day') }}
),

cost_reconciliation_by_day as (
    select * from {{ ref('cost_reconciliation_by_day') }}
),

cost_by_feature_day as (
    select * from {{ ref('cost_by_feature_day') }}
),

grains as (
    select 'day' as period_grain
    union all
    select 'week' as period_grain
    union all
    select 'month' as period_grain
),

-- Each day in its day, week and month, under the company and under its model.
models_in_periods as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cost_by_model_day.date') }} as period_start,
        cost_by_model_day.*
    from cost_by_model_day
    cross join grains
),

company as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(cost_usd) as cost_usd,
        sum(calls) as calls,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(input_tokens + output_tokens) as tokens,
        sum(unpriced_event_calls) as unpriced_calls,
        {{ is_open_bill_period('period_grain', 'period_start') }} as is_provisional
    from models_in_periods
    group by
        period_grain,
        period_start
),

models as (
    select
        period_grain,
        period_start,
        'model' as dimension,
        model_id as dimension_value,
        sum(cost_usd) as cost_usd,
        sum(calls) as calls,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(input_tokens + output_tokens) as tokens,
        sum(event_calls) as llm_calls,
        sum(unpriced_event_calls) as unpriced_calls,
        {{ is_open_bill_period('period_grain', 'period_start') }} as is_provisional
    from models_in_periods
    where period_grain <> 'day'
    group by
        period_grain,
        period_start,
        model_id
),

calls_in_periods as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cost_by_feature_day.date') }} as period_start,
        sum(cost_by_feature_day.cost_usd - cost_by_feature_day.other_kinds_cost_usd) as cost_usd,
        sum(cost_by_feature_day.calls - cost_by_feature_day.cache_hits) as llm_calls,
        sum(cost_by_feature_day.input_tokens + cost_by_feature_day.output_tokens) as llm_tokens
    from cost_by_feature_day
    cross join grains
    group by
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cost_by_feature_day.date') }}
),

events as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        cost_usd,
        nullif(llm_calls, 0) as llm_calls,
        nullif(llm_tokens, 0) as llm_tokens,
        {{ is_open_bill_period('period_grain', 'period_start') }} as is_provisional
    from calls_in_periods
),

projects_in_periods as (
    select
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cost_reconciliation_by_day.date') }} as period_start,
        cost_reconciliation_by_day.provider,
        cost_reconciliation_by_day.project_id,
        sum(cost_reconciliation_by_day.billed_usd) as billed_usd,
        sum(cost_reconciliation_by_day.estimated_usd) as estimated_usd,
        sum(cost_reconciliation_by_day.attributed_usd) as attributed_usd,
        sum(cost_reconciliation_by_day.unattributed_usd) as unattributed_usd,
        sum(cost_reconciliation_by_day.restated_usd) as restated_usd,
        sum(
            (cost_reconciliation_by_day.billed_to_estimated_ratio - 1)
            * cast(cost_reconciliation_by_day.estimated_usd as decimal(24, 9))
        ) as gap_usd,
        sum(cost_reconciliation_by_day.never_billed_list_usd) as never_billed_usd,
        sum(cost_reconciliation_by_day.calls) as calls
    from cost_reconciliation_by_day
    cross join grains
    group by
        grains.period_grain,
        {{ period_of('grains.period_grain', 'cost_reconciliation_by_day.date') }},
        cost_reconciliation_by_day.provider,
        cost_reconciliation_by_day.project_id
),

bill as (
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        nullif(sum(billed_usd), 0) as billed_usd,
        sum(attributed_usd) as attributed_usd,
        sum(unattributed_usd) as unattributed_usd,
        sum(restated_usd) as restated_usd,
        nullif(sum(estimated_usd), 0) as estimated_usd,
        -- Projects that err in opposite directions do not cancel out.
        round(sum(abs(coalesce(gap_usd, 0)) + never_billed_usd), 9) as gap_usd,
        sum(calls) as calls,
        {{ is_open_bill_period('period_grain', 'period_start') }} as is_provisional
    from projects_in_periods
    group by
        period_grain,
        period_start
),

final as (
    {{ kpi_rows(['company', 'models', 'events', 'bill']) }}
)

select * from final
