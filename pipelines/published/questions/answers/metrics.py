"""Metrics of the catalogue: their newest values, one over time, what one is made of, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.files import literal
from pipelines.published.questions.answers.spans import Payload, Scene, any_true

KPIS: Final = "monitoring.kpis"
DEFINITIONS: Final = "monitoring.kpi_definitions"

#: Most rows of one metric in one answer.
MOST_ROWS: Final = 2000
#: How close to its threshold, as a part of it, a checked value is called approaching.
NEAR: Final = Decimal("0.9")

#: Headline metrics: name in the answer -> metric and grain.
SUMMARY: Final = {
    "mrr": "mrr",
    "active_users": "active_users",
    "api_calls_this_month": "calls",
    "churn_rate": "customer_churn_rate",
}
REVENUE: Final = {"mrr": "mrr", "arr": "arr", "ltv": "ltv_margin", "ltv_cac_ratio": "ltv_to_cac"}
USERS: Final = {
    "active": "active_users", "new": "new_users", "churn": "customer_churn_rate",
    "paying_customers": "paying_customers",
}  # fmt: skip
SERVICE: Final = {
    "response_time_ms": "mean_response_time_ms", "calls": "calls", "error_rate": "error_rate",
}  # fmt: skip

REASONS: Final = {
    "value": "no data for this metric",
    "change": "no period before to compare with",
    "previous": "no period before",
    "currency": "no amount of money",
    "users_total": "the marts know who was active, not who ever had an account",
    "total": "the marts know who was active, not who ever had an account",
    "sample_size": "nothing is sampled",
    "minimum_sample": "nothing is sampled",
    "numerator": "no ratio",
    "denominator": "no ratio",
    "threshold": "no threshold applies",
    "uptime": "no request in the newest period",
    "recovered_at": "still open",
    "retention": "no churn rate is known",
}


def definitions(scene: Scene, metric: str | None = None) -> list[Payload]:
    """What each metric is called and means; one where `metric` is given."""
    where = f"where metric = {literal(metric)}" if metric is not None else ""
    return scene.rows(
        f"""\
select metric, title, meaning, formula, unit, currency, better, mart, default_grain as grain,
    is_state, minimum_sample, definition_version
from {DEFINITIONS}
{where}
order by 1"""
    )


def dimensions(scene: Scene) -> dict[str, dict[str, list[str]]]:
    """Metric -> its grains and dimensions that the build has rows of."""
    rows = scene.rows(
        f"""\
select
    metric,
    list_sort(list(distinct period_grain)) as grains,
    list_sort(list(distinct dimension)) as dimensions
from {KPIS}
group by 1"""
    )
    return {
        row["metric"]: {"grains": row["grains"], "dimensions": row["dimensions"]} for row in rows
    }


def newest(scene: Scene, metrics: Sequence[str] | None = None) -> list[Payload]:
    """The newest value of each metric for the whole company, at its usual grain.

    With the value of the period before and the change. A flow of a period that goes on is
    provisional.
    """
    only = "true"
    if metrics is not None:
        only = f"kpis.metric in ({', '.join(map(literal, metrics))})"
    return scene.rows(
        f"""\
with known as (
    select
        kpis.*,
        row_number() over (partition by kpis.metric order by kpis.period_start desc) as position,
        lead(kpis.value) over (partition by kpis.metric order by kpis.period_start desc)
            as previous
    from {KPIS} as kpis
    inner join {DEFINITIONS} as defined
        on kpis.metric = defined.metric and kpis.period_grain = defined.default_grain
    where kpis.dimension = 'all' and {only}
)

select
    metric, period_grain, period_start, value, previous, value - previous as change, unit,
    currency, sample_size, is_provisional
from known
where position = 1
order by metric"""
    )


def _point(rows: dict[str, Payload], metric: str) -> Payload:
    row = rows.get(metric, {})
    names = ("value", "previous", "change", "unit", "currency", "period_start")
    return {**{name: row.get(name) for name in names},
            "is_provisional": bool(row.get("is_provisional"))}  # fmt: skip


def summary(scene: Scene) -> Payload:
    """The headline numbers with their change against the period before."""
    rows = {row["metric"]: row for row in monthly(scene, list(SUMMARY.values()))}
    found: Payload = {name: _point(rows, metric) for name, metric in SUMMARY.items()}
    return {
        **found,
        "users_total": None,
        "is_provisional": any_true(list(found.values())),
    }


def monthly(scene: Scene, metrics: Sequence[str]) -> list[Payload]:
    """The newest month of each metric for the whole company, and the month before."""
    return scene.rows(
        f"""\
