with forecasts_ahead as (
    select * from {{ ref('forecasts_ahead') }}
    where metric <> 'direct_cost'
),

forecasts_by_origin as (
    select * from {{ ref('forecasts_by_origin') }}
),

forecast_history as (
    select * from {{ ref('forecast_history') }}
),

actuals_by_month as (
    select * from {{ ref('actuals_by_month') }}
    where not is_provisional
),

metrics as (
    {% for metric in ['mrr', 'recognised_revenue', 'llm_cost', 'gross_margin'] -%}
        select '{{ metric }}' as metric
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A margin has the history that both of its parts have.
histories as (
    select
        metrics.metric,
        count(distinct case
            when metrics.metric <> 'gross_margin' or llm.month is not null then history.month
        end) as months
    from metrics
    left join forecast_history as history
        on
            history.metric = case
                when metrics.metric = 'gross_margin' then 'recognised_revenue'
                else metrics.metric
            end
    left join forecast_history as llm
        on
            llm.metric = 'llm_cost'
            and history.month = llm.month
    group by metrics.metric
),

newest_actuals as (
    select
        metric,
        missing_costs,
        row_number() over (partition by metric order by month desc) as months_ago
    from actuals_by_month
),

-- How often the bands held of all earlier forecasts so many months ahead.
coverages as (
    select
        metric,
        months_ahead,
        count(*) as coverage_n,
        sum(case when is_inside_80 then 1 else 0 end) as inside_80,
        sum(case when is_inside_95 then 1 else 0 end) as inside_95
    from forecasts_by_origin
    where
        actual is not null
        and lower_80 is not null
    group by
        metric,
        months_ahead
),

final as (
    select
        metrics.metric,
        coalesce(ahead.month, {{ month_of(local_day_of(as_of_timestamp())) }}) as month,
        cast(coalesce(ahead.months_ahead, 1) as integer) as months_ahead,
        {% for name in ['value', 'lower_80', 'upper_80', 'lower_95', 'upper_95', 'known_change'] -%}
            ahead.{{ name }},
        {% endfor -%}
        case
            when metrics.metric in ('mrr', 'recognised_revenue') then '{{ report_currency() }}'
            else 'usd'
        end as currency,
        ahead.method,
        {{ ratio('coverages.inside_80', 'coverages.coverage_n') }} as coverage_80,
        {{ ratio('coverages.inside_95', 'coverages.coverage_n') }} as coverage_95,
        cast(coalesce(coverages.coverage_n, 0) as bigint) as coverage_n,
        cast(histories.months as integer) as history_months,
        case
            when histories.months = 0 and metrics.metric = 'gross_margin'
                then 'no closed months that have both revenue and AI cost'
            when histories.months = 0 then 'no closed month with a value up to the last one'
            when ahead.value is null or ahead.lower_80 is null then concat(
                'not enough history: closed months ',
                cast(histories.months as {{ dbt.type_string() }}),
                case
                    when ahead.value is null then ', a forecast needs 3'
                    else ', a band needs 12'
                end
            )
        end as reason,
        newest_actuals.missing_costs
    from metrics
    inner join histories
        on metrics.metric = histories.metric
    left join forecasts_ahead as ahead
        on metrics.metric = ahead.metric
    left join coverages
        on
            ahead.metric = coverages.metric
            and ahead.months_ahead = coverages.months_ahead
    left join newest_actuals
        on
            metrics.metric = newest_actuals.metric
            and newest_actuals.months_ago = 1
)

select * from final
