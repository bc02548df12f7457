"""Customers: a page of the list, and one customer's use, cost, speed, movements and invoices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pipelines.files import literal
from pipelines.published.questions.answers.company import (
    ATTRIBUTION,
    REVENUE,
    insights,
    with_margin,
)
from pipelines.published.questions.answers.spans import Payload, Scene, any_true, ratio

#: What the list can be sorted by, and whether the first page has the largest.
SORTS: Final = {
    "mrr": True, "revenue": True, "cost": True, "net_profit": True, "name": False, "id": False,
}  # fmt: skip
#: Days of `customers/{id}/usage`, invoices and movements in one answer.
MOST_ROWS: Final = 500

REASONS: Final = {
    "p95_response_time_ms": "a percentile of several days cannot be had from those of each day; "
    "ask for one day, or read days",
    "peak_hour": "known by day; ask for one day, or read days",
    "top_endpoint": "known by day; ask for one day, or read days",
    "endpoints": "this build has no use by customer and endpoint",
    "score": "this build has no use by customer and endpoint",
    "overall_score": "this build has no use by customer and endpoint",
    "health": "this build has no product.customer_health",
    "allowance": "the plan has no row in seeds/plan_limits.csv",
    "overage_calls": "the plan has no row in seeds/plan_limits.csv",
    "overage_cost": "the plan has no row in seeds/plan_limits.csv",
    "allowance_used": "the plan has no row in seeds/plan_limits.csv",
    "recommendation": "nothing to recommend",
    "base_price": "on no plan with one monthly price now",
}


class CursorError(ValueError):
    """A cursor that no page of this list gave."""


@dataclass(frozen=True)
class Place:
    """Where a page ended: the last row's value (text, None where null) and its customer id."""

    value: str | None
    customer_id: str


def _people(scene: Scene) -> str:
    """SQL of all customers with what the list shows of them."""
    table = "finance.customers"
    given = scene.has(table)
    health = "now.health" if given else "cast(null as varchar)"
    status = "now.status" if given else "null"
    return f"""\
newest as (
    select customer_id, arg_max(mrr, month) as mrr, bool_or(mrr > 0) as ever_paid
    from finance.mrr_by_customer_month
    group by 1
),

plans as (
    select
        on_plans.customer_id,
        string_agg(
            distinct coalesce(names.product_name, on_plans.product_id), ', '
            order by coalesce(names.product_name, on_plans.product_id)
        ) as plan,
        bool_and(on_plans.is_trial) as is_trial
    from core.fct_customer_plans_by_month as on_plans
    left join (
        select product_id, max(product_name) as product_name from core.dim_plans group by 1
    ) as names on on_plans.product_id = names.product_id
    where on_plans.month = (select max(month) from core.fct_customer_plans_by_month)
    group by 1
),

earned as (
    select customer_id, {scene.usd("sum(revenue_usd)")} as revenue
    from {REVENUE}
    where {scene.of("revenue_date")}
    group by 1
),

spent as (
    select customer_id, {scene.usd("sum(cost_usd)")} as cost
    from {ATTRIBUTION}
    where {scene.of("cost_date")}
    group by 1
),

seen as (
    select customer_id, max(date) as last_seen
    from product.usage_by_customer_day
    where events > 0
    group by 1
),

people as (
    select
        known.customer_id,
        coalesce(known.customer_name, known.customer_id) as name,
        plans.plan,
        coalesce({status}, case
            when known.is_deleted then 'deleted'
            when newest.mrr > 0 then 'paying'
            when plans.is_trial then 'trial'
            when newest.ever_paid then 'churned'
            else 'not_paying'
        end) as status,
        newest.mrr,
        earned.revenue,
        spent.cost,
        case
            when earned.revenue is not null or spent.cost is not null
                then coalesce(earned.revenue, 0) - coalesce(spent.cost, 0)
        end as net_profit,
        {health} as health,
        seen.last_seen,
        known.acquisition_channel,
        known.country,
        known.billing_provider
    from core.dim_customers as known
    left join newest on known.customer_id = newest.customer_id
    left join plans on known.customer_id = plans.customer_id
    left join earned on known.customer_id = earned.customer_id
    left join spent on known.customer_id = spent.customer_id
    left join seen on known.customer_id = seen.customer_id
    {f"left join {table} as now on known.customer_id = now.customer_id" if given else ""}
    where not starts_with(known.customer_id, '__')
)"""


