"""The answer of the first page: how MRR stands and where it goes, who loses money, what to do.

Goals and forecasts are shown where the build has them; a build without those marts shows the rest.
"""

from __future__ import annotations

from typing import Final

from pipelines.files import literal
from pipelines.published.questions.finance import MONTHS
from pipelines.published.questions.monitoring import ALERTS, INSIGHTS
from pipelines.published.questions.periods import Selection
from pipelines.published.questions.unit_economics import CUSTOMERS
from pipelines.published.reader import Answer, Published

FORECAST: Final = "finance.forecast_by_month"
GOALS: Final = "finance.goals_by_month"

#: Rows of what needs action that the first page lists.
MOST_ACTIONS: Final = 8
#: Months ahead that the first page shows.
MONTHS_AHEAD: Final = 6


def has(build: Published, table: str, *columns: str) -> bool:
    """Whether the build has `schema.table` with such columns."""
    schema, name = table.split(".")
    found = build.table(
        "select column_name from duckdb_columns() "
        f"where schema_name = {literal(schema)} and table_name = {literal(name)}"
    ).column("column_name")
    return bool(len(found)) and set(columns) <= set(found.to_pylist())


def _goal_column(build: Published) -> str | None:
    return next((name for name in ("goal", "value") if has(build, GOALS, name)), None)


def mrr_ahead(build: Published, selection: Selection) -> Answer:
    """MRR at the end of each month of the range, its goals, and its forecast where there is one.

    Columns: date, series (mrr, goal, forecast, forecast_low, forecast_high), value, is_provisional.
    The forecast's bounds hold 80 % of outcomes.
    """
    amount = selection.display.report
    first, end = literal(selection.period.first_month), literal(selection.period.end)
    parts = [
        f"select month, 'mrr' as series, 0 as rank, {amount('closing_mrr')} as value, "
        f"is_provisional\nfrom {MONTHS}\nwhere month >= {first} and month < {end}"
    ]
    ahead = f"cast(date_trunc('month', {end}) + interval '{MONTHS_AHEAD} months' as date)"
    reaches_now = selection.clock is None or selection.period.end >= selection.clock.date()
    if (goal := _goal_column(build)) and has(build, GOALS, "metric", "month"):
        parts.append(
            f"select month, 'goal', 1, {amount(goal)}, false\nfrom {GOALS}\n"
            f"where metric = 'mrr' and month >= {first} and month < {ahead}"
        )
    if reaches_now and has(build, FORECAST, "metric", "month", "value", "lower_80", "upper_80"):
        parts += [
            f"select month, '{series}', {rank}, {amount(column)}, false\nfrom {FORECAST}\n"
            f"where metric = 'mrr' and month < {ahead}"
            for rank, (series, column) in enumerate(
                {"forecast": "value", "forecast_low": "lower_80", "forecast_high": "upper_80"}
                .items(), start=2,
            )
        ]  # fmt: skip
    union = "\nunion all\n".join(parts)
    sql = f"""\
select month as date, series, value, is_provisional
from (
{union}
) as ahead
where value is not null
order by rank, month"""
    return Answer(build.table(sql), sql, MONTHS, "month")


def mrr_goal(build: Published, selection: Selection) -> Answer:
    """At most one row: the goal of MRR for the month of the build's clock. Columns: month, goal."""
    goal = _goal_column(build)
    if goal is None or selection.clock is None or not has(build, GOALS, "metric", "month"):
        sql = "select cast(null as date) as month, cast(null as decimal(38, 9)) as goal where false"
        return Answer(build.table(sql), sql, GOALS, "metric and month")
    sql = f"""\
select month, {selection.display.report(goal)} as goal
from {GOALS}
where metric = 'mrr' and month = date_trunc('month', {literal(selection.clock.date())})
limit 1"""
    return Answer(build.table(sql), sql, GOALS, "metric and month")


def losers(build: Published, selection: Selection) -> Answer:
    """One row on the headline month: customers (with use or revenue), losing (of them), loss."""
    sql = f"""\
select
    count(*) as customers,
    count(*) filter (where margin_usd < 0) as losing,
    {selection.display.usd("sum(margin_usd) filter (where margin_usd < 0)")} as loss
from {CUSTOMERS}
where
    month = {literal(selection.month)}
    and not starts_with(customer_id, '__')"""
    return Answer(build.table(sql), sql, CUSTOMERS, "UTC month and customer")


def actions(build: Published, most: int = MOST_ACTIONS) -> Answer:
    """What needs action: open alerts, the critical first, then the newest findings.

    Columns: kind (critical, warning, or the finding's type), message, since, query, total (of all,
    not only those listed).
    """
    sql = f"""\
with listed as (
    select
        case severity when 'critical' then 0 else 1 end as rank,
        severity as kind,
        message,
        cast(first_seen_at as date) as since,
        'select * from monitoring.kpis where metric = ''' || metric || ''''
        || ' and dimension = ''' || replace(dimension, '''', '''''') || ''''
        || ' and dimension_value = ''' || replace(dimension_value, '''', '''''') || ''''
        || ' order by period_start desc' as query
    from {ALERTS}
    where status = 'open'
    union all
    select 2, insight_type, message, period_start, query
    from {INSIGHTS}
    where insight_type not in ('high_profit_feature')
)

select kind, message, since, query, count(*) over () as total
from listed
order by rank, since desc, kind, message
limit {most}"""
    return Answer(build.table(sql), sql, ALERTS, "open alert, and finding")
