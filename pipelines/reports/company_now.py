"""The month itself in the board report: money, movements, cost, margins, customers, retention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.published.questions import formatting
from pipelines.published.questions.answers.company_month import RANKED, CompanyMonth
from pipelines.published.questions.answers.spans import Payload
from pipelines.published.questions.periods import add_months
from pipelines.reports.model import Chart, Column, Fact, Section, Series, Unit, table

#: Rows of features or plans; what follows is one row.
_MOST: Final = 25
#: Movements in the order of the waterfall.
MOVEMENTS: Final = (
    "new", "expansion", "reactivation", "resume", "contraction", "pause", "churn", "fx",
)  # fmt: skip
_RECURRING: Final[tuple[tuple[str, str, Unit], ...]] = (
    ("closing_mrr", "MRR", "money"),
    ("arr", "ARR", "money"),
    ("net_new_mrr", "Net new MRR", "money"),
    ("closing_customers", "Paying customers", "count"),
    ("arpa", "ARPA", "money"),
    ("customer_churn_rate", "Customer churn", "share"),
    ("gross_mrr_churn_rate", "Gross MRR churn", "share"),
    ("nrr", "NRR", "share"),
    ("grr", "GRR", "share"),
    ("quick_ratio", "Quick ratio", "times"),
)
_PROFIT: Final[tuple[tuple[str, str, Unit], ...]] = (
    ("revenue_usd", "Revenue earned", "money"),
    ("llm_cost_usd", "AI cost", "money"),
    ("llm_margin_rate", "Margin after AI cost", "share"),
    ("gross_profit_usd", "Gross profit", "money"),
    ("gross_margin_rate", "Gross margin", "share"),
    ("net_profit_usd", "Net profit", "money"),
    ("net_margin_rate", "Net margin", "share"),
)
_COSTS: Final = (
    ("llm_cost_usd", "AI"),
    ("infrastructure_cost_usd", "Infrastructure"),
    ("observability_cost_usd", "Observability"),
    ("payment_fees_usd", "Payment fees"),
    ("other_cost_usd", "Other"),
    ("bad_debt_usd", "Bad debt"),
)
_REVENUE: Final = (
    ("invoiced", "Invoiced"),
    ("recognised_revenue", "Recognised"),
    ("cash_collected", "Cash collected"),
    ("refunds", "Refunds"),
    ("disputes", "Disputes"),
    ("usage_revenue", "Invoiced for use"),
    ("credit_pack_revenue", "Invoiced for credits"),
    ("deferred_revenue", "Deferred at the end"),
)


def summary(
    asked: CompanyMonth, recurring: Sequence[Payload], profit: Sequence[Payload], currency: str
) -> Section:
    """The numbers of the month beside those of the month before."""
    month, before = asked.month, add_months(asked.month, -1)
    users, requests = asked.users(), asked.requests()
    now, past = _at(users, month), _at(users, before)
    used: tuple[tuple[str, str, Unit], ...] = (
        ("active_users", "Active users", "count"),
        ("active_customers", "Active customers", "count"),
    )
    asked_for: tuple[tuple[str, str, Unit], ...] = (
        ("calls", "API requests", "count"), ("error_rate", "Error rate", "share"),
    )  # fmt: skip
    return Section(
        "summary",
        "Summary",
        text=("Changes are against the month before.",),
        facts=(
            *_facts(_RECURRING, _at(recurring, month), _at(recurring, before), currency,
                    "no recurring revenue in the month, or nothing to divide by"),
            *_facts(_PROFIT, _at(profit, month), _at(profit, before), "usd",
                    "no revenue or cost in the month"),
            *_facts(used, now, past, "usd", "no event of the month names users"),
            *_facts(asked_for, requests, {}, "usd", "no request in the month"),
        ),
    )  # fmt: skip


def movements(asked: CompanyMonth, recurring: Sequence[Payload], currency: str) -> Section:
    """What moved MRR, and the customers behind it."""
    now = _at(recurring, asked.month)
    charts: list[Chart] = []
    rows = []
    if now:
        steps = [("opening", now["opening_mrr"])]
        steps += [(name, now[f"{name}_mrr"]) for name in MOVEMENTS if now[f"{name}_mrr"]]
        steps += [("closing", now["closing_mrr"])]
        labels = tuple(formatting.series_name(name) for name, _ in steps)
        values = tuple(value for _, value in steps)
        charts.append(
            Chart("movements", "What moved MRR", "waterfall", labels,
                  (Series("mrr", "MRR", values),), "money", currency)
        )  # fmt: skip
        rows = [
            {"movement": formatting.series_name(name), "mrr": value}
            for name, value in (
                ("opening", now["opening_mrr"]),
                *((name, now[f"{name}_mrr"]) for name in MOVEMENTS),
                ("closing", now["closing_mrr"]),
            )
        ]
    charts += _trend(
        recurring, "mrr_by_month", "MRR at the month's end", "line",
        (("closing_mrr", "MRR"),), currency,
    )  # fmt: skip
    movers = [{**row, "movements": _movement_names(row["movements"])} for row in asked.movers()]
    return Section(
        "movements",
        "What moved MRR",
        charts=tuple(charts),
        tables=(
            table(
                "movements_of_month", "The month's movements",
                (Column("movement", "Movement", "text"),
                 Column("mrr", "MRR", "money", currency)),
                rows, "No recurring revenue in the month.",
                "Opening and all movements make the closing MRR, to the last decimal.",
            ),
            table(
                "movers", "Customers behind it: the largest gains and losses",
                (Column("customer", "Customer", "text"),
                 Column("customer_id", "Id", "text"),
                 Column("movements", "Movements", "text"),
                 Column("mrr_change", "MRR", "money", currency)),
                movers, "No customer's MRR moved.", "Exchange rates are left out.",
            ),
            table(
                "mrr_months", "Month by month",
                (Column("month", "Month", "month"),
                 Column("closing_mrr", "MRR", "money", currency),
                 Column("net_new_mrr", "Net new", "money", currency),
                 Column("closing_customers", "Customers", "count"),
                 Column("customer_churn_rate", "Churn", "share"),
                 Column("nrr", "NRR", "share"),
                 Column("grr", "GRR", "share"),
                 Column("quick_ratio", "Quick ratio", "times")),
                recurring, "No recurring revenue so far.",
            ),
        ),
    )  # fmt: skip


def _movement_names(text: str) -> str:
    return ", ".join(formatting.series_name(name) for name in text.split(", "))


def _trend(
    rows: Sequence[Payload],
    id_: str,
    title: str,
    kind: str,
    series: Sequence[tuple[str, str]],
    currency: str,
) -> list[Chart]:
    """A chart of months; none of a single one."""
    if len(rows) < 2:
        return []
    return [
        Chart(
            id_, title, kind,  # type: ignore[arg-type]
            tuple(f"{row['month']:%b %y}" for row in rows),
            tuple(Series(name, label, tuple(row[name] for row in rows)) for name, label in series),
            "money", currency,
        )
    ]  # fmt: skip


def revenue(rows: Sequence[Payload], month: date, currency: str) -> Section:
    """Invoiced, recognised and collected, with growth."""
    now = _at(rows, month)
    before = _at(rows, add_months(month, -1))
    growth: tuple[tuple[str, str, Unit], ...] = (
        ("mom_growth", "Growth on the month before", "share"),
        ("qoq_growth", "Quarter on quarter", "share"),
        ("yoy_growth", "Year on year", "share"),
    )
    money = tuple((name, label, "money") for name, label in _REVENUE)
    return Section(
        "revenue",
        "Revenue",
        text=("Growth is that of invoiced revenue.",),
        facts=(
            *_facts(money, now, before, currency, "nothing invoiced so far"),  # type: ignore[arg-type]
            *_facts(growth, now, {}, currency, "no complete period to compare with"),
        ),
        charts=tuple(
            _trend(rows, "revenue_by_month", "Invoiced, recognised and collected by month",
                   "line", _REVENUE[:3], currency)
        ),
        tables=(
            table(
                "revenue_months", "Month by month",
                (Column("month", "Month", "month"),
                 *(Column(name, label, "money", currency) for name, label in _REVENUE[:5]),
                 Column("deferred_revenue", "Deferred", "money", currency)),
                rows, "Nothing was invoiced so far.",
            ),
        ),
    )  # fmt: skip


def cost(asked: CompanyMonth, profit: Sequence[Payload], bills: Sequence[Payload]) -> Section:
    """Cost by kind, provider and feature."""
    now, before = _at(profit, asked.month), _at(profit, add_months(asked.month, -1))
    kinds = tuple((name, label, "money") for name, label in _COSTS)
    more: tuple[tuple[str, str, Unit], ...] = (
        ("unattributed_cost_usd", "AI cost of no feature", "money"),
        ("estimated_llm_cost_usd", "AI cost that no bill says", "money"),
        ("llm_calls", "LLM calls", "count"),
        ("llm_cost_to_revenue", "AI cost to revenue", "share"),
    )
    per_call: tuple[tuple[str, str, Unit], ...] = (
        ("llm_cost_usd_per_call", "AI cost per LLM call", "unit_cost"),
    )
    cost_facts = _facts((*kinds, *more), now, before, "usd", "not known")  # type: ignore[arg-type]
    unit = tuple(
        Fact(name, label, now.get(name), unit, "usd", before.get(name),
             None if now.get(name) is not None else "no LLM call in the month")
        for name, label, unit in per_call
    )  # fmt: skip
    features = [
        row for row in asked.features() if row["llm_cost_usd"] or row["llm_cost_usd_before"]
    ]
    return Section(
        "cost",
        "Cost",
        facts=(*cost_facts, *unit),
        charts=tuple(
            _trend(profit, "ai_cost_by_month", "AI cost by month", "bar",
                   (("llm_cost_usd", "AI cost"),), "usd")
        ),
        tables=(
            table(
                "bills", "By provider",
                (Column("provider", "Provider", "text"),
                 Column("source_account", "Account", "text"),
                 Column("cost_kind", "Kind", "text"),
                 Column("basis", "Basis", "text"),
                 Column("billed_usd", "Billed", "money", "usd"),
                 Column("not_final_usd", "Not final", "money", "usd"),
                 Column("restated_usd", "Restated", "money", "usd")),
                bills, "No provider's bill of the month is loaded.",
                "Restated is what providers changed after they had first billed it.",
            ),
            table(
                "cost_by_feature", "AI cost by feature",
                (Column("feature", "Feature", "text"),
                 Column("llm_cost_usd", "AI cost", "money", "usd"),
                 Column("llm_cost_usd_before", "Month before", "money", "usd"),
                 Column("requests", "LLM calls", "count")),
                _shortened(_named(features, "feature"), "feature",
                           ("llm_cost_usd", "llm_cost_usd_before")),
                "No AI cost in the month.",
            ),
        ),
    )  # fmt: skip


def margins(asked: CompanyMonth, profit: Sequence[Payload]) -> Section:
    """What is left, by month, feature and plan."""
    features = [row for row in asked.features() if not row["is_placeholder"]]
    features.sort(key=lambda row: (-row["margin_usd"], row["feature_id"]))
    money = (
        Column("revenue_usd", "Revenue", "money", "usd"),
        Column("cost_usd", "AI cost", "money", "usd"),
        Column("margin_usd", "Margin", "money", "usd"),
        Column("margin_rate", "Rate", "share"),
    )
    return Section(
        "margins",
        "Margins",
        charts=tuple(
            _trend(profit, "profit_by_month", "Revenue, gross and net profit by month", "line",
                   (("revenue_usd", "Revenue"), ("gross_profit_usd", "Gross profit"),
                    ("net_profit_usd", "Net profit")), "usd")
        ),
        tables=(
            table(
                "profit_months", "Month by month",
                (Column("month", "Month", "month"),
                 Column("revenue_usd", "Revenue", "money", "usd"),
                 Column("llm_cost_usd", "AI cost", "money", "usd"),
                 Column("gross_profit_usd", "Gross profit", "money", "usd"),
                 Column("gross_margin_rate", "Gross margin", "share"),
                 Column("net_profit_usd", "Net profit", "money", "usd"),
                 Column("net_margin_rate", "Net margin", "share")),
                profit, "No revenue or cost so far.",
            ),
            table(
                "margin_by_feature", "Features, the best first",
                (Column("feature", "Feature", "text"), *money,
                 Column("active_customers", "Customers", "count")),
                _ends(features), "No feature earned or cost in the month.",
                "Margins after AI cost; what belongs to no feature is left out."
                + (f" The best {RANKED} and the worst {RANKED} of {len(features)}."
                   if len(features) > 2 * RANKED else ""),
            ),
            table(
                "margin_by_plan", "Plans",
                (Column("plan", "Plan", "text"), Column("customers", "Customers", "count"), *money),
                _shortened(_named(asked.plans(), "plan"), "plan",
                           ("revenue_usd", "cost_usd", "margin_usd")),
                "No plan earned or cost in the month.",
            ),
        ),
    )  # fmt: skip


def customers(asked: CompanyMonth) -> Section:
    """The customers that leave most and least."""
    columns = (
        Column("customer", "Customer", "text"),
        Column("customer_id", "Id", "text"),
        Column("revenue_usd", "Revenue", "money", "usd"),
        Column("cost_usd", "AI cost", "money", "usd"),
        Column("margin_usd", "Margin", "money", "usd"),
        Column("margin_rate", "Rate", "share"),
        Column("requests", "LLM calls", "count"),
    )
    nobody = "No customer earned or cost in the month."
    return Section(
        "customers",
        "Customers",
        tables=(
            table("best_customers", "Largest margin after AI cost", columns,
                  asked.best_customers(), nobody),
            table("worst_customers", "Smallest margin after AI cost", columns,
                  asked.worst_customers(), nobody),
        ),
    )  # fmt: skip


def retention(asked: CompanyMonth, recurring: Sequence[Payload], currency: str) -> Section:
    """Who stays: over twelve months, and by the month they first paid."""
    names: tuple[tuple[str, str, Unit], ...] = (
        ("nrr_12_months", "NRR over 12 months", "share"),
        ("grr_12_months", "GRR over 12 months", "share"),
        ("opening_customers", "Customers at the start", "count"),
        ("new_customers", "New", "count"),
        ("churned_customers", "Left", "count"),
        ("reactivated_customers", "Came back", "count"),
    )
    now, before = _at(recurring, asked.month), _at(recurring, add_months(asked.month, -1))
    return Section(
        "retention",
        "Retention",
        facts=_facts(names, now, before, currency, "no customers to look at, 12 months before"),
        tables=(
            table(
                "cohorts", "Customers by the month they first paid, as they stood at month end",
                (Column("cohort_month", "First paid", "month"),
                 Column("customers", "Customers", "count"),
                 Column("retained_customers", "Still pay", "count"),
                 Column("logo_retention", "Of customers", "share"),
                 Column("first_mrr", "First MRR", "money", currency),
                 Column("mrr", "MRR now", "money", currency),
                 Column("net_retention", "Net of MRR", "share")),
                asked.cohorts(), "Nobody first paid in the last 12 months.",
            ),
        ),
    )  # fmt: skip


def _at(rows: Sequence[Payload], month: date) -> Payload:
    return next((row for row in rows if row["month"] == month), {})


def _facts(
    names: Sequence[tuple[str, str, Unit]], now: Payload, before: Payload, currency: str, why: str
) -> tuple[Fact, ...]:
    """Facts of one row of a month, beside the same of the month before."""
    found = []
    for name, label, unit in names:
        value = now.get(name)
        reason = None if value is not None else why
        code = currency if unit == "money" else None
        found.append(Fact(name, label, value, unit, code, before.get(name), reason))
    return tuple(found)


def _ends(rows: Sequence[Payload]) -> list[Payload]:
    """The first and the last rows of a ranking."""
    return list(rows) if len(rows) <= 2 * RANKED else [*rows[:RANKED], *rows[-RANKED:]]


def _shortened(rows: Sequence[Payload], name: str, sums: Sequence[str]) -> list[Payload]:
    """The first `_MOST` rows, and one that sums the rest: `name` says how many they are."""
    if len(rows) <= _MOST:
        return list(rows)
    rest = rows[_MOST:]
    last: Payload = dict.fromkeys(rest[0])
    for column in sums:
        last[column] = sum((row[column] for row in rest if row[column] is not None), Decimal(0))
    return [*rows[:_MOST], {**last, name: f"{len(rest)} more"}]


def _named(rows: Sequence[Payload], name: str) -> list[Payload]:
    """The rows with placeholders such as `__unattributed__` as people read them."""
    return [{**row, name: formatting.thing_name(row[name])} for row in rows]
