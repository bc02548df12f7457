"""Services of the product: how popular, how well they work, what they use and cost.

The marts know services by month: an answer is about the newest month that the period touches, or
sums what can be summed over all of them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.files import literal
from pipelines.published.questions.answers.company import shares
from pipelines.published.questions.answers.spans import Payload, Scene, any_true, ratio
from pipelines.published.questions.periods import month_of

SERVICES: Final = "product.usage_by_service_month"
SERVICE_DAYS: Final = "product.usage_by_service_day"
ADOPTION: Final = "product.service_adoption_by_plan_month"
PROFIT: Final = "unit_economics.profit_by_month"
HEALTH: Final = "finance.billing_health_by_month"

REASONS: Final = {
    "growth": "no month before to compare with",
    "uptime": "no request of this service in the month",
    "overall_uptime": "no request of any service in the month",
    "mean_response_time_ms": "no timed request in the month",
    "p95_response_time_ms": "no timed request in the month",
    "error_rate": "no request with a known outcome in the month",
    "top_users": "this build has no use by customer and service",
    "days": "this build has no product.usage_by_service_day",
    "units": "no event of this service has a quantity",
    "unit_type": "seeds/features.csv names no unit for the service, or several",
    "tokens": "tokens are counted by model, not by service",
    "cost": "no cost of this service is known",
    "cost_per_user": "no user or no cost is known",
    "revenue_growth": "no month before to compare with",
    "success_rate": "no invoice in the month",
    "infrastructure_cost": "no row in seeds/infrastructure_costs.csv",
    "other_cost": "no row of category other in seeds/infrastructure_costs.csv",
}


def newest_month(scene: Scene) -> date:
    """The newest month of the period."""
    return month_of(scene.period.last_day)


def _of_month(scene: Scene) -> list[Payload]:
    return scene.rows(
        f"""\
select
    service, events, popularity, popularity_rank as rank, growth, calls, errors, error_rate,
    uptime, mean_response_time_ms, p50_response_time_ms, p95_response_time_ms,
    requests_per_minute, llm_calls, feature_uses, units, users, customers,
    {scene.usd("ai_cost_usd")} as ai_cost,
    {scene.usd("infrastructure_cost_usd")} as infrastructure_cost,
    {scene.usd("cost_usd")} as cost,
    {scene.usd("cost_usd_per_active_user")} as cost_per_user,
    is_provisional
from {SERVICES}
where month = {literal(newest_month(scene))}
order by popularity_rank nulls last, 1"""
    )


def _only(rows: list[Payload], *names: str) -> list[Payload]:
    return [{name: row[name] for name in names} for row in rows]


def popularity(scene: Scene) -> Payload:
    """Services of the month by events, with users, calls and growth."""
    rows = _of_month(scene)
    listed = [{**row, "active_users": row["users"]} for row in rows]
    return {
        "month": newest_month(scene),
        "services": _only(
            listed, "service", "active_users", "customers", "events", "calls", "llm_calls",
            "feature_uses", "popularity", "growth", "rank",
        ),
        "total_services": len(rows),
        "is_provisional": any_true(rows),
    }  # fmt: skip


def cost_per_user(scene: Scene) -> Payload:
    """What the services of the month cost, in all, by user and by service."""
    rows = _of_month(scene)
    active = scene.row(
        "select active_users from product.active_users_by_month "
        f"where month = {literal(newest_month(scene))}"
    ).get("active_users")
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    total: Decimal | None = sum(costs, Decimal(0)) if costs else None
    listed = [{**row, "active_users": row["users"]} for row in rows]
    return {
        "month": newest_month(scene),
        "total_cost": total,
        "active_users": active,
        "cost_per_user": ratio(total, active),
        "services": shares(
            _only(
                listed, "service", "cost", "ai_cost", "infrastructure_cost", "active_users",
                "cost_per_user",
            ),
            "cost",
        ),
        "is_provisional": any_true(rows),
    }  # fmt: skip


def adoption(scene: Scene) -> Payload:
    """How many of each plan's customers use each service; who is on two plans counts in both."""
    month = newest_month(scene)
    rows = scene.rows(
        f"""\
select
    used.service,
    coalesce(names.product_name, used.product_id) as tier,
    used.product_id,
    used.active_customers,
    used.customers,
    used.adoption_rate,
    used.is_provisional
from {ADOPTION} as used
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as names on used.product_id = names.product_id
where used.month = {literal(month)}
order by used.service, used.customers desc, 2"""
    )
    on_plans = scene.row(
        f"""\
select sum(customers) as customers
from product.adoption_by_plan_month
where month = {literal(month)}"""
    ).get("customers")
    services: dict[str, list[Payload]] = {}
    for row in rows:
        services.setdefault(row["service"], []).append(row)
    return {
        "month": month,
        "services": [
            {
                "service": service,
                "overall_adoption": ratio(sum(row["active_customers"] for row in tiers), on_plans),
                "by_tier": _only(
                    tiers, "tier", "product_id", "active_customers", "customers", "adoption_rate"
                ),
            }
            for service, tiers in services.items()
        ],
        "is_provisional": any_true(rows),
    }


