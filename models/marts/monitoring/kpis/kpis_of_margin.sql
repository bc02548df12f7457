with profit_by_month as (
    select * from {{ ref('profit_by_month') }}
),

margin_by_feature_month as (
    select * from {{ ref('margin_by_feature_month') }}
),

margin_by_plan_month as (
    select * from {{ ref('margin_by_plan_month') }}
),

fct_revenue_by_month as (
    select * from {{ ref('fct_revenue_by_month') }}
),

budgets_by_month as (
    select * from {{ ref('budgets_by_month') }}
),

payers_by_month as (
    select
        month,
        count(distinct customer_id) as payers
    from fct_revenue_by_month
    where revenue_usd > 0
    group by month
),

active_users_by_month as (
    select * from {{ ref('active_users_by_month') }}
),

company as (
    select
        'month' as period_grain,
        profit_by_month.month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        profit_by_month.revenue_usd,
        profit_by_month.llm_cost_usd,
        profit_by_month.unattributed_cost_usd,
        profit_by_month.infrastructure_cost_usd,
        profit_by_month.observability_cost_usd,
        profit_by_month.other_cost_usd,
        profit_by_month.payment_fees_usd,
        profit_by_month.bad_debt_usd,
        profit_by_month.llm_margin_usd,
        profit_by_month.llm_margin_rate,
        profit_by_month.gross_profit_usd,
        profit_by_month.gross_margin_rate,
        profit_by_month.net_profit_usd,
        profit_by_month.net_margin_rate,
        profit_by_month.total_cost_usd,
        profit_by_month.cost_to_revenue,
        nullif(active_users_by_month.active_users, 0) as active_users,
        nullif(greatest(profit_by_month.revenue_usd, 0), 0) as revenue_above_zero,
        payers_by_month.payers,
        {{ is_open_bill_period("'month'", 'profit_by_month.month') }} as is_provisional
    from profit_by_month
    left join payers_by_month
        on profit_by_month.month = payers_by_month.month
    left join active_users_by_month
        on profit_by_month.month = active_users_by_month.month
),

features as (
    select
        'month' as period_grain,
        month as period_start,
        'feature' as dimension,
        feature_id as dimension_value,
        revenue_usd,
        cost_usd as llm_cost_usd,
        margin_usd as llm_margin_usd,
        margin_rate as llm_margin_rate,
        nullif(greatest(revenue_usd, 0), 0) as revenue_above_zero,
        active_customers as payers,
        {{ is_open_bill_period("'month'", 'month') }} as is_provisional
    from margin_by_feature_month
),

plans as (
    select
        'month' as period_grain,
        month as period_start,
        'plan' as dimension,
        product_id as dimension_value,
        revenue_usd,
        cost_usd as llm_cost_usd,
        margin_usd as llm_margin_usd,
        margin_rate as llm_margin_rate,
        nullif(greatest(revenue_usd, 0), 0) as revenue_above_zero,
        customers as payers,
        {{ is_open_bill_period("'month'", 'month') }} as is_provisional
    from margin_by_plan_month
),

budgets as (
    select
        'month' as period_grain,
        month as period_start,
        'budget' as dimension,
        budget_id as dimension_value,
        forecast_used,
        forecast_usd,
        budget_usd,
        is_provisional
    from budgets_by_month
),

final as (
    {{ kpi_rows(['company', 'features', 'plans'], ['budgets']) }}
)

select * from final
