with forecast_mrr_flows as (
    select
        month,
        step,
        {{ as_double('closing_mrr') }} as closing,
        {{ as_double('gained_mrr') }} as gained,
        {{ as_double('growth') }} as growth,
        {{ as_double('deviation') }} as deviation
    from {{ ref('forecast_mrr_flows') }}
),

actuals_by_month as (
    select * from {{ ref('actuals_by_month') }}
),

horizons as (
    {{ forecast_horizons() }}
),

-- The book grows by its share each month, and what comes grows with it from then on.
paths as (
    select
        flows.month,
        horizons.months_ahead,
        flows.closing,
        -- months to come scatter, and the means of the twelve behind are not known better than that
        flows.deviation * sqrt(
            {{ as_double('horizons.months_ahead') }} * (1 + horizons.months_ahead / 12.0)
        ) as deviation,
        flows.closing * power(flows.growth, horizons.months_ahead) + flows.gained * case
            when abs(flows.growth - 1) < 1e-9 then horizons.months_ahead
            else (power(flows.growth, horizons.months_ahead) - 1) / (flows.growth - 1)
        end as mrr
    from forecast_mrr_flows as flows
    cross join horizons
),

-- A month earns what its book is on average; what else is billed is a share of that.
means as (
    select
        *,
        (mrr + coalesce(
            lag(mrr) over (partition by month order by months_ahead), closing
        )) / 2 as mean_mrr
    from paths
),

earned as (
    select
        revenue.month,
        sum({{ as_double('revenue.value') }}) over quarters / nullif(
            sum({{ as_double('(mrr.value + coalesce(mrr_before.value, 0)) / 2') }}) over quarters, 0
        ) as revenue_per_mrr
    from actuals_by_month as revenue
    inner join actuals_by_month as mrr
        on
            revenue.month = mrr.month
            and mrr.metric = 'mrr'
    left join actuals_by_month as mrr_before
        on
            mrr_before.metric = 'mrr'
            and mrr_before.month = cast({{ dbt.dateadd('month', -1, 'revenue.month') }} as date)
    where revenue.metric = 'recognised_revenue'
    window quarters as (order by revenue.month rows between 2 preceding and current row)
),

forecasts as (
    select
        'mrr' as metric,
        month,
        months_ahead,
        mrr as expected,
        deviation
    from paths
    union all
    select
        'recognised_revenue' as metric,
        means.month,
        means.months_ahead,
        means.mean_mrr * earned.revenue_per_mrr as expected,
        cast(null as {{ double_type() }}) as deviation
    from means
    inner join earned
        on means.month = earned.month
),

final as (
    select
        metric,
        month as origin_month,
        months_ahead,
        {{ forecast_number('least(expected, 1e20)') }} as expected,
        {{ forecast_number('deviation') }} as deviation
    from forecasts
    where expected > 1e-9
)

select * from final
