"""Recurring revenue, growth, what customers are worth, who leaves and where new ones come from.

Rates and growth are of the last complete month: those of a month that goes on say little.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.files import literal
from pipelines.published.questions.answers.company import margins_by_plan, shares
from pipelines.published.questions.answers.spans import (
    Payload,
    Scene,
    any_true,
    ratio,
    running_day,
)
from pipelines.published.questions.periods import Period, add_months, month_of

MOVEMENTS: Final = "finance.mrr_movements_by_month"
FORECAST: Final = "finance.forecast_by_month"
FORECAST_MOVEMENTS: Final = "finance.forecast_movements_by_month"
GOALS: Final = "finance.goals_by_month"
LIFETIMES: Final = "finance.ltv_models_by_segment"
TRIALS: Final = "finance.trials_by_month"

_COMPONENTS: Final = (
    "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr", "pause_mrr",
    "resume_mrr", "fx_mrr",
)  # fmt: skip

_EXPECTED: Final = (
    "opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr",
    "pause_mrr", "resume_mrr", "scheduled_change", "net_new_mrr", "closing_mrr",
)  # fmt: skip

_METRICS_IN_DOLLARS: Final = ("llm_cost", "gross_margin")
_FORECAST_AMOUNTS: Final = (
    "value", "lower_80", "upper_80", "lower_95", "upper_95", "known_change",
)  # fmt: skip
_GOAL_AMOUNTS: Final = ("goal", "actual", "forecast", "difference")

#: Growth of a month that is called flat.
_FLAT: Final = Decimal("0.01")

REASONS: Final = {
    "previous": "no month before",
    "growth_rate": "no MRR at the month's beginning",
    "growth": "no month before to compare with",
    "mom": "no complete month before to compare with",
    "qoq": "fewer than six complete months",
    "yoy": "no month a year before",
    "yoy_growth": "no day a year before",
    "trend": "no growth is known",
    "forecast": "this build has no finance.forecast_by_month",
    "movements": "only mrr has movements, and this build may have none of the months ahead",
    "goals": "this build has no finance.goals_by_month",
    "forecast[].value": "too little history; the entry's `reason` says it",
    "forecast[].known_change": "too little history; the entry's `reason` says it",
    "forecast[].method": "too little history; the entry's `reason` says it",
    "forecast[].reason": "the forecast has a value and bounds",
    "forecast[].missing_costs": "no cost is missing",
    **{
        f"forecast[].{bound}_{share}": "fewer than 12 closed months"
        for bound in ("lower", "upper")
        for share in (80, 95)
    },
    "forecast[].coverage_80": "no earlier forecast so far ahead can be judged yet",
    "forecast[].coverage_95": "no earlier forecast so far ahead can be judged yet",
    "goals[].actual": "the month is still to come",
    "goals[].forecast": "the month is closed, or too far ahead",
    "goals[].difference": "there is neither an actual value nor a forecast",
    "goals[].difference_rate": "nothing to compare, or the goal is zero",
    "goals[].compared_with": "there is neither an actual value nor a forecast",
    "goals[].reason": "nothing is wrong with the goal",
    "goals[].note": "the seed says none",
    "lifetimes": "this build has no finance.ltv_models_by_segment",
    "lifetimes[].reason": "the model may be trusted",
    **{
        f"lifetimes[].{name}": "the model is not to be trusted; the entry's `reason` says why"
        for name in (
            "discounted_months",
            "discounted_months_lower",
            "discounted_months_upper",
            "ltv_revenue",
            "ltv_margin",
            "ltv_margin_lower",
            "ltv_margin_upper",
        )
    },
    "interval": "the mart states no interval",
    "ltv": "no churn in the last six months, or fewer than 100 customers",
    "ltv_revenue": "no churn in the last six months, or fewer than 100 customers",
    "ltv_margin": "no churn in the last six months, fewer than 100 customers, or no gross margin",
    "average": "no churn in the last six months, fewer than 100 customers, or no gross margin",
    "average_lifespan_months": "no churn in the last six months, or fewer than 100 customers",
    "lifespan_months": "no churn in the last six months, or fewer than 100 customers",
    "payback_months": "no marketing spend in seeds/marketing_spend.csv",
    "trial": "this build has no finance.trials_by_month",
    "monthly_rate": "no customers at the month's beginning",
    "retention_rate": "no customers at the month's beginning",
    "spend": "no marketing spend in seeds/marketing_spend.csv",
}


def newest_month(scene: Scene) -> date:
    """The month that goes on at the clock."""
    return month_of(running_day(scene.build.facts.as_of))


def complete_month(scene: Scene) -> date:
    """The last month that is over at the clock."""
    return add_months(month_of(scene.build.facts.as_of.date()), -1)


def mrr(scene: Scene, months: int) -> Payload:
    """MRR and what moved it, of the last so many months with the running one."""
    first = add_months(newest_month(scene), 1 - months)
    rows = scene.rows(
        f"""\
