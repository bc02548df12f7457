"""Marts of schema `unit_economics`: what AI calls cost, what they earn, and the margin between."""

from __future__ import annotations

from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions import finance, measures
from pipelines.published.questions.periods import Selection, add_months
from pipelines.published.reader import Answer, Published

MODEL_COST: Final = "unit_economics.cost_by_model_day"
FEATURE_COST: Final = "unit_economics.cost_by_feature_day"
PROFIT: Final = "unit_economics.profit_by_month"
PROFIT_DAYS: Final = "unit_economics.profit_by_day"
FEATURES: Final = "unit_economics.margin_by_feature_month"
CUSTOMERS: Final = "unit_economics.margin_by_customer_month"
_INSIGHTS: Final = "monitoring.insights"
PLANS: Final = "unit_economics.margin_by_plan_month"
BUDGETS: Final = "unit_economics.budgets_by_month"
ATTRIBUTION: Final = "core.fct_cost_attribution"

#: Points of the customer chart: the largest by revenue, and as many with the worst margin.
MOST_POINTS: Final = 150

_PROFIT_AMOUNTS: Final = (
    "revenue_usd",
    "llm_cost_usd",
    "unattributed_cost_usd",
    "infrastructure_cost_usd",
    "observability_cost_usd",
    "other_cost_usd",
    "payment_fees_usd",
    "bad_debt_usd",
    "gross_profit_usd",
    "net_profit_usd",
    "llm_cost_usd_per_call",
    "llm_cost_usd_per_thousand_tokens",
)
_PROFIT_RATES: Final = (
    "llm_margin_rate",
    "llm_cost_to_revenue",
    "gross_margin_rate",
    "net_margin_rate",
    "llm_calls",
    "llm_tokens",
)


def model_cost(selection: Selection) -> measures.Measure:
    """Billed cost by model."""
    return measures.Measure(
        mart=MODEL_COST,
        grain="UTC day, provider and model",
        value=selection.display.usd("cost_usd"),
        day="date",
        series=f"coalesce(model_id, '{measures.UNKNOWN}')",
        provisional="is_provisional",
    )


def feature_cost(selection: Selection) -> measures.Measure:
    """AI cost by feature; what no feature bears is `__unattributed__`."""
    return measures.Measure(
        mart=FEATURE_COST,
        grain="UTC day and feature",
        value=selection.display.usd(f"({measures.AI_COST})"),
        day="date",
        series=f"coalesce(feature_id, '{measures.UNKNOWN}')",
        provisional="is_provisional",
    )


def cost_by_model(build: Published, selection: Selection) -> Answer:
    """Billed cost by bucket and model; see `measures.by_period`."""
    return measures.by_period(build, model_cost(selection), selection)


def cost_by_model_history(build: Published, selection: Selection) -> Answer:
    """Billed cost by bucket; see `measures.history`."""
    return measures.history(build, model_cost(selection), selection)


def behind_feature(selection: Selection, series: str, start: str) -> str:
    """The statement behind a bar of `cost_by_feature`; see `measures.behind`."""
    return measures.behind(feature_cost(selection), selection, series, start)


def behind_model(selection: Selection, series: str, start: str) -> str:
    """The statement behind a bar of `cost_by_model`; see `measures.behind`."""
    return measures.behind(model_cost(selection), selection, series, start)


def models(build: Published, selection: Selection) -> list[str]:
    """Models by cost over the whole build, the dearest first."""
    return measures.series_by_size(build, model_cost(selection))


def cost_by_feature(build: Published, selection: Selection) -> Answer:
    """Cost by bucket and feature; see `measures.by_period`."""
    return measures.by_period(build, feature_cost(selection), selection)


def cost_by_feature_history(build: Published, selection: Selection) -> Answer:
    """Cost by bucket; see `measures.history`."""
    return measures.history(build, feature_cost(selection), selection)


def days_without_bill(build: Published, selection: Selection) -> list[date]:
    """Days, weeks or months of the range that no bill speaks of."""
    rows = cost_by_model_history(build, selection).table.to_pylist()
    return [row["date"] for row in rows if row["value"] is None]


def features(build: Published, selection: Selection) -> list[str]:
    """Features by cost over the whole build, the dearest first."""
    return measures.series_by_size(build, feature_cost(selection))


