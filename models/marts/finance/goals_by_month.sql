with dim_goals as (
    select * from {{ ref('dim_goals') }}
),

actuals_by_month as (
    select * from {{ ref('actuals_by_month') }}
),

forecasts_ahead as (
    select * from {{ ref('forecasts_ahead') }}
),

metrics_known as (
    select distinct metric from actuals_by_month
    union distinct
    select distinct metric from {{ ref('forecast_by_month') }}
),

joined as (
    select
        goals.metric,
        goals.month,
        goals.goal,
        goals.note,
        goals.times_given,
        metrics_known.metric is not null as is_known,
        actuals.value as actual,
        ahead.value as forecast,
        ahead.lower_80,
        ahead.upper_80,
        actuals.is_provisional,
        case
            when actuals.is_provisional = false then actuals.value
            else ahead.value
        end as value_to_compare,
        coalesce(actuals.currency, ahead.currency) as currency
    from dim_goals as goals
    left join metrics_known
        on goals.metric = metrics_known.metric
    left join actuals_by_month as actuals
        on
            goals.metric = actuals.metric
            and goals.month = actuals.month
    left join forecasts_ahead as ahead
        on
            goals.metric = ahead.metric
            and goals.month = ahead.month
),

final as (
    select
        metric,
        month,
        goal,
        actual,
        forecast,
        lower_80,
        upper_80,
        cast(value_to_compare - goal as decimal(38, 9)) as difference,
        {{ ratio('value_to_compare - goal', 'abs(goal)') }} as difference_rate,
        case
            when value_to_compare is null then null
            when is_provisional = false then 'actual'
            else 'forecast'
        end as compared_with,
        currency,
        case
            when not is_known
                then concat(
                    'no metric is called ',
                    metric,
                    '; use mrr, recognised_revenue, llm_cost, gross_margin or direct_cost'
                )
            when times_given > 1
                then 'given more than once in seeds/goals.csv; the highest is shown'
            when value_to_compare is null
                then 'the month has neither an actual value nor a forecast'
        end as reason,
        note,
        coalesce(is_provisional, true) as is_provisional
    from joined
)

select * from final