def performance(scene: Scene) -> Payload:
    """Uptime, times and errors of the month's services; overall uptime is over all requests."""
    rows = _of_month(scene)
    judged = [row for row in rows if row["uptime"] is not None and row["calls"]]
    return {
        "month": newest_month(scene),
        "services": _only(
            rows, "service", "uptime", "calls", "errors", "mean_response_time_ms",
            "p95_response_time_ms", "error_rate", "requests_per_minute",
        ),
        "overall_uptime": ratio(
            sum(row["uptime"] * row["calls"] for row in judged),
            sum(row["calls"] for row in judged),
        )
        if judged
        else None,
        "is_provisional": any_true(rows),
    }  # fmt: skip


def names(scene: Scene) -> set[str]:
    """Every service that any month knows."""
    return {row["service"] for row in scene.rows(f"select distinct service from {SERVICES}")}


def metering(scene: Scene, service: str) -> Payload:
    """Calls, units and cost of a service over the months that the period touches."""
    months = scene.rows(
        f"""\
select
    month, events, calls, llm_calls, feature_uses, units,
    {scene.usd("cost_usd")} as cost,
    is_provisional, unit_type
from {SERVICES}
where service = {literal(service)} and {scene.months()}
order by month"""
    )
    return {
        "service": service,
        **{name: _sum(months, name) for name in _ADDED},
        "tokens": None,
        "unit_type": next((row["unit_type"] for row in months), None),
        "top_users": None,
        "months": [
            {name: value for name, value in row.items() if name != "unit_type"} for row in months
        ],
        "days": _days(scene, service),
        "is_provisional": any_true(months),
    }


_ADDED: Final = ("events", "calls", "llm_calls", "feature_uses", "units", "cost")


def _days(scene: Scene, service: str) -> list[Payload] | None:
    if not scene.has(SERVICE_DAYS):
        return None
    return scene.rows(
        f"""\
select date, calls, errors, users
from {SERVICE_DAYS}
where service = {literal(service)} and {scene.within}
order by date"""
    )


def _sum(rows: list[Payload], name: str) -> Any:
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) if known else None


