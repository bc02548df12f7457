"""The company, its features and its customers over a period: revenue, AI cost and what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from pipelines.files import literal
from pipelines.published.questions.answers.spans import Payload, Scene, any_true, less, ratio
from pipelines.published.questions.measures import AI_COST, bucket

REVENUE: Final = "core.fct_revenue_by_day"
COST: Final = "unit_economics.cost_by_feature_day"
ATTRIBUTION: Final = "core.fct_cost_attribution"

#: Most findings in one answer.
MOST_INSIGHTS: Final = 100

#: Kinds of findings that are about customers, whose names not everybody may read.
_ABOUT_CUSTOMERS: Final = "customer"

NO_FEATURE_REQUESTS: Final = {
    "api_requests": "API requests are counted by endpoint, not by feature",
    "uses": "uses of a feature are counted by month: unit_economics.margin_by_feature_month",
}


def with_margin(row: Payload) -> Payload:
    """A row of revenue and cost with net_profit (revenue less AI cost) and margin (of revenue)."""
    revenue, cost = row.get("revenue"), row.get("cost")
    profit = None if revenue is None and cost is None else less(revenue or Decimal(0), cost)
    return {**row, "net_profit": profit, "margin": ratio(profit, revenue)}


def totals(scene: Scene) -> Payload:
    """Revenue, AI cost, net_profit and margin of the period, and whether any day is open."""
    row = scene.row(
        f"""\
select
    (select {scene.usd("sum(revenue_usd)")} from {REVENUE} where {scene.of("revenue_date")})
        as revenue,
    (
        select {scene.usd(f"sum({AI_COST})")} from {COST} where {scene.within}
    ) as cost,
    coalesce(
        (select bool_or(is_provisional) from {REVENUE} where {scene.of("revenue_date")}), false
    ) or coalesce(
        (select bool_or(is_provisional) from {COST} where {scene.within}), false
    ) as is_provisional"""
    )
    return with_margin(row)


def timeseries(scene: Scene, grain: str) -> list[Payload]:
    """One row per day, week or month of the period, also those without data."""
    rows = scene.rows(
        f"""\
with calendar as (
    select distinct {bucket(grain, "cast(day as date)")} as date
    from generate_series(
        {literal(scene.period.start)}, {literal(scene.period.last_day)}, interval '1 day'
    ) as days (day)
),

earned as (
    select
        {bucket(grain, "revenue_date")} as date,
        {scene.usd("sum(revenue_usd)")} as revenue,
        bool_or(is_provisional) as is_provisional
    from {REVENUE}
    where {scene.of("revenue_date")}
    group by 1
),

spent as (
    select
        {bucket(grain, "date")} as date,
        {scene.usd(f"sum({AI_COST})")} as cost,
        bool_or(is_provisional) as is_provisional
    from {COST}
    where {scene.within}
    group by 1
)

select
    calendar.date,
    earned.revenue,
    spent.cost,
    coalesce(earned.is_provisional, false) or coalesce(spent.is_provisional, false)
        as is_provisional
from calendar
left join earned on calendar.date = earned.date
left join spent on calendar.date = spent.date
order by 1"""
    )
    return [with_margin(row) for row in rows]


def features(scene: Scene) -> list[Payload]:
    """One row per feature with revenue, cost or calls in the period, the dearest first."""
    rows = scene.rows(
        f"""\
with earned as (
    select feature_id, {scene.usd("sum(revenue_usd)")} as revenue
    from {REVENUE}
    where {scene.of("revenue_date")}
    group by 1
),

spent as (
    select
        feature_id,
        {scene.usd(f"sum({AI_COST})")} as cost,
        sum(calls - cache_hits) as llm_calls
    from {COST}
    where {scene.within}
    group by 1
),

badges as (
    select subject_id, list_sort(list(distinct insight_type)) as badges
    from monitoring.insights
    where subject_type = 'feature' and {scene.of("period_start")}
    group by 1
)

select
    coalesce(earned.feature_id, spent.feature_id) as feature_id,
    coalesce(names.feature_name, earned.feature_id, spent.feature_id) as name,
    coalesce(names.is_placeholder, false) as is_placeholder,
    earned.revenue,
    spent.cost,
    spent.llm_calls,
    coalesce(badges.badges, []) as badges
from earned
full join spent on earned.feature_id = spent.feature_id
left join core.dim_features as names
    on coalesce(earned.feature_id, spent.feature_id) = names.feature_id
left join badges on coalesce(earned.feature_id, spent.feature_id) = badges.subject_id
order by spent.cost desc nulls last, earned.revenue desc nulls last, 1"""
    )
    return [
        {
            **with_margin({key: row[key] for key in row if key != "llm_calls"}),
            "usage": {"llm_calls": row["llm_calls"], "api_requests": None, "uses": None},
        }
        for row in rows
    ]


def insights(scene: Scene, with_customers: bool, customer_id: str | None = None) -> list[Payload]:
    """Findings of the build, the newest first; those about customers only for who may read them."""
    where = "true" if with_customers else f"subject_type <> {literal(_ABOUT_CUSTOMERS)}"
    if customer_id is not None:
        where = f"subject_type = 'customer' and subject_id = {literal(customer_id)}"
    return scene.rows(
        f"""\
select
    insight_type, subject_type, subject_id, subject_name, period_grain, period_start,
    value, expected, threshold, sample_size, message
from monitoring.insights
where {where}
order by period_start desc, insight_type, subject_id
limit {MOST_INSIGHTS}"""
    )


def open_alerts(scene: Scene) -> Payload:
    """How many alerts are open, by severity."""
    return scene.row(
        """\
select
    count(*) as total,
    count(*) filter (where severity = 'critical') as critical,
    count(*) filter (where severity <> 'critical') as warning
from monitoring.alerts
where status = 'open'"""
    )


def dashboard(scene: Scene, grain: str, with_customers: bool) -> Payload:
    """Everything about the period on one page."""
    return {
        **totals(scene),
        "features": features(scene),
        "timeseries": timeseries(scene, grain),
        "alerts_open": open_alerts(scene),
        "insights": insights(scene, with_customers),
    }


def health(scene: Scene) -> Payload:
    """The build's age and every source's last load."""
    sources = scene.rows(
        """\
select source, source_name, last_synced_at, last_loaded_at, hours_since_sync, newest_data_date,
    is_stale, missing_setting
from monitoring.load_freshness_by_source
order by source"""
    )
    stale = [row["source"] for row in sources if row["is_stale"] and row["last_synced_at"]]
    return {"sources": sources, "stale": stale, "is_stale": bool(stale)}


def margins_by_plan(scene: Scene) -> tuple[list[Payload], bool]:
    """Revenue, AI cost and customers by plan of the months that the period touches."""
    rows = scene.rows(
        f"""\
select
    margins.product_id,
    coalesce(names.product_name, margins.product_id) as tier,
    {scene.usd("sum(margins.revenue_usd)")} as revenue,
    {scene.usd("sum(margins.cost_usd)")} as cost,
    max(margins.customers) as customers,
    bool_or(margins.is_provisional) as is_provisional
from unit_economics.margin_by_plan_month as margins
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as names on margins.product_id = names.product_id
where {scene.months("margins.month")}
group by 1, 2
order by 3 desc nulls last, 1"""
    )
    return rows, any_true(rows)


def shares(rows: list[Payload], name: str, of: str = "share") -> list[Payload]:
    """The rows with each one's share of the sum of `name`."""
    whole: Any = sum((row[name] for row in rows if row[name] is not None), 0)
    return [{**row, of: ratio(row[name], whole)} for row in rows]