def page(
    scene: Scene,
    sort: str,
    descending: bool,
    text: str | None,
    status: str | None,
    only: str | None,
    after: Place | None,
    size: int,
) -> tuple[list[Payload], Place | None]:
    """One page of customers, and where it ended (None on the last one).

    Args:
        scene: build, days and currency.
        sort: a key of `SORTS`.
        descending: the largest first; customers without a value are always last.
        text: part of a name or id, any letter case.
        status: only customers of this status.
        only: only this customer.
        after: where the page before ended.
        size: most rows.

    Raises:
        CursorError: `after` is of another list.
    """
    column = {"name": "lower(name)", "id": "customer_id"}.get(sort, sort)
    conditions = ["true"]
    if text:
        found = literal(text.lower())
        conditions.append(
            f"(contains(lower(name), {found}) or contains(lower(customer_id), {found}))"
        )
    if status:
        conditions.append(f"status = {literal(status)}")
    if only is not None:
        conditions.append(f"customer_id = {literal(only)}")
    if after:
        conditions.append(_after(column, sort, descending, after))
    rows = scene.rows(
        f"""\
with {_people(scene)}

select *, {column} as sort_value
from people
where {" and ".join(conditions)}
order by {column} {"desc" if descending else "asc"} nulls last, customer_id
limit {size + 1}"""
    )
    shown = rows[:size]
    end = None
    if len(rows) > size:
        value = shown[-1]["sort_value"]
        end = Place(None if value is None else _text(value), shown[-1]["customer_id"])
    return [_listed(row) for row in shown], end


def _after(column: str, sort: str, descending: bool, after: Place) -> str:
    """SQL condition that a row comes behind a place of the list."""
    key = literal(after.customer_id)
    if after.value is None:
        return f"({column} is null and customer_id > {key})"
    value: str | Decimal = after.value
    if SORTS[sort] and sort not in ("name", "id"):
        try:
            value = Decimal(after.value)
        except InvalidOperation as error:
            raise CursorError("not a number") from error
        if not value.is_finite() or abs(value.adjusted()) > 30:
            raise CursorError("not a number of this list")
        wanted = f"cast('{value:f}' as decimal(38, 9))"
    else:
        wanted = literal(after.value)
    sign = "<" if descending else ">"
    return (
        f"({column} {sign} {wanted} or {column} is null"
        f" or ({column} = {wanted} and customer_id > {key}))"
    )


def _text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _listed(row: Payload) -> Payload:
    return with_margin({key: row[key] for key in row if key not in ("sort_value", "net_profit")})


def customer(scene: Scene, customer_id: str) -> Payload | None:
    """One customer with the period's money; None for an id that nobody has."""
    rows = scene.rows(
        f"with {_people(scene)}\n\nselect *, null as sort_value from people "
        f"where customer_id = {literal(customer_id)}"
    )
    if not rows:
        return None
    more = scene.row(
        f"""\
select email_domain, currency as billing_currency, created_at, signed_up_at, is_deleted,
    is_delinquent, app_customer_id, source_account, native_id
from core.dim_customers
where customer_id = {literal(customer_id)}"""
    )
    return {**_listed(rows[0]), **more}


def exists(scene: Scene, customer_id: str) -> bool:
    """Whether a customer has this id."""
    return bool(
        scene.rows(
            f"select 1 from core.dim_customers where customer_id = {literal(customer_id)} "
            "and not starts_with(customer_id, '__')"
        )
    )


def usage(scene: Scene, customer_id: str) -> Payload:
    """Calls by outcome, times, days and endpoints of one customer."""
    days = scene.rows(
        f"""\
select
    date, calls, successes as successful_calls, errors as failed_calls, error_rate,
    mean_response_time_ms, p95_response_time_ms, peak_hour, top_endpoint, llm_calls, feature_uses,
    input_tokens, output_tokens, timed_calls, is_provisional
from product.usage_by_customer_day
where customer_id = {literal(customer_id)} and {scene.within}
order by date desc
limit {MOST_ROWS}"""
    )
    total = scene.row(
        f"""\
select
    sum(calls) as total_calls,
    sum(successes) as successful_calls,
    sum(errors) as failed_calls,
    sum(llm_calls) as llm_calls,
    sum(mean_response_time_ms * timed_calls) as timed,
    sum(timed_calls) as timed_calls,
    count(*) as days
from product.usage_by_customer_day
where customer_id = {literal(customer_id)} and {scene.within}"""
    )
    one = days[0] if total["days"] == 1 else {}
    calls = total["total_calls"]
    return {
        "customer_id": customer_id,
        **{
            key: total[key]
            for key in ("total_calls", "successful_calls", "failed_calls", "llm_calls")
        },
        "success_rate": ratio(total["successful_calls"], calls),
        "mean_response_time_ms": ratio(total["timed"], total["timed_calls"]),
        "p95_response_time_ms": one.get("p95_response_time_ms"),
        "peak_hour": one.get("peak_hour"),
        "top_endpoint": one.get("top_endpoint"),
        "days": [{key: day[key] for key in day if key != "timed_calls"} for day in days],
        "endpoints": endpoints(scene, customer_id),
        "is_provisional": any_true(days),
    }