def cost_quality(build: Published, selection: Selection) -> Answer:
    """One row on the period: unmapped (of line items the seed lacks), unpriced_calls, calls."""
    period = selection.period
    sql = f"""\
select
    {selection.display.usd("sum(cost_usd) filter (where not is_mapped)")} as unmapped,
    sum(unpriced_event_calls) as unpriced_calls,
    sum(event_calls) as calls
from {MODEL_COST}
where date >= {literal(period.start)} and date < {literal(period.end)}"""
    return Answer(build.table(sql), sql, MODEL_COST, "UTC day, provider and model")


def _profit_columns(selection: Selection) -> dict[str, str]:
    return {
        **{name: selection.display.usd(name) for name in _PROFIT_AMOUNTS},
        **{name: name for name in _PROFIT_RATES},
    }


def profit_month(build: Published, selection: Selection) -> Answer:
    """The headline month beside the one it is compared with; see `measures.compared`."""
    return measures.compared(
        build,
        PROFIT,
        "UTC month",
        _profit_columns(selection),
        selection.month,
        selection.month_against,
    )


def profit_months(build: Published, selection: Selection) -> Answer:
    """Revenue, costs, profit and margins of each month of the range."""
    columns = _profit_columns(selection)
    columns |= {name: name for name in ("missing_costs", "is_provisional")}
    return measures.months(build, PROFIT, "UTC month", columns, selection.period)


def profit_by_time(build: Published, selection: Selection) -> Answer:
    """Revenue, gross and net profit by the grain that is chosen, of the days of the range.

    Columns: date, revenue_usd, gross_profit_usd, net_profit_usd, llm_cost_usd, total_cost_usd,
    missing_costs, is_provisional (not over, its bill may change, or cut by the range).
    """
    usd, period = selection.display.usd, selection.period
    start = measures.bucket(selection.grain, "date")
    end = measures.bucket_end(selection.grain, start)
    sql = f"""\
select
    {start} as date,
    {usd("sum(revenue_usd)")} as revenue_usd,
    {usd("sum(gross_profit_usd)")} as gross_profit_usd,
    {usd("sum(net_profit_usd)")} as net_profit_usd,
    {usd("sum(llm_cost_usd)")} as llm_cost_usd,
    {usd("sum(revenue_usd - net_profit_usd)")} as total_cost_usd,
    string_agg(distinct missing_costs, '; ') as missing_costs,
    bool_or(
        is_provisional or {start} < {literal(period.start)} or {end} > {literal(period.end)}
    ) as is_provisional
from {PROFIT_DAYS}
where date >= {literal(period.start)} and date < {literal(period.end)}
group by 1
order by 1"""
    return Answer(build.table(sql), sql, PROFIT_DAYS, "UTC day")


def cost_kinds(build: Published, selection: Selection) -> Answer:
    """Costs by month and kind. Columns: date, series, value, is_provisional."""
    kinds = {
        "llm": "llm_cost_usd - unattributed_cost_usd",
        "__unattributed__": "unattributed_cost_usd",
        "infrastructure": "infrastructure_cost_usd",
        "observability": "observability_cost_usd",
        "payment_fees": "payment_fees_usd",
        "bad_debt": "bad_debt_usd",
        "other_costs": "other_cost_usd",
    }
    parts = "\nunion all\n".join(
        f"select month, '{name}' as series, {rank} as rank, "
        f"{selection.display.usd(f'({expression})')} as value, is_provisional from {PROFIT}"
        for rank, (name, expression) in enumerate(kinds.items())
    )
    sql = f"""\
select month as date, series, value, is_provisional
from (
{parts}
) as costs
where
    value <> 0
    and month >= {literal(selection.period.first_month)}
    and month < {literal(selection.period.end)}
order by 1, rank"""
    return Answer(build.table(sql), sql, PROFIT, "UTC month")


def _badges(subject: str, month: date) -> str:
    """The join that says what was found of a customer or feature in that month, in a few words."""
    return f"""\
left join (
    select subject_id, upper(left(found, 1)) || substr(found, 2) as badge
    from (
        select
            subject_id,
            array_to_string(list_sort(list(distinct replace(insight_type, '_', ' '))), ', ')
                as found
        from {_INSIGHTS}
        where
            subject_type = '{subject}'
            and date_trunc('month', period_start) = {literal(month)}
        group by subject_id
    ) as findings
) as badges on margins.{subject}_id = badges.subject_id"""


