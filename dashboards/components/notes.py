"""Short lines beside numbers that say their parts and what they leave out. Never source text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboards.components.palette import GREY, Look
from pipelines.published.questions.formatting import count, day, days_of, money, month, signed
from pipelines.published.questions.periods import Selection, add_months, today
from pipelines.published.reader import Answer

CUSTOMERS_OF_PLANS: Final = (
    "Customers of a plan are counted in three ways: with MRR at the end of the month (Revenue), "
    "earned from in the month (Profitability), on the plan at its end, trials too (Usage)."
)
PALE: Final = "Pale bars are not complete: they may still change."
TIE_LOOKS: Final = {"attributed": Look("#4b4bff", ""), "__unattributed__": Look(GREY, "-")}
CACHE_LOOKS: Final = {"own_cache": Look("#3ca578", "")}
CALL_LOOKS: Final = {
    "successes": Look("#3ca578", ""),
    "errors": Look("#c31e2d", "x"),
    "llm_calls": Look("#4b4bff", "/"),
}
AHEAD_LOOKS: Final = {
    "mrr": Look("#4b4bff", ""),
    "goal": Look("#3ca578", ""),
    "forecast": Look("#d27800", ""),
    "forecast_low": Look(GREY, ""),
    "forecast_high": Look(GREY, ""),
}
USER_LOOKS: Final = {"returning": Look("#4b4bff", ""), "new": Look("#3ca578", "/")}
PERFORMANCE: Final = (
    "By day of the busiest endpoints, by month of services; hollow points are not complete."
)
_MARKS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def prefix(currency: str) -> str:
    """What stands before the numbers of an axis."""
    return _MARKS.get(currency, f"{currency} ")


def _first(answer: Answer) -> dict[str, Any]:
    rows = answer.table.to_pylist()
    return rows[0] if rows else {}


def churn_parts(answer: Answer) -> tuple[str, ...]:
    """The parts of the customer churn rate."""
    row = _first(answer)
    if row.get("customer_churn_rate") is None:
        return ()
    return (f"{count(row['churned_customers'])} of {count(row['opening_customers'])} customers",)


def cost_parts(answer: Answer, currency: str) -> tuple[str, ...]:
    """The parts of AI cost to revenue."""
    row = _first(answer)
    if row.get("llm_cost_to_revenue") is None:
        return ()
    cost, revenue = (money(row[name], currency) for name in ("llm_cost_usd", "revenue_usd"))
    return (f"{cost} of {revenue}",)


def bill_quality(answer: Answer, currency: str) -> tuple[str, ...]:
    """How much the bill moved since it was first stated, and which lines are in no total."""
    row = _first(answer)
    lines = []
    if row.get("restated"):
        lines.append(f"restated by {signed(money(row['restated'], currency))} since first billed")
    if row.get("lines_without_rate"):
        lines.append(
            f"{count(row['lines_without_rate'])} bill lines left out: no exchange rate for them "
            "in seeds/exchange_rates.csv"
        )
    return tuple(lines)


def cost_quality(answer: Answer, currency: str) -> tuple[str, ...]:
    """The part of the bill that no model is known for, and calls without a price."""
    row = _first(answer)
    lines = []
    if row.get("unmapped"):
        lines.append(
            f"{money(row['unmapped'], currency)} of it in line items that "
            "seeds/line_item_map.csv lacks"
        )
    return tuple(lines)


def of_the_bill(answer: Answer, currency: str) -> tuple[str, ...]:
    """The bill that an unattributed amount is part of, and what no loaded bill speaks of."""
    row = _first(answer)
    lines = []
    if row.get("billed") is not None:
        lines.append(f"of {money(row['billed'], currency)} billed")
    if row.get("estimated"):
        lines.append(
            f"beside it {money(row['estimated'], currency)} at list price: no bill of it is loaded"
        )
    return tuple(lines)


def scheduled(answer: Answer, currency: str) -> tuple[str, ...]:
    """What committed MRR is the sum of."""
    row = _first(answer)
    if not row.get("subscriptions"):
        return ("no change is scheduled",)
    change = row["scheduled_change"]
    word = "less" if change < 0 else "plus"
    return (
        f"{money(row['mrr'], currency)} {word} {money(abs(change), currency)} scheduled on "
        f"{count(row['subscriptions'])} subscriptions",
    )


def since(answer: Answer) -> tuple[str, ...]:
    """Since when a flow is counted."""
    begun = _first(answer).get("since")
    return (f"since {day(begun)}",) if begun else ()


def named(answer: Answer, column: str) -> str:
    """What a number is of, as source text: show it as plain text only."""
    return str(_first(answer).get(column) or "")


def few_of(few: int) -> str:
    """What is called few in a table of rates."""
    return f"Few: fewer than {count(few)} requests, so a rate says little."


def without_checks(rules: int) -> str:
    """Why no rule was checked."""
    if rules:
        return f"None of the {count(rules)} rules had a value to check yet: load and build first."
    return "No rules: seeds/alert_thresholds.csv has no rows."


def what_moved(selection: Selection) -> str:
    """The question of the waterfall, with its days."""
    return f"What moved MRR, {days_of(selection.period)}?"


def in_month(question: str, selection: Selection) -> str:
    """A question about the last month of the range; only the running one is so far."""
    last = selection.period.last_month
    clock = selection.clock and today(selection.clock)
    going_on = " so far" if clock and clock < add_months(last, 1) else ""
    return f"{question[:-1]} in {month(last)}{going_on}?"


def in_headline_month(question: str, selection: Selection) -> str:
    """A question about the last complete month of the range."""
    return f"{question[:-1]} in {month(selection.month)}?"


def months_since(number: int) -> str:
    """A place on the axis of cohorts."""
    return f"month {number}"


def of_cohort(row: Mapping[str, Any]) -> str:
    """The parts of a cohort's retention."""
    return f" ({count(row['retained_customers'])} of {count(row['customers'])} customers)"


def rate_of_calls(row: Mapping[str, Any], few: int = 0) -> str:
    """The parts of an error rate; a rate of fewer than `few` requests says little."""
    caution = ", few: read with care" if row["calls"] < few else ""
    return f" ({count(row['errors'])} of {count(row['calls'])} requests{caution})"


def usage_churn_parts(answer: Answer) -> tuple[str, ...]:
    """The parts of usage churn."""
    row = _first(answer)
    if row.get("usage_churn_rate") is None:
        return ()
    return (f"{count(row['users_lost'])} of {count(row['users_30_days_before'])} users",)


def on_last_day(question: str, selection: Selection) -> str:
    """A question about the last day of the range."""
    return f"{question[:-1]} on {day(selection.period.last_day)}?"


def month_text(moment: Any) -> str:
    """A place on an axis of months."""
    return month(moment)


def day_or_month(selection: Selection) -> Callable[[Any], str]:
    """How a point on the time axis of `product.performance` is written."""
    return day if selection.grain == "day" else month


def unsure(row: Mapping[str, Any]) -> str:
    """What is said of a value that is not complete."""
    return " (not complete: may still change)" if row["is_provisional"] else ""


def critical(answer: Answer) -> tuple[str, ...]:
    """How many of the open alerts are critical."""
    row = _first(answer)
    return (f"{count(row.get('open_critical'))} of them critical",)
