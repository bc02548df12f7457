-- Features, customers and plans are three views of one company: revenue and cost of a month agree.
-- What a cost rule gives to a feature that is no AI is no AI cost of the company.
with by_feature as (
    select
        month,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd) as cost_usd,
        sum(cost_usd - other_kinds_cost_usd) as llm_cost_usd
    from {{ ref('margin_by_feature_month') }}
    group by month
),

by_customer as (
    select
        month,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd) as cost_usd
    from {{ ref('margin_by_customer_month') }}
    group by month
),

by_plan as (
    select
        month,
        sum(revenue_usd) as revenue_usd,
        sum(cost_usd) as cost_usd
    from {{ ref('margin_by_plan_month') }}
    group by month
),

company as (
    select
        month,
        revenue_usd,
        llm_cost_usd as cost_usd
    from {{ ref('profit_by_month') }}
)

select
    by_feature.month,
    by_feature.revenue_usd,
    by_customer.revenue_usd as customers_revenue_usd,
    by_plan.revenue_usd as plans_revenue_usd,
    by_feature.cost_usd,
    by_customer.cost_usd as customers_cost_usd,
    by_plan.cost_usd as plans_cost_usd
from by_feature
left join by_customer
    on by_feature.month = by_customer.month
left join by_plan
    on by_feature.month = by_plan.month
left join company
    on by_feature.month = company.month
where
    coalesce(by_feature.revenue_usd <> by_customer.revenue_usd, true)
    or coalesce(by_feature.cost_usd <> by_customer.cost_usd, true)
    or coalesce(by_feature.revenue_usd <> by_plan.revenue_usd, true)
    or coalesce(by_feature.cost_usd <> by_plan.cost_usd, true)
    or coalesce(by_feature.revenue_usd <> company.revenue_usd, true)
    or coalesce(by_feature.llm_cost_usd <> company.cost_usd, true)
