with cost_deviations_by_feature_day as (
    select * from {{ ref('cost_deviations_by_feature_day') }}
),

days_ranked as (
    select
        *,
        row_number() over (partition by feature_id order by date) as place,
        count(*) over (partition by feature_id) as days_found
    from cost_deviations_by_feature_day
    where is_anomaly
),

final as (
    select
        'cost_anomaly' as insight_type,
        'feature' as subject_type,
        feature_id as subject_id,
        'day' as period_grain,
        date as period_start,
        cost_usd as value,
        median_cost_usd as expected,
        cast({{ insight_var('insight_robust_z') }} as decimal(38, 9)) as threshold,
        cast(robust_z as decimal(38, 9)) as score,
        cost_usd,
        'cost ' || {{ money_text('cost_usd') }} || ' dollars on ' || {{ day_text('date') }}
        || ', usually ' || {{ money_text('median_cost_usd') }} || ' a day; beyond what is usual'
        || ' on ' || {{ whole_text('days_found') }} || ' of the last {{ insight_days() }} days'
            as finding,
        'select date, cost_usd, list_cost_usd, calls, input_tokens, output_tokens'
        || ' from unit_economics.cost_by_feature_day where feature_id = '
        || {{ sql_text('feature_id') }} || ' and date >= '
        || {{ sql_date(dbt.dateadd('day', -(baseline_days() | int), 'date')) }}
        || ' order by date' as query
    from days_ranked
    where place = 1
)

select * from final