with known as (
    select
        *,
        row_number() over (partition by metric order by period_start desc) as position,
        lead(value) over (partition by metric order by period_start desc) as previous
    from {KPIS}
    where
        dimension = 'all'
        and period_grain = 'month'
        and metric in ({", ".join(map(literal, metrics))})
)

select
    metric, period_grain, period_start, value, previous, value - previous as change, unit,
    currency, sample_size, is_provisional
from known
where position = 1"""
    )


def kpis(scene: Scene) -> Payload:
    """The newest value of every metric of the catalogue, the main ones in groups of their own."""
    every = newest(scene)
    rows = {row["metric"]: row for row in every}
    churn = rows.get("customer_churn_rate", {}).get("value")
    uptime = scene.row(
        """\
select cast(
    sum(uptime * calls) / nullif(sum(calls) filter (where uptime is not null), 0)
    as decimal(38, 9)
) as uptime
from product.usage_by_service_month
where month = (select max(month) from product.usage_by_service_month)"""
    )
    return {
        "revenue": {name: _point(rows, metric) for name, metric in REVENUE.items()},
        "users": {
            "total": None,
            **{name: _point(rows, metric) for name, metric in USERS.items()},
            "retention": None if churn is None else 1 - churn,
        },
        "service": {
            "uptime": uptime.get("uptime"),
            **{name: _point(rows, metric) for name, metric in SERVICE.items()},
        },
        "kpis": every,
        "is_provisional": any_true(every),
    }


def alerts(scene: Scene) -> Payload:
    """Open alerts by severity, values that come near a threshold, and what is over."""
    found = scene.rows(
        """\
select
    alert_id, metric, dimension, dimension_value, severity, status, value, threshold, unit,
    currency, sample_size, minimum_sample, message, period_start, first_seen_at as since,
    recovered_at
from monitoring.alerts
where status in ('open', 'recovered')
order by severity, period_start desc, alert_id, dimension_value
limit 500"""
    )
    near = scene.rows(
        f"""\
with newest as (
    select
        *,
        row_number() over (
            partition by alert_id, dimension, dimension_value order by period_start desc
        ) as position
    from monitoring.alert_checks
)

select
    alert_id, metric, dimension, dimension_value, 'approaching' as severity, status, value,
    threshold, unit, currency, sample_size, minimum_sample, period_start
from newest
where
    position = 1
    and status = 'ok'
    and threshold <> 0
    and value / threshold >= {NEAR:f}
    and value / threshold < 1
order by alert_id, dimension_value
limit 100"""
    )
    is_open = [row for row in found if row["status"] == "open"]
    return {
        "critical": [row for row in is_open if row["severity"] == "critical"],
        "warning": [row for row in is_open if row["severity"] == "warning"],
        "approaching": near,
        "info": [
            row for row in found if row["status"] != "open"
            or row["severity"] not in ("critical", "warning")
        ],
    }  # fmt: skip


def over_time(
    scene: Scene, metric: str, grain: str, dimension: str, value: str | None
) -> list[Payload]:
    """One metric's values of the periods that begin in the period, by dimension value."""
    only = f"and dimension_value = {literal(value)}" if value is not None else ""
    return scene.rows(
        f"""\
select period_start, dimension, dimension_value, value, numerator, denominator, sample_size,
    unit, currency, is_provisional
from {KPIS}
where
    metric = {literal(metric)}
    and period_grain = {literal(grain)}
    and dimension = {literal(dimension)}
    {only}
    and {scene.of("period_start")}
order by dimension_value, period_start
limit {MOST_ROWS + 1}"""
    )