def feature_margins(build: Published, selection: Selection) -> Answer:
    """Features in the headline month, the smallest margin first.

    Columns: feature, revenue, cost, estimated (of it), margin, margin_rate, requests,
    active_customers, cost_per_request, cost_per_active_customer, is_placeholder, feature_id.
    """
    usd = selection.display.usd
    sql = f"""\
select
    coalesce(names.feature_name, margins.feature_id) as feature,
    {usd("margins.revenue_usd")} as revenue,
    {usd("margins.cost_usd")} as cost,
    {usd("margins.estimated_cost_usd")} as estimated,
    {usd("margins.margin_usd")} as margin,
    margins.margin_rate,
    margins.requests,
    margins.active_customers,
    {usd("margins.cost_usd_per_request")} as cost_per_request,
    {usd("margins.cost_usd_per_active_customer")} as cost_per_active_customer,
    coalesce(names.is_placeholder, false) as is_placeholder,
    badges.badge,
    margins.feature_id
from {FEATURES} as margins
left join core.dim_features as names on margins.feature_id = names.feature_id
{_badges("feature", selection.month)}
where
    margins.month = {literal(selection.month)}
    and (margins.revenue_usd <> 0 or margins.cost_usd <> 0 or margins.requests > 0)
order by margins.margin_usd, 1"""
    return Answer(build.table(sql), sql, FEATURES, "UTC month and feature")


def _customer_margins(selection: Selection, where: str, order: str, most: int) -> str:
    usd = selection.display.usd
    return f"""\
select
    coalesce(people.customer_name, margins.customer_id) as customer_name,
    {usd("margins.revenue_usd")} as revenue,
    {usd("margins.cost_usd")} as cost,
    {usd("margins.estimated_cost_usd")} as estimated,
    {usd("margins.margin_usd")} as margin,
    margins.margin_rate,
    margins.requests,
    {usd("margins.cost_usd_per_request")} as cost_per_request,
    badges.badge,
    margins.customer_id
from {CUSTOMERS} as margins
left join core.dim_customers as people on margins.customer_id = people.customer_id
{_badges("customer", selection.month)}
where
    margins.month = {literal(selection.month)}
    and margins.customer_id not like '\\_\\_%' escape '\\'
    and {where}
order by {order}
limit {most}"""


def worst_customers(build: Published, selection: Selection, most: int = 10) -> Answer:
    """The customers with the smallest margin in the headline month, whether loss or not."""
    where = f"true{finance.of_plan(selection, 'margins.customer_id', selection.month)}"
    sql = _customer_margins(selection, where, "margins.margin_usd, 1", most)
    return Answer(build.table(sql), sql, CUSTOMERS, "UTC month and customer")


def customer_margins(build: Published, selection: Selection) -> Answer:
    """Customers as points: the largest by revenue and those with the smallest margin."""
    where = f"true{finance.of_plan(selection, 'margins.customer_id', selection.month)}"
    worst = _customer_margins(selection, where, "margins.margin_usd, 1", MOST_POINTS)
    largest = _customer_margins(selection, where, "margins.revenue_usd desc, 1", MOST_POINTS)
    sql = f"""\
select * from (
{worst}
) as worst
union
select * from (
{largest}
) as largest
order by margin, customer_id"""
    return Answer(build.table(sql), sql, CUSTOMERS, "UTC month and customer")


def plan_margins(build: Published, selection: Selection) -> Answer:
    """Plans in the headline month, the largest revenue first.

    Columns: plan, revenue, cost, estimated (of it), margin, margin_rate, requests, customers,
    product_id.
    """
    usd = selection.display.usd
    only = f" and margins.product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = f"""\
select
    coalesce(names.product_name, margins.product_id) as plan,
    {usd("margins.revenue_usd")} as revenue,
    {usd("margins.cost_usd")} as cost,
    {usd("margins.estimated_cost_usd")} as estimated,
    {usd("margins.margin_usd")} as margin,
    margins.margin_rate,
    margins.requests,
    margins.customers,
    margins.product_id