select
    month, opening_mrr, closing_mrr as mrr, net_new_mrr, {", ".join(_COMPONENTS)},
    opening_customers, new_customers, churned_customers, reactivated_customers,
    closing_customers, arpa, customer_churn_rate, gross_mrr_churn_rate, net_mrr_churn_rate,
    nrr, grr, quick_ratio, is_provisional
from {MOVEMENTS}
where month >= {literal(first)}
order by month"""
    )
    listed = [
        {
            **{key: row[key] for key in row if key not in _COMPONENTS},
            "growth_rate": None
            if row["opening_mrr"] is None
            else ratio(row["mrr"] - row["opening_mrr"], row["opening_mrr"]),
            "movements": {name.removesuffix("_mrr"): row[name] for name in _COMPONENTS},
        }
        for row in rows
    ]
    return {
        "months": listed,
        "current": listed[-1]["mrr"] if listed else None,
        "previous": listed[-2]["mrr"] if len(listed) > 1 else None,
        "is_provisional": any_true(listed),
    }


def arr(scene: Scene) -> Payload:
    """ARR and MRR at the newest day, by plan, and against the day a year before."""
    now = scene.row(
        """\
select date, arr, mrr, customers, is_provisional
from finance.mrr_by_day
order by date desc
limit 1"""
    )
    before = (
        scene.row(
            f"select arr from finance.mrr_by_day where date = {literal(_year_before(now['date']))}"
        )
        if now
        else {}
    )
    tiers = scene.rows(
        """\
select coalesce(product_name, product_id) as tier, product_id, arr, mrr, customers
from finance.mrr_by_plan_month
where month = (select max(month) from finance.mrr_by_plan_month) and mrr <> 0
order by arr desc, 2"""
    )
    trials = scene.row(
        """\
select count(distinct customer_id) as customers
from core.fct_customer_plans_by_month
where is_trial and month = (select max(month) from core.fct_customer_plans_by_month)"""
    )
    trial = {"tier": "trial", "product_id": "__trial__", "arr": 0, "mrr": 0, **trials}
    past = before.get("arr")
    return {
        "arr": now.get("arr"),
        "mrr": now.get("mrr"),
        "date": now.get("date"),
        "customers": now.get("customers"),
        "by_tier": shares([*tiers, trial], "arr"),
        "yoy_growth": ratio(now["arr"] - past, past) if now and past else None,
        "is_provisional": bool(now.get("is_provisional")),
    }


def growth(scene: Scene) -> Payload:
    """Growth of invoiced revenue up to the last complete month, and recognised revenue beside it.

    `trend` is growing, shrinking or flat by the month's growth, flat within 1 %.
    """
    month = complete_month(scene)
    rows = {
        row["month"]: row
        for row in scene.rows(
            """\
select month, invoiced, recognised_revenue, mom_growth, qoq_growth, yoy_growth, is_provisional
from finance.revenue_by_month"""
        )
    }
    headline = rows.get(month, {})

    def of(when: date, name: str = "invoiced") -> Any:
        return rows.get(when, {}).get(name)

    rate = headline.get("mom_growth")
    trend = None
    if rate is not None:
        trend = "flat" if abs(rate) < _FLAT else "growing" if rate > 0 else "shrinking"
    return {
        "month": month,
        "mom": rate,
        "qoq": headline.get("qoq_growth"),
        "yoy": headline.get("yoy_growth"),
        "trend": trend,
        "this_month": of(month),
        "last_month": of(add_months(month, -1)),
        "same_month_last_year": of(add_months(month, -12)),
        "running_month": of(add_months(month, 1)),
        "recognised_this_month": of(month, "recognised_revenue"),
        "recognised_last_month": of(add_months(month, -1), "recognised_revenue"),
    }


def forecast(scene: Scene, metric: str, ahead: int) -> Payload:
    """The months ahead with their bounds and coverage, what moves MRR until then, and goals.

    Each list is None where the build has no such mart; `movements` also of other metrics than mrr.
    """
    shown = scene.usd if metric in _METRICS_IN_DOLLARS else str
    found: Payload = {"metric": metric, "forecast": None, "movements": None, "goals": None}
    if scene.has(FORECAST):
        amounts = ", ".join(f"{shown(name)} as {name}" for name in _FORECAST_AMOUNTS)
        found["forecast"] = scene.rows(
            f"""\