#: Metrics that are a sum of columns of their mart: metric -> table, date column, signed parts.
_PARTS: Final[dict[str, tuple[str, str, tuple[tuple[str, str], ...]]]] = {
    "mrr": (
        "finance.mrr_movements_by_month",
        "month",
        (
            ("opening", "opening_mrr"), ("new", "new_mrr"), ("expansion", "expansion_mrr"),
            ("contraction", "contraction_mrr"), ("churn", "churn_mrr"),
            ("reactivation", "reactivation_mrr"), ("pause", "pause_mrr"),
            ("resume", "resume_mrr"), ("fx", "fx_mrr"),
        ),
    ),
    "net_new_mrr": (
        "finance.mrr_movements_by_month",
        "month",
        (
            ("new", "new_mrr"), ("expansion", "expansion_mrr"),
            ("contraction", "contraction_mrr"), ("churn", "churn_mrr"),
            ("reactivation", "reactivation_mrr"), ("pause", "pause_mrr"),
            ("resume", "resume_mrr"),
        ),
    ),
    "llm_margin": (
        "unit_economics.profit_by_month",
        "month",
        (("revenue", "revenue_usd"), ("llm_cost", "-llm_cost_usd")),
    ),
}  # fmt: skip

#: Which customers stand behind a metric: SQL with the month filled in.
_TOP: Final = {
    "mrr": (
        "ledger",
        "select ledger.customer_id, people.customer_name, ledger.mrr as value "
        "from finance.mrr_by_customer_month as ledger "
        "left join core.dim_customers as people on ledger.customer_id = people.customer_id "
        "where ledger.month = {month} {only} and ledger.mrr <> 0 order by 3 desc, 1 limit 10",
    ),
    "llm_margin": (
        "margins",
        "select margins.customer_id, people.customer_name, margins.margin_usd as value "
        "from unit_economics.margin_by_customer_month as margins "
        "left join core.dim_customers as people on margins.customer_id = people.customer_id "
        "where margins.month = {month} {only} order by abs(margins.margin_usd) desc, 1 limit 10",
    ),
}


def explain(
    scene: Scene, metric: str, month: date, with_customers: bool, customer_id: str | None = None
) -> Payload:
    """What a metric of a month is made of: formula, parts that foot, the rows behind, the SQL."""
    known = definitions(scene, metric)[0]
    sql = (
        f"select * from {KPIS} where metric = {literal(metric)} and period_grain = 'month' "
        f"and dimension = 'all' and period_start = {literal(month)}"
    )
    row = scene.row(sql)
    parts: list[Payload] = []
    foots: bool | None = None
    if metric in _PARTS and customer_id is None:
        table, column, named = _PARTS[metric]
        listed = ", ".join(f"{expression} as {name}" for name, expression in named)
        values = scene.row(f"select {listed} from {table} where {column} = {literal(month)}")
        parts = [{"name": name, "value": value} for name, value in values.items()]
        if parts and all(part["value"] is not None for part in parts):
            foots = sum(part["value"] for part in parts) == row.get("value")
    elif row.get("numerator") is not None and row.get("denominator") is not None:
        parts = [
            {"name": "numerator", "value": row["numerator"]},
            {"name": "denominator", "value": row["denominator"]},
        ]
    top = _top(scene, metric, month, with_customers, customer_id)
    return {
        "metric": metric,
        "title": known["title"],
        "meaning": known["meaning"],
        "formula": known["formula"],
        "unit": known["unit"],
        "mart": known["mart"],
        "period_start": month,
        "value": row.get("value") if customer_id is None else _first(top),
        "sample_size": row.get("sample_size"),
        "components": parts,
        "components_foot": foots,
        "top_rows": top,
        "sql": sql,
        "is_provisional": bool(row.get("is_provisional")),
    }


def _first(rows: list[Payload]) -> Decimal | None:
    """The value of the one row of a customer."""
    return rows[0]["value"] if rows else None


def _top(
    scene: Scene, metric: str, month: date, with_customers: bool, customer_id: str | None
) -> list[Payload]:
    if not with_customers or metric not in _TOP:
        return []
    name, sql = _TOP[metric]
    only = f"and {name}.customer_id = {literal(customer_id)}" if customer_id else ""
    return scene.rows(sql.format(month=literal(month), only=only))


def tie(scene: Scene) -> Payload:
    """How far the period's bill is explained by events."""
    return scene.row(
        f"""\
select
    {scene.usd("sum(billed_usd)")} as billed,
    {scene.usd("sum(attributed_usd)")} as attributed,
    {scene.usd("sum(unattributed_usd)")} as unattributed,
    sum(unpriced_calls) as unpriced_calls
from monitoring.cost_reconciliation_by_day
where {scene.within}"""
    )


def exceptions(scene: Scene) -> int:
    """How many objects are in no sum, or could not be judged."""
    return int(scene.row("select count(*) as found from monitoring.exceptions")["found"])