from {PLANS} as margins
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as names on margins.product_id = names.product_id
where margins.month = {literal(selection.month)}{only}
order by margins.revenue_usd desc, 1"""
    return Answer(build.table(sql), sql, PLANS, "UTC month and plan")


def plan_profit_months(build: Published, selection: Selection) -> Answer:
    """Revenue, cost and margin of the chosen plan by month."""
    usd = selection.display.usd
    columns = {
        "revenue_usd": usd("revenue_usd"),
        "cost_usd": usd("cost_usd"),
        "margin_usd": usd("margin_usd"),
        "margin_rate": "margin_rate",
        "is_provisional": "is_provisional",
    }
    return measures.months(
        build,
        PLANS,
        "UTC month and plan",
        columns,
        selection.period,
        f"product_id = {literal(selection.plan or '')}",
    )


def customer_profit_months(build: Published, selection: Selection, customer_id: str) -> Answer:
    """Revenue, cost and margin of one customer by month."""
    usd = selection.display.usd
    columns = {
        "revenue_usd": usd("revenue_usd"),
        "cost_usd": usd("cost_usd"),
        "margin_usd": usd("margin_usd"),
        "margin_rate": "margin_rate",
        "requests": "requests",
        "is_provisional": "is_provisional",
    }
    return measures.months(
        build,
        CUSTOMERS,
        "UTC month and customer",
        columns,
        selection.period,
        f"customer_id = {literal(customer_id)}",
    )


def customer_month(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One customer's headline month, compared; see `measures.compared`."""
    usd = selection.display.usd
    columns = {name: usd(name) for name in ("revenue_usd", "cost_usd", "margin_usd")}
    return measures.compared(
        build,
        CUSTOMERS,
        "UTC month and customer",
        {**columns, "margin_rate": "margin_rate", "requests": "requests"},
        selection.month,
        selection.month_against,
        f"customer_id = {literal(customer_id)}",
    )


def budgets(build: Published, selection: Selection) -> Answer:
    """Budgets of AI cost in the months of the range, the newest month and the worst first.

    Columns: month, scope, budget, actual, forecast, forecast_used, overrun, state, reason,
    is_provisional, feature_id, provider.
    """
    usd, period = selection.display.usd, selection.period
    sql = f"""\
select
    budgets.month,
    case
        when budgets.budget_id = 'all' then 'All AI cost'
        else concat_ws(', ', coalesce(names.feature_name, budgets.feature_id), budgets.provider)
    end as scope,
    {usd("budgets.budget_usd")} as budget,
    {usd("budgets.actual_usd")} as actual,
    {usd("budgets.forecast_usd")} as forecast,
    budgets.forecast_used,
    {usd("budgets.overrun_usd")} as overrun,
    budgets.state,
    budgets.reason,
    budgets.is_provisional,
    budgets.feature_id,
    budgets.provider
from {BUDGETS} as budgets
left join core.dim_features as names on budgets.feature_id = names.feature_id
where
    budgets.month >= {literal(period.first_month)}
    and budgets.month < {literal(period.end)}
order by budgets.month desc, budgets.forecast_used desc nulls last, budgets.budget_id"""
    return Answer(build.table(sql), sql, BUDGETS, "budget and UTC month")


def providers(build: Published) -> list[str]:
    """Providers with AI cost, by name."""
    sql = f"select distinct provider from {ATTRIBUTION} where cost_kind = 'llm' order by 1"
    return [str(row["provider"]) for row in build.table(sql).to_pylist() if row["provider"]]


def cost_of_scope(
    build: Published, provider: str | None, feature_id: str | None, before: date, months: int = 12
) -> Answer:
    """AI cost in US dollars by month of what a budget would limit, in the complete months before.

    Columns: month, cost_usd; months without cost are left out.
    """
    wanted = "".join(
        f"\n    and {column} = {literal(value)}"
        for column, value in (("provider", provider), ("feature_id", feature_id))
        if value
    )
    sql = f"""\
select cast(date_trunc('month', cost_date) as date) as month, sum(cost_usd) as cost_usd
from {ATTRIBUTION}
where
    cost_kind = 'llm'
    and cost_date < {literal(before)}
    and cost_date >= {literal(add_months(before, -months))}{wanted}
group by 1
order by 1"""
    return Answer(build.table(sql), sql, ATTRIBUTION, "bill line, feature and customer")