select
    month, metric, months_ahead, {amounts}, method, coverage_80, coverage_95, coverage_n,
    history_months, reason, missing_costs
from {FORECAST}
where metric = {literal(metric)} and months_ahead <= {ahead}
order by month"""
        )
    if metric == "mrr" and scene.has(FORECAST_MOVEMENTS):
        found["movements"] = scene.rows(
            f"""\
select month, {", ".join(_EXPECTED)}
from {FORECAST_MOVEMENTS}
where months_ahead <= {ahead}
order by month"""
        )
    if scene.has(GOALS):
        amounts = ", ".join(f"{shown(name)} as {name}" for name in _GOAL_AMOUNTS)
        found["goals"] = scene.rows(
            f"""\
select month, {amounts}, difference_rate, compared_with, reason, note, is_provisional
from {GOALS}
where metric = {literal(metric)}
order by month"""
        )
    return found


def by_tier(scene: Scene) -> Payload:
    """Earned revenue of the last complete month by plan, with customers and share."""
    month = complete_month(scene)
    only = Scene(scene.build, Period(month, add_months(month, 1)), scene.display)
    rows, provisional = margins_by_plan(only)
    listed = [
        {
            "tier": row["tier"],
            "product_id": row["product_id"],
            "revenue": row["revenue"],
            "customers": row["customers"],
            "arpc": ratio(row["revenue"], row["customers"]),
        }
        for row in rows
    ]
    known = [row["revenue"] for row in listed if row["revenue"] is not None]
    return {
        "month": month,
        "tiers": shares(listed, "revenue"),
        "total_revenue": sum(known) if known else None,
        "is_provisional": provisional,
    }


def ltv(scene: Scene) -> Payload:
    """What a customer is worth, in all and by plan: margin LTV, that is margin over churn."""
    rows = scene.rows(
        """\
select
    worth.segment_kind,
    coalesce(plans.product_name, worth.segment) as segment,
    worth.segment as segment_id,
    worth.arpa, worth.churn, worth.gross_margin, worth.ltv_revenue, worth.ltv_margin, worth.cac,
    worth.ltv_to_cac as ltv_cac_ratio, worth.payback_months, worth.sample_size,
    worth.churned_customers
from finance.ltv_by_segment as worth
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as plans on worth.segment_kind = 'plan' and worth.segment = plans.product_id
where worth.segment_kind in ('all', 'plan')
order by worth.sample_size desc, 2"""
    )
    for row in rows:
        row["lifespan_months"] = ratio(row["ltv_revenue"], row["arpa"])
        row["is_small"] = (row["sample_size"] or 0) < 30
    whole: Payload = next((row for row in rows if row["segment_kind"] == "all"), {})
    return {
        "average": whole.get("ltv_margin"),
        "ltv_revenue": whole.get("ltv_revenue"),
        "ltv_cac_ratio": whole.get("ltv_cac_ratio"),
        "average_lifespan_months": whole.get("lifespan_months"),
        "sample_size": whole.get("sample_size"),
        "method": "ARPA x gross margin / monthly churn of the last six months, at most 60 months",
        "interval": None,
        "by_tier": [
            {key: row[key] for key in row if key != "segment_kind"}
            for row in rows
            if row["segment_kind"] == "plan"
        ],
        "lifetimes": lifetimes(scene),
    }


def lifetimes(scene: Scene) -> list[Payload] | None:
    """Lifetimes by the model of a falling hazard; None where the build has no such mart."""
    if not scene.has(LIFETIMES):
        return None
    return scene.rows(
        f"""\
select
    coalesce(plans.product_name, worth.segment) as segment,
    worth.segment as segment_id,
    worth.interval_months, worth.method, worth.reason, worth.customers, worth.losses,
    worth.discounted_months, worth.discounted_months_lower, worth.discounted_months_upper,
    worth.ltv_revenue, worth.ltv_margin, worth.ltv_margin_lower, worth.ltv_margin_upper
