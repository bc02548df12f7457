"""The company's month for its board: closed months, and what changed since the last issue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pipelines.published.questions import formatting
from pipelines.published.questions.answers.company_month import CompanyMonth
from pipelines.published.questions.answers.spans import Payload
from pipelines.published.questions.periods import add_months
from pipelines.published.reader import Published
from pipelines.reports.company_beyond import FIGURES, definitions, forecast, quality, restatements
from pipelines.reports.company_now import (
    cost,
    customers,
    margins,
    movements,
    retention,
    revenue,
    summary,
)
from pipelines.reports.issues import Issue
from pipelines.reports.model import Report


def is_closed(month: date, as_of: datetime, time_zone: str) -> bool:
    """Whether a month (its first day) is over at a clock, in the report's time zone and in UTC."""
    end = add_months(month, 1)
    return as_of.date() >= end and as_of.astimezone(ZoneInfo(time_zone)).date() >= end


def company_report(build: Published, month: date, last: Issue | None) -> Report:
    """The report of a closed month.

    Args:
        build: the published build.
        month: its first day; `is_closed` holds for it.
        last: the issue that the figures of closed months are compared with.
    """
    asked = CompanyMonth(build, month)
    facts = build.facts
    currency = facts.report_currency.lower()
    recurring, profit, earned = asked.recurring(), asked.profit(), asked.revenue()
    bills = asked.bills()
    open_usd = sum((row["not_final_usd"] for row in bills), Decimal(0))
    is_provisional = bool(open_usd) or any(
        row["is_provisional"] for rows in (recurring, profit, earned) for row in rows[-1:]
        if row["month"] == month
    )  # fmt: skip
    figures = _figures(recurring, profit, earned)
    return Report(
        kind="company",
        title=f"Board report: {formatting.month(month)}",
        subject_id=None,
        subject_name="Company",
        month=month,
        is_provisional=is_provisional,
        build_id=facts.build_id,
        built_at=facts.built_at,
        as_of=facts.as_of,
        currency=currency,
        time_zone=facts.report_timezone,
        notes=_notes(recurring, profit, month, open_usd, facts.report_timezone),
        sections=(
            summary(asked, recurring, profit, currency),
            movements(asked, recurring, currency),
            revenue(earned, month, currency),
            cost(asked, profit, bills),
            margins(asked, profit),
            customers(asked),
            retention(asked, recurring, currency),
            restatements(asked, figures, last, currency),
            forecast(asked, currency),
            quality(asked),
            definitions(asked),
        ),
        figures=figures,
    )


def _notes(
    recurring: Sequence[Payload], profit: Sequence[Payload], month: date, open_usd: Decimal,
    zone: str,
) -> tuple[str, ...]:  # fmt: skip
    said = []
    at_month = [row for row in (*recurring, *profit) if row["month"] == month]
    if not at_month:
        said.append("The published build has no recurring revenue, revenue or cost of this month.")
    if open_usd:
        said.append(
            f"{formatting.money(open_usd, 'usd')} of the month's bills are not final: providers "
            "may still change them."
        )
    missing = next((row["missing_costs"] for row in profit if row["month"] == month), None)
    if missing:
        said.append(
            "Profits and margins lack the costs of which nothing is known: "
            f"{missing.replace('_', ' ')}."
        )
    return (
        *said,
        f"MRR, invoices and money have the months of {zone}; earned revenue, cost and margins "
        "have UTC months and are in US dollars.",
        "A dash stands where nothing is known; zero is written as a number.",
    )


def _figures(
    recurring: Sequence[Payload], profit: Sequence[Payload], revenue: Sequence[Payload]
) -> dict[str, dict[str, str]]:
    """The figures of each closed month, decimals as text: what the next issue is compared with."""
    found: dict[str, dict[str, str]] = {}
    for rows in (recurring, profit, revenue):
        for row in rows:
            of_month = found.setdefault(f"{row['month']:%Y-%m}", {})
            of_month.update(
                {
                    name: f"{row[name]:f}" if isinstance(row[name], Decimal) else str(row[name])
                    for name in FIGURES
                    if row.get(name) is not None
                }
            )
    return dict(sorted(found.items()))