def endpoints(scene: Scene, customer_id: str) -> list[Payload] | None:
    """One customer's calls by endpoint, the busiest first; None where the build has no such mart.

    The mean is of all calls of the period; p95 is the day's where the period has one day of use.
    """
    table = "product.usage_by_customer_endpoint_day"
    if not scene.has(table):
        return None
    return scene.rows(
        f"""\
select
    endpoint,
    sum(calls) as calls,
    sum(errors) as errors,
    cast(sum(errors) * 1.0 / nullif(sum(calls), 0) as decimal(38, 9)) as error_rate,
    cast(
        sum(mean_response_time_ms * timed_calls) / nullif(sum(timed_calls), 0)
        as decimal(38, 3)
    ) as mean_response_time_ms,
    case when count(*) = 1 then max(p95_response_time_ms) end as p95_response_time_ms
from {table}
where customer_id = {literal(customer_id)} and {scene.within}
group by 1
order by 2 desc, 1
limit {MOST_ROWS}"""
    )


def performance(scene: Scene, customer_id: str) -> Payload:
    """One customer's endpoints with times and errors, and what was found about the customer."""
    return {
        "customer_id": customer_id,
        "endpoints": endpoints(scene, customer_id),
        "overall_score": None,
        "insights": insights(scene, with_customers=True, customer_id=customer_id),
    }


def cost(scene: Scene, customer_id: str) -> Payload:
    """What one customer pays, may call, and costs; the plan is that of the newest month touched."""
    who = literal(customer_id)
    months = scene.rows(
        f"""\
select
    limits.month,
    limits.product_id,
    coalesce(names.product_name, limits.product_id) as plan,
    limits.is_trial,
    limits.calls,
    limits.allowance,
    limits.allowance_used,
    limits.overage_calls,
    {scene.usd("limits.overage_usd")} as overage_cost,
    {scene.usd("limits.cost_usd")} as ai_cost,
    {scene.usd("limits.cost_usd_per_call")} as cost_per_call,
    limits.recommendation,
    limits.recommended_product_id,
    limits.reason,
    limits.is_provisional
from product.allowance_by_customer_month as limits
left join (
    select product_id, max(product_name) as product_name from core.dim_plans group by 1
) as names on limits.product_id = names.product_id
where limits.customer_id = {who} and {scene.months("limits.month")}
order by limits.month desc"""
    )
    newest = months[0] if months else {}
    money = customer(scene, customer_id) or {}
    return {
        "customer_id": customer_id,
        "plan": newest.get("plan"),
        "base_price": money.get("mrr") if newest.get("plan") else None,
        "calls": newest.get("calls"),
        "allowance": newest.get("allowance"),
        "allowance_used": newest.get("allowance_used"),
        "overage_calls": newest.get("overage_calls"),
        "overage_cost": newest.get("overage_cost"),
        "revenue": money.get("revenue"),
        "ai_cost": money.get("cost"),
        "total_cost": money.get("cost"),
        "cost_per_call": newest.get("cost_per_call"),
        "margin": money.get("margin"),
        "recommendations": [
            {
                "month": row["month"],
                "recommendation": row["recommendation"],
                "recommended_product_id": row["recommended_product_id"],
                "reason": row["reason"],
            }
            for row in months
            if row["recommendation"]
        ],
        "months": months,
        "is_provisional": any_true(months),
    }


def movements(scene: Scene, customer_id: str) -> list[Payload]:
    """One customer's movements of MRR in the period, the newest first."""
    return scene.rows(
        f"""\
select movement_date, movement_type, mrr_change, currency, reason
from core.fct_mrr_movements
where customer_id = {literal(customer_id)} and {scene.of("movement_date")}
order by movement_date desc, movement_type
limit {MOST_ROWS}"""
    )


def invoices(scene: Scene, customer_id: str) -> list[Payload]:
    """One customer's invoices of the period, each in its own currency, the newest first."""
    return scene.rows(
        f"""\
select *
from (
    select
        invoice_id,
        cast(min(coalesce(invoice_finalized_at, invoice_created_at)) as date) as invoice_date,
        max(invoice_status) as status,
        max(currency) as currency,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        count(*) as lines
    from core.fct_invoice_lines
    where customer_id = {literal(customer_id)}
    group by invoice_id
) as found
where {scene.of("invoice_date")}
order by invoice_date desc, invoice_id
limit {MOST_ROWS}"""
    )
