"""What the board report says beyond the month: restatements, forecast, how sure, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.published.questions import formatting
from pipelines.published.questions.answers.company_month import CompanyMonth
from pipelines.published.questions.answers.spans import Payload
from pipelines.reports.issues import Issue, differences
from pipelines.reports.model import Chart, Column, Fact, Section, Series, Unit, table

_FORECASTS: Final = {
    "mrr": "MRR",
    "recognised_revenue": "Recognised revenue",
    "llm_cost": "AI cost",
    "gross_margin": "Gross margin",
}
_DEFINED: Final = (
    "mrr", "arr", "net_new_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr",
    "reactivation_mrr", "paying_customers", "arpa", "customer_churn_rate", "gross_mrr_churn_rate",
    "net_mrr_churn_rate", "nrr", "grr", "quick_ratio", "revenue", "llm_cost", "llm_margin_rate",
    "gross_profit", "gross_margin_rate", "net_profit", "unattributed_cost",
)  # fmt: skip
#: Figures of a month that a later issue is compared with: name -> title, currency (None: report).
FIGURES: Final = {
    "closing_mrr": ("MRR", None),
    "net_new_mrr": ("Net new MRR", None),
    "closing_customers": ("Paying customers", None),
    "churned_customers": ("Churned customers", None),
    "invoiced": ("Invoiced", None),
    "recognised_revenue": ("Recognised revenue", None),
    "cash_collected": ("Cash collected", None),
    "revenue_usd": ("Revenue earned", "usd"),
    "llm_cost_usd": ("AI cost", "usd"),
    "gross_profit_usd": ("Gross profit", "usd"),
    "net_profit_usd": ("Net profit", "usd"),
}
_COUNTS: Final = ("closing_customers", "churned_customers")


def restatements(
    asked: CompanyMonth, figures: dict[str, dict[str, str]], last: Issue | None, currency: str
) -> Section:
    """What closed months say now that they did not say when they were issued or closed."""
    text: list[str] = []
    rows: list[dict[str, object]] = []
    if last is None:
        text.append("No earlier issue lies in the reports folder: nothing to compare with.")
    elif last.currency != currency:
        text.append(
            f"The last issue (of {last.month}) was in {last.currency.upper()}: nothing to compare "
            "with."
        )
    else:
        text.append(
            f"Compared with the issue of {last.month}, made on {formatting.clock(last.as_of)} "
            f"from build {last.build_id}. Months that both know are compared."
        )
        for found in differences(last.figures, figures):
            if found.name not in FIGURES:
                continue
            title, code = FIGURES[found.name]
            rows.append(
                {
                    "month": found.month,
                    "figure": title,
                    "issued": found.before,
                    "now": found.now,
                    "change": found.change,
                    "currency": "" if found.name in _COUNTS else (code or currency).upper(),
                }
            )
    closed = [
        {
            **row,
            "measure": row["measure"].replace("_", " "),
            "closed_at": row["closed_at"].date(),
        }
        for row in asked.restated_since_closed()
    ]
    return Section(
        "restatements",
        "Restatements",
        text=tuple(text),
        tables=(
            table(
                "since_last_issue", "Closed months that changed since the last issue",
                (Column("month", "Month", "month"), Column("figure", "Figure", "text"),
                 Column("issued", "As issued", "number"), Column("now", "Now", "number"),
                 Column("change", "Change", "number"), Column("currency", "Currency", "text")),
                rows,  # type: ignore[arg-type]
                "Nothing changed." if rows or last else "Nothing to compare with.",
            ),
            table(
                "since_closed", "MRR of months that changed since they were closed",
                (Column("month", "Month", "month"), Column("measure", "Measure", "text"),
                 Column("closed_value", "As closed", "number"),
                 Column("current_value", "Now", "number"),
                 Column("restated_value", "Change", "number"),
                 Column("closed_at", "Closed on", "day")),
                closed, "No closed month changed.",
                f"Amounts in {currency.upper()}; measures of customers are numbers of customers.",
            ),
        ),
    )  # fmt: skip


def forecast(asked: CompanyMonth, currency: str) -> Section:
    """What is ahead, with how often such bands held; or that there is no forecast."""
    rows = asked.forecast()
    if not rows:
        said = (
            "This build has no forecast." if rows is None
            else "No forecast was made: there is not enough history, or no month ahead of it."
        )  # fmt: skip
        return Section("forecast", "Forecast", text=(said,))
    text, tables, charts = [], [], []
    for metric in dict.fromkeys(row["metric"] for row in rows):
        of_metric = [row for row in rows if row["metric"] == metric]
        first = of_metric[0]
        name = _FORECASTS.get(metric, metric.replace("_", " "))
        unit: Unit = "share" if metric == "gross_margin" and _is_share(of_metric) else "money"
        code = None if unit == "share" else (currency if metric == "mrr" else "usd")
        if metric == "recognised_revenue":
            code = currency
        text.append(f"{name}: {_held(first)} Method: {first['method'] or 'not said'}.")
        columns = (
            Column("month", "Month", "month"),
            *(
                Column(column, label, unit, code)
                for column, label in (
                    ("value", "Forecast"), ("lower_80", "80 % from"), ("upper_80", "80 % to"),
                    ("lower_95", "95 % from"), ("upper_95", "95 % to"),
                )
            ),
        )  # fmt: skip
        tables.append(table(f"forecast_{metric}", name, columns, of_metric, "No forecast."))
        if metric == "mrr" and len(of_metric) > 1:
            charts.append(
                Chart(
                    "forecast_mrr", "MRR forecast with its 80 % band", "line",
                    tuple(f"{row['month']:%b %y}" for row in of_metric),
                    tuple(
                        Series(column, label, tuple(row[column] for row in of_metric))
                        for column, label in (("value", "Forecast"), ("lower_80", "Lower bound"),
                                              ("upper_80", "Upper bound"))
                    ),
                    unit, code,
                )
            )  # fmt: skip
    moved = asked.forecast_movements()
    if moved:
        labels = ("Opening", "New", "Expansion", "Came back", "Contraction", "Lost", "Closing")
        names = [name for name in moved[0] if name != "month"]
        columns = (
            Column("month", "Month", "month"),
            *(
                Column(name, label, "money", currency)
                for name, label in zip(names, labels, strict=True)
            ),
        )
        tables.append(table("forecast_movements", "Movements of MRR", columns, moved, "None."))
    clock = formatting.clock(asked.build.facts.as_of)
    return Section(
        "forecast",
        "Forecast",
        text=(f"Made at the build's clock, {clock}.", *text),
        charts=tuple(charts),
        tables=tuple(tables),
    )


def _is_share(rows: Sequence[Payload]) -> bool:
    return all(row["value"] is None or abs(row["value"]) <= 1 for row in rows)


def _held(row: Payload) -> str:
    """How often the forecast's own bands held in the past."""
    if not row["coverage_n"] or row["coverage_80"] is None:
        return "its bands could not be tried on the past."
    parts = [f"its 80 % band held {formatting.percent(row['coverage_80'])}"]
    if row["coverage_95"] is not None:
        parts.append(f"its 95 % band {formatting.percent(row['coverage_95'])}")
    return f"{', '.join(parts)} of {formatting.count(row['coverage_n'])} past forecasts."


def quality(asked: CompanyMonth) -> Section:
    """How much of the bill and of MRR is explained, and what stands open."""
    found = asked.data_quality()
    names: tuple[tuple[str, str, Unit, str], ...] = (
        ("attributed_share", "Of the AI bill explained by events", "share",
         "no bill in the month"),
        ("evidenced_share", "Of MRR seen as events or snapshots", "share",
         "no recurring revenue in the month"),
        ("exceptions", "Objects left out or not judged", "count", ""),
        ("open_alerts", "Open alerts at the build's clock", "count", ""),
    )  # fmt: skip
    return Section(
        "quality",
        "How sure the numbers are",
        facts=tuple(
            Fact(name, label, found[name], unit, reason=None if found[name] is not None else why)
            for name, label, unit, why in names
        ),
    )


def definitions(asked: CompanyMonth) -> Section:
    """Meaning and formula of the numbers of the report."""
    return Section(
        "definitions",
        "Definitions",
        tables=(
            table(
                "definitions_used", "Words of this report",
                (Column("title", "Number", "text"), Column("meaning", "Meaning", "text"),
                 Column("formula", "Formula", "text")),
                asked.definitions(_DEFINED), "The build has no dictionary.",
            ),
        ),
    )  # fmt: skip
