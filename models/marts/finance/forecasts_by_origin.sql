with forecasts_of_series as (
    select * from {{ ref('forecasts_of_series') }}
),

actuals_by_month as (
    select * from {{ ref('actuals_by_month') }}
    where not is_provisional
),

dim_exchange_rates as (
    select * from {{ ref('dim_exchange_rates') }}
    where valid_to is null
),

-- The margin is what the forecasts of its parts leave, in US dollars.
margins as (
    select
        revenue.origin_month,
        least(revenue.step, llm.step) as step,
        revenue.months_ahead,
        revenue.month,
        cast(
            {{ to_money(
                'revenue.value * cast(case'
                ~ " when revenue.currency = 'usd' then 1 else rates.usd_per_unit end"
                ~ ' as decimal(18, 9))'
            ) }}
            - llm.value - coalesce(direct.value, 0) as decimal(38, 9)
        ) as value
    from forecasts_of_series as revenue
    inner join forecasts_of_series as llm
        on
            llm.metric = 'llm_cost'
            and revenue.origin_month = llm.origin_month
            and revenue.months_ahead = llm.months_ahead
    left join forecasts_of_series as direct
        on
            direct.metric = 'direct_cost'
            and revenue.origin_month = direct.origin_month
            and revenue.months_ahead = direct.months_ahead
    left join dim_exchange_rates as rates
        on revenue.currency = rates.currency
    where revenue.metric = 'recognised_revenue'
),

margin_errors as (
    select
        margins.month as known_month,
        {{ as_double('actuals.value - margins.value') }} as error
    from margins
    inner join actuals_by_month as actuals
        on
            actuals.metric = 'gross_margin'
            and margins.month = actuals.month
    where margins.months_ahead = 1
),

margin_deviations as (
    select
        origins.origin_month,
        sqrt(avg(margin_errors.error * margin_errors.error)) as deviation
    from margins as origins
    inner join margin_errors
        on origins.origin_month >= margin_errors.known_month
    where origins.months_ahead = 1
    group by origins.origin_month
),

margins_with_bands as (
    select
        margins.*,
        case
            when margins.step >= 12
                then deviations.deviation * sqrt(1 + 0.6 * (margins.months_ahead - 1))
        end as deviation
    from margins
    left join margin_deviations as deviations
        on margins.origin_month = deviations.origin_month
    where margins.value is not null
),

forecasts as (
    select * from forecasts_of_series
    union all
    select
        'gross_margin' as metric,
        origin_month,
        step,
        months_ahead,
        month,
        value,
        value - {{ forecast_money('1.35 * deviation') }} as lower_80,
        value + {{ forecast_money('1.35 * deviation') }} as upper_80,
        value - {{ forecast_money('2.34 * deviation') }} as lower_95,
        value + {{ forecast_money('2.34 * deviation') }} as upper_95,
        'usd' as currency,
        'revenue_less_costs' as method
    from margins_with_bands
),

-- Bounds are rounded to a ten-thousandth, and what happened may lie within it of one.
final as (
    select
        forecasts.metric,
        forecasts.origin_month,
        cast(forecasts.step as integer) as step,
        forecasts.months_ahead,
        forecasts.month,
        cast(forecasts.value as decimal(38, 9)) as value,
        cast(forecasts.lower_80 as decimal(38, 9)) as lower_80,
        cast(forecasts.upper_80 as decimal(38, 9)) as upper_80,
        cast(forecasts.lower_95 as decimal(38, 9)) as lower_95,
        cast(forecasts.upper_95 as decimal(38, 9)) as upper_95,
        forecasts.currency,
        forecasts.method,
        actuals.value as actual,
        actuals.value >= forecasts.lower_80 - 0.0001
        and actuals.value <= forecasts.upper_80 + 0.0001 as is_inside_80,
        actuals.value >= forecasts.lower_95 - 0.0001
        and actuals.value <= forecasts.upper_95 + 0.0001 as is_inside_95
    from forecasts
    left join actuals_by_month as actuals
        on
            forecasts.metric = actuals.metric
            and forecasts.month = actuals.month
)

select * from final
