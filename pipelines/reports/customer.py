"""A customer's month: what it used, cost and paid, how fast it was served, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from pipelines.published.questions import formatting
from pipelines.published.questions.answers.customer_month import CustomerMonth
from pipelines.published.questions.answers.spans import Payload
from pipelines.published.reader import Published
from pipelines.reports.model import Chart, Column, Fact, Report, Section, Series, Unit, table

_NO_USE: Final = "no event of this customer in the month"
_NO_REQUEST: Final = "no API request of this customer in the month"
_ADVICE: Final = {
    "upgrade": "Offer the bigger plan",
    "custom_plan": "Offer a plan of its own",
    "review_price": "Look at use and price: it costs more than it brings",
    "churn_risk": "Ask how it goes: little of the plan is used",
    "keep": "Nothing to change",
}
_FINDINGS: Final = {
    "unprofitable_customer": "Unprofitable",
    "usage_spike": "Use rose",
    "usage_drop": "Use fell",
    "upsell_opportunity": "Room for a bigger plan",
    "churn_risk": "May leave",
}
_STATES: Final = {
    "earning": "Paying",
    "trial": "Trial",
    "paused": "Paused",
    "unpaid": "Unpaid",
    "unproven": "Never paid yet",
}


def customer_report(build: Published, customer_id: str, month: date) -> Report | None:
    """The report of a customer's month; None where nobody has the id.

    Args:
        build: the published build.
        customer_id: as in `core.dim_customers`.
        month: its first day.
    """
    asked = CustomerMonth(build, customer_id, month)
    who = asked.identity()
    if who is None:
        return None
    facts = build.facts
    months = asked.months()
    now = months[-1] if months and months[-1]["month"] == month else {}
    is_over = asked.following <= facts.as_of.date()
    before = months[-2] if len(months) > 1 and now and is_over else {}
    currency = facts.report_currency.lower()
    notes = _notes(bool(now), is_over, str(facts.report_timezone))
    return Report(
        kind="customer",
        title=f"{who['customer_name']}: {formatting.month(month)}",
        subject_id=customer_id,
        subject_name=who["customer_name"],
        month=month,
        is_provisional=not is_over or bool(now.get("is_provisional")),
        build_id=facts.build_id,
        built_at=facts.built_at,
        as_of=facts.as_of,
        currency=currency,
        time_zone=facts.report_timezone,
        notes=notes,
        sections=(
            _summary(who, now, before, currency),
            _use(asked),
            _performance(asked),
            _cost(asked),
            _plan(asked, currency),
            _advice(asked, who),
            _trend(months, currency),
        ),
    )


def _notes(has_data: bool, is_over: bool, zone: str) -> tuple[str, ...]:
    said = []
    if not has_data:
        said.append("The published build has no data of this customer in this month.")
    if not is_over:
        said.append(
            "The month is not over at the build's clock: its numbers are provisional, and not "
            "compared with the month before."
        )
    return (
        *said,
        f"MRR has the days of {zone}; use, cost and recognised revenue have UTC days.",
        "Cost that no event ties to a customer is on no customer's report, so costs of all "
        "customers are less than the bill.",
        "A dash stands where nothing is known; zero is written as a number.",
    )


def _summary(who: Payload, now: Payload, before: Payload, currency: str) -> Section:
    def fact(id_: str, label: str, unit: Unit, code: str | None, reason: str) -> Fact:
        value = now.get(id_)
        return Fact(
            id_, label, value, unit, code, before.get(id_), reason if value is None else None
        )

    about = [
        ("customer_id", "Customer", who["customer_id"]),
        ("status", "Status now", who["status"]),
        ("plan", "Plan now", who["plan"]),
        ("first_paid_date", "First paid", who["first_paid_date"]),
        ("country", "Country", who["country"]),
    ]
    return Section(
        "summary",
        "Summary",
        facts=(
            fact("mrr", "MRR at the month's end", "money", currency, "has never paid"),
            fact("revenue_usd", "Revenue earned", "money", "usd", "nothing earned or used"),
            fact("cost_usd", "AI cost", "money", "usd", "nothing earned or used"),
            fact("margin_usd", "Margin after AI cost", "money", "usd", "nothing earned or used"),
            fact("margin_rate", "Margin rate", "share", None, "nothing earned"),
            fact("calls", "API requests", "count", None, _NO_USE),
            fact("error_rate", "Error rate", "share", None, "no request, or no status known"),
            fact("llm_calls", "LLM calls", "count", None, _NO_USE),
            *(
                Fact(
                    id_,
                    label,
                    value,
                    "day" if isinstance(value, date) else "text",
                    reason=None if value is not None else "not known",
                )
                for id_, label, value in about
            ),
        ),
    )


def _use(asked: CustomerMonth) -> Section:
    total, days, endpoints = asked.usage(), asked.days(), asked.endpoints()
    known = {
        "days_with_use": ("Days with use", "count"),
        "successes": ("Successful requests", "count"),
        "errors": ("Failed requests", "count"),
        "peak_hour": ("Busiest hour", "hour"),
        "feature_uses": ("Uses of features", "count"),
        "logins": ("Logins", "count"),
        "input_tokens": ("Input tokens", "count"),
        "output_tokens": ("Output tokens", "count"),
    }
    facts: list[Fact] = []
    for name, (label, unit) in known.items():
        value = total.get(name)
        reason = None if value is not None else (_NO_REQUEST if name == "peak_hour" else _NO_USE)
        facts.append(Fact(name, label, value, unit, reason=reason))  # type: ignore[arg-type]
    top = endpoints[0]["endpoint"] if endpoints else None
    most = Fact(
        "top_endpoint", "Most used endpoint", None if top is None else formatting.thing_name(top),
        "text", reason=None if top else _NO_REQUEST,
    )  # fmt: skip
    charts: tuple[Chart, ...] = ()
    if total["days_with_use"]:
        charts = (
            Chart(
                "calls_by_day",
                "API requests and LLM requests by day",
                "bar",
                tuple(str(day["date"].day) for day in days),
                (
                    Series("calls", "API requests", tuple(day["calls"] for day in days)),
                    Series("llm_requests", "LLM requests", tuple(day["llm_calls"] for day in days)),
                ),
                "count",
            ),
        )
    by_day = table(
        "days",
        "Day by day",
        (
            Column("date", "Day", "day"),
            Column("calls", "API requests", "count"),
            Column("errors", "Failed", "count"),
            Column("llm_calls", "LLM requests", "count"),
            Column("mean_response_time_ms", "Mean time", "milliseconds"),
            Column("p95_response_time_ms", "p95", "milliseconds"),
            Column("peak_hour", "Busiest hour", "hour"),
        ),
        [day for day in days if any(day[key] is not None for key in ("calls", "llm_calls"))],
        "No event of this customer in the month.",
        "Days without any event are left out. LLM requests that the app's own cache answered are "
        "counted here; LLM calls are those that reached a provider.",
    )
    return Section("use", "Use", facts=(*facts, most), charts=charts, tables=(by_day,))


def _performance(asked: CustomerMonth) -> Section:
    total, endpoints = asked.usage(), asked.endpoints()
    untimed = "no request with a known time and status"
    scores: tuple[tuple[str, str, Unit], ...] = (
        ("score", "Score", "score"),
        ("mean_response_time_ms", "Mean response time", "milliseconds"),
    )
    return Section(
        "performance",
        "Performance",
        text=(
            "The score is 0 to 100: half for the mean time (under 500 ms 50, 1,000 ms 40, "
            "2,000 ms 30, else 20), half for errors (under 1 % 50, 5 % 40, 10 % 30, else 20).",
        ),
        facts=tuple(
            Fact(name, label, total[name], unit, reason=untimed if total[name] is None else None)
            for name, label, unit in scores
        ),
        tables=(
            table(
                "endpoints",
                "Endpoints",
                (
                    Column("endpoint", "Endpoint", "text"),
                    Column("calls", "Requests", "count"),
                    Column("errors", "Failed", "count"),
                    Column("error_rate", "Error rate", "share"),
                    Column("mean_response_time_ms", "Mean time", "milliseconds"),
                    Column("p95_worst_day_ms", "p95, worst day", "milliseconds"),
                    Column("score", "Score", "score"),
                ),
                _named(endpoints, "endpoint"),
                "No request of this customer in the month.",
            ),
        ),
    )  # fmt: skip


def _cost(asked: CustomerMonth) -> Section:
    def by(id_: str, title: str, rows: Sequence[Payload]) -> object:
        return table(
            id_,
            title,
            (
                Column(id_.removeprefix("cost_by_"), title.removeprefix("AI cost by ").title(),
                       "text"),
                Column("cost_usd", "AI cost", "money", "usd"),
                Column("list_cost_usd", "At list price", "money", "usd"),
            ),
            _named(rows, id_.removeprefix("cost_by_")),
            "No AI cost of this customer in the month.",
        )  # fmt: skip

    tables = (
        by("cost_by_feature", "AI cost by feature", asked.cost_by_feature()),
        by("cost_by_model", "AI cost by model", asked.cost_by_model()),
    )
    return Section("cost", "AI cost", tables=tables)  # type: ignore[arg-type]


def _plan(asked: CustomerMonth, currency: str) -> Section:
    limits = asked.allowance()
    without_limit = (
        "the plan has no row in seeds/plan_limits.csv"
        if limits.get("plan")
        else "on no plan in the month"
    )
    facts = []
    for name, label, unit, code, reason in (
        ("plan", "Plan", "text", None, "on no plan in the month"),
        ("allowance", "Calls included", "count", None, without_limit),
        ("calls", "Calls counted", "count", None, _NO_USE),
        ("allowance_used", "Share used", "share", None, without_limit),
        ("overage_calls", "Calls above it", "count", None, without_limit),
        ("overage_usd", "Price of those", "money", "usd", without_limit),
        ("cost_usd_per_call", "AI cost per call", "unit_cost", "usd", "no calls"),
        ("revenue_usd_per_call", "Revenue per call", "unit_cost", "usd", "no calls"),
    ):
        value = limits.get(name)
        facts.append(
            Fact(f"plan_{name}", label, value, unit, code,  # type: ignore[arg-type]
                 reason=None if value is not None else reason)
        )  # fmt: skip
    subscriptions = [
        {**row, "earning_state": _STATES.get(row["earning_state"], row["earning_state"])}
        for row in asked.subscriptions()
    ]
    movements = [
        {
            **row,
            "movement_type": formatting.series_name(row["movement_type"]),
            "reason": (row["reason"] or "").replace("_", " ") or None,
        }
        for row in asked.movements()
    ]
    return Section(
        "plan",
        "Plan and price",
        facts=tuple(facts),
        tables=(
            table(
                "subscriptions",
                "Subscribed at the month's end",
                (
                    Column("product", "Product", "text"),
                    Column("quantity", "Quantity", "count"),
                    Column("earning_state", "State", "text"),
                    Column("gross_mrr", "List price", "money"),
                    Column("discount_mrr", "Discount", "money"),
                    Column("mrr", "MRR", "money"),
                    Column("currency", "Currency", "text"),
                ),
                subscriptions,
                "No subscription at the month's end.",
                "Amounts a month, in the currency of the subscription.",
            ),
            table(
                "movements",
                "What moved MRR",
                (
                    Column("movement_date", "Day", "day"),
                    Column("movement_type", "Movement", "text"),
                    Column("reason", "Reason", "text"),
                    Column("mrr_change", "MRR", "money", currency),
                ),
                movements,
                "MRR did not move.",
            ),
        ),
    )


def _advice(asked: CustomerMonth, who: Payload) -> Section:
    limits = asked.allowance()
    said = []
    recommendation = limits.get("recommendation")
    if recommendation:
        plan = limits.get("recommended_plan")
        to = f" ({plan})" if plan else ""
        said.append(f"{_ADVICE.get(recommendation, recommendation)}{to}. {limits['reason']}.")
    elif limits.get("reason"):
        said.append(f"No advice on the plan: {limits['reason'].lower()}.")
    if who["health"]:
        reasons = f": {who['health_reasons']}" if who["health_reasons"] else ""
        said.append(
            f"Health at the build's clock: {who['health'].replace('_', ' ')}, "
            f"{who['health_score']} of 100{reasons}."
        )
    rows = [
        {**row, "insight_type": _FINDINGS.get(row["insight_type"], row["insight_type"])}
        for row in asked.findings()
    ]
    return Section(
        "advice",
        "Advice",
        text=tuple(said),
        tables=(
            table(
                "findings",
                "Findings of the month",
                (
                    Column("period_start", "From", "day"),
                    Column("insight_type", "Finding", "text"),
                    Column("message", "What was found", "text"),
                ),
                rows,
                "Nothing was found.",
            ),
        ),
    )


def _trend(months: list[Payload], currency: str) -> Section:
    columns = (
        Column("month", "Month", "month"),
        Column("mrr", "MRR", "money", currency),
        Column("revenue_usd", "Revenue", "money", "usd"),
        Column("cost_usd", "AI cost", "money", "usd"),
        Column("margin_usd", "Margin", "money", "usd"),
        Column("margin_rate", "Rate", "share"),
        Column("calls", "Requests", "count"),
        Column("error_rate", "Errors", "share"),
        Column("llm_calls", "LLM calls", "count"),
    )
    charts: tuple[Chart, ...] = ()
    if len(months) > 1:
        labels = tuple(f"{row['month']:%b %y}" for row in months)
        charts = (
            Chart(
                "revenue_and_cost",
                "Revenue and AI cost by month",
                "line",
                labels,
                tuple(
                    Series(name, label, tuple(row[name] for row in months))
                    for name, label in (("revenue_usd", "Revenue"), ("cost_usd", "AI cost"))
                ),
                "money",
                "usd",
            ),
            Chart(
                "use_by_month",
                "API requests and LLM calls by month",
                "bar",
                labels,
                tuple(
                    Series(name, label, tuple(row[name] for row in months))
                    for name, label in (("calls", "API requests"), ("llm_calls", "LLM calls"))
                ),
                "count",
            ),
        )
    return Section(
        "trend",
        "The months before",
        charts=charts,
        tables=(table("months", "Month by month", columns, months, "No month with data so far."),),
    )


def _named(rows: Sequence[Payload], name: str) -> list[Payload]:
    """The rows with placeholders such as `__unattributed__` as people read them."""
    return [{**row, name: formatting.thing_name(row[name])} for row in rows]