def metering_summary(scene: Scene) -> Payload:
    """All services over the months that the period touches, beside the company's revenue."""
    rows = scene.rows(
        f"""\
select
    service,
    sum(events) as events,
    sum(calls) as calls,
    sum(llm_calls) as llm_calls,
    sum(units) as units,
    {scene.usd("sum(cost_usd)")} as cost,
    bool_or(is_provisional) as is_provisional,
    any_value(unit_type) as unit_type
from {SERVICES}
where {scene.months()}
group by 1
order by 6 desc nulls last, 1"""
    )
    money = scene.row(
        f"""\
select
    {scene.usd("sum(revenue_usd)")} as total_revenue,
    {scene.usd("sum(gross_profit_usd)")} as gross_profit,
    bool_or(is_provisional) as is_provisional
from {PROFIT}
where {scene.months()}"""
    )
    return {
        "services": shares(
            _only(rows, "service", "events", "calls", "llm_calls", "units", "unit_type", "cost"),
            "cost",
        ),
        "total_cost": _sum(rows, "cost"),
        "total_revenue": money["total_revenue"],
        "gross_profit": money["gross_profit"],
        "gross_margin": ratio(money["gross_profit"], money["total_revenue"]),
        "is_provisional": any_true([*rows, money]),
    }


def billing_summary(scene: Scene) -> Payload:
    """Revenue, costs, profit and payments over the months that the period touches."""
    month = newest_month(scene)
    balance = scene.row(
        f"""\
select closing_mrr as mrr, arr, is_provisional
from finance.mrr_movements_by_month
where month = {literal(month)}"""
    )
    revenue = scene.row(
        f"""\
select
    sum(recognised_revenue) as total,
    sum(invoiced) as invoiced,
    sum(cash_collected) as collected,
    arg_max(mom_growth, month) as growth,
    bool_or(is_provisional) as is_provisional
from finance.revenue_by_month
where {scene.months()}"""
    )
    profit = scene.row(
        f"""\
select
    {scene.usd("sum(revenue_usd)")} as revenue,
    {scene.usd("sum(llm_cost_usd)")} as llm,
    {scene.usd("sum(infrastructure_cost_usd)")} as infrastructure,
    {scene.usd("sum(observability_cost_usd)")} as observability,
    {scene.usd("sum(other_cost_usd)")} as other,
    {scene.usd("sum(payment_fees_usd)")} as payment_fees,
    {scene.usd("sum(bad_debt_usd)")} as bad_debt,
    {scene.usd("sum(gross_profit_usd)")} as gross_profit,
    {scene.usd("sum(net_profit_usd)")} as net_profit,
    string_agg(distinct missing_costs, '; ' order by missing_costs) as missing_costs,
    bool_or(is_provisional) as is_provisional
from {PROFIT}
where {scene.months()}"""
    )
    payments = scene.row(
        f"""\
select
    sum(invoices) as invoices,
    sum(paid_invoices) as paid,
    sum(failed_invoices) as failed,
    sum(open_invoices) as open,
    bool_or(is_provisional) as is_provisional
from {HEALTH}
where {scene.months()}"""
    )
    kinds = ("infrastructure", "observability", "llm", "other", "payment_fees", "bad_debt")
    total = _sum([{"cost": profit[name]} for name in kinds], "cost")
    return {
        "months": {"first": month_of(scene.period.start), "last": month},
        "revenue": {
            "mrr": balance.get("mrr"),
            "arr": balance.get("arr"),
            "total": revenue["total"],
            "invoiced": revenue["invoiced"],
            "collected": revenue["collected"],
            "growth": revenue["growth"],
        },
        "costs": {
            **{name: profit[name] for name in kinds},
            "total": total,
            "share_of_revenue": ratio(total, profit["revenue"]),
        },
        "missing_costs": profit["missing_costs"] or "",
        "profitability": {
            "gross_profit": profit["gross_profit"],
            "gross_margin": ratio(profit["gross_profit"], profit["revenue"]),
            "net_profit": profit["net_profit"],
            "net_margin": ratio(profit["net_profit"], profit["revenue"]),
        },
        "payments": {
            "invoices": payments["invoices"],
            "paid": payments["paid"],
            "failed": payments["failed"],
            "open": payments["open"],
            "success_rate": ratio(payments["paid"], payments["invoices"]),
        },
        "is_provisional": any_true([balance, revenue, profit, payments]),
    }
