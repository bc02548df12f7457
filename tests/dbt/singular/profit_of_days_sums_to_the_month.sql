-- Every cost and the profit of a month are those of its days, to the nano-dollar.
with profit_by_day as (
    select
        {{ month_of('date') }} as month,
        sum(revenue_usd) as revenue_usd,
        sum(llm_cost_usd) as llm_cost_usd,
        sum(infrastructure_cost_usd) as infrastructure_cost_usd,
        sum(observability_cost_usd) as observability_cost_usd,
        sum(other_cost_usd) as other_cost_usd,
        sum(net_profit_usd) as net_profit_usd
    from {{ ref('profit_by_day') }}
    group by {{ month_of('date') }}
),

profit_by_month as (
    select * from {{ ref('profit_by_month') }}
)

select
    profit_by_month.month,
    profit_by_month.net_profit_usd,
    profit_by_day.net_profit_usd as net_profit_of_days_usd
from profit_by_month
left join profit_by_day
    on profit_by_month.month = profit_by_day.month
where
    profit_by_month.net_profit_usd <> coalesce(profit_by_day.net_profit_usd, 0)
    or profit_by_month.revenue_usd <> coalesce(profit_by_day.revenue_usd, 0)
    or profit_by_month.llm_cost_usd <> coalesce(profit_by_day.llm_cost_usd, 0)
    or coalesce(profit_by_month.infrastructure_cost_usd, 0)
    <> coalesce(profit_by_day.infrastructure_cost_usd, 0)
    or coalesce(profit_by_month.observability_cost_usd, 0)
    <> coalesce(profit_by_day.observability_cost_usd, 0)
    or coalesce(profit_by_month.other_cost_usd, 0) <> coalesce(profit_by_day.other_cost_usd, 0)