from {LIFETIMES} as worth
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as plans on worth.segment_kind = 'plan' and worth.segment = plans.product_id
order by worth.segment_kind, worth.customers desc, 1, worth.interval_months"""
    )


def churn(scene: Scene) -> Payload:
    """Customers who left in the last complete month, in the running one, and churn by plan."""
    month = complete_month(scene)
    rows = {
        row["month"]: row
        for row in scene.rows(
            f"""\
select month, customer_churn_rate, gross_mrr_churn_rate, net_mrr_churn_rate, opening_customers,
    churned_customers, closing_customers, is_provisional
from {MOVEMENTS}
where month >= {literal(month)}"""
        )
    }
    headline, running = rows.get(month, {}), rows.get(newest_month(scene), {})
    rate = headline.get("customer_churn_rate")
    tiers = [
        {
            "tier": row["segment"],
            "product_id": row["segment_id"],
            "monthly_rate": row["churn"],
            "churned_customers": row["churned_customers"],
            "customers": row["sample_size"],
        }
        for row in ltv(scene)["by_tier"]
    ]
    return {
        "month": month,
        "monthly_rate": rate,
        "retention_rate": None if rate is None else 1 - rate,
        "gross_mrr_churn_rate": headline.get("gross_mrr_churn_rate"),
        "net_mrr_churn_rate": headline.get("net_mrr_churn_rate"),
        "customers": running.get("closing_customers", headline.get("closing_customers")),
        "churned_last_month": headline.get("churned_customers"),
        "churned_this_month": running.get("churned_customers"),
        "by_tier": tiers,
        "trial": _trials(scene),
        "is_provisional": bool(running.get("is_provisional")),
    }


def _trials(scene: Scene) -> Payload | None:
    """Trials of the newest month in which some have ended: how many became customers."""
    if not scene.has(TRIALS):
        return None
    rows = scene.rows(
        f"""\
select
    month,
    sum(trials) as trials,
    sum(converted) as converted,
    sum(lost) as lost,
    sum(running) as running
from {TRIALS}
group by 1
having sum(converted) + sum(lost) > 0
order by 1 desc
limit 1"""
    )
    if not rows:
        return None
    row = rows[0]
    ended = row["converted"] + row["lost"]
    return {**row, "churn_rate": ratio(row["lost"], ended)}


def acquisition(scene: Scene) -> Payload:
    """New users of the last complete and the running month, and the channels they came by."""
    month = complete_month(scene)
    users = {
        row["month"]: row["new_users"]
        for row in scene.rows("select month, new_users from product.active_users_by_month")
    }
    channels = scene.rows(
        f"""\
select
    acquisition_channel as channel,
    signups as users,
    new_customers,
    {scene.display.report("new_mrr")} as new_mrr,
    {scene.usd("spend_usd")} as spend,
    {scene.usd("cost_usd_per_acquisition")} as cpa
from product.acquisition_by_channel_month
where month = {literal(month)}
order by signups desc, new_customers desc, 1"""
    )
    spent = [row for row in channels if row["spend"] is not None]
    now, past = users.get(month), users.get(add_months(month, -1))
    return {
        "month": month,
        "new_users_this_month": users.get(newest_month(scene)),
        "new_users": now,
        "new_users_month_before": past,
        "growth": ratio(now - past, past) if now is not None and past else None,
        "channels": shares(channels, "users"),
        "average_cpa": ratio(
            sum(row["spend"] for row in spent),
            sum(row["new_customers"] for row in spent),
        )
        if spent
        else None,
    }


def movements(scene: Scene) -> Payload:
    """What moved MRR in the period: opening, each type, closing; they foot."""
    row = scene.row(
        f"""\
select
    arg_min(opening_mrr, date) as opening_mrr,
    {", ".join(f"sum({name}) as {name}" for name in _COMPONENTS)},
    arg_max(mrr, date) as closing_mrr,
    coalesce(bool_or(is_provisional), false) as is_provisional
from finance.mrr_by_day
where {scene.within}"""
    )
    return {
        "opening_mrr": row["opening_mrr"],
        "movements": {name.removesuffix("_mrr"): row[name] for name in _COMPONENTS},
        "closing_mrr": row["closing_mrr"],
        "is_provisional": row["is_provisional"],
    }


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
