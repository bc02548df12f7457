"""ChartMogul's MRR beside ours, month by month, each difference with its reason.

ChartMogul knows no pauses: one is churn there, and its end a reactivation. They are put together
before the two are compared. Its amounts are cents of its account's currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.published.reader import Published

#: Measure -> (our columns, ChartMogul's field).
MEASURES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "mrr": (("closing_mrr",), "mrr"),
    "new": (("new_mrr",), "mrr-new-business"),
    "expansion": (("expansion_mrr",), "mrr-expansion"),
    "contraction": (("contraction_mrr",), "mrr-contraction"),
    "churn": (("churn_mrr", "pause_mrr"), "mrr-churn"),
    "reactivation": (("reactivation_mrr", "resume_mrr"), "mrr-reactivation"),
}
_SQL: Final = """
    select month, currency, is_provisional, fx_mrr, closing_customers, closing_mrr, new_mrr,
        expansion_mrr, contraction_mrr, churn_mrr, pause_mrr, reactivation_mrr, resume_mrr
    from finance.mrr_movements_by_month
    order by month
"""
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Difference:
    """One measure of one month; what is unknown is None. `reason` says why they differ."""

    month: date
    measure: str
    ours: Decimal | None
    theirs: Decimal | None
    difference: Decimal | None
    reason: str


def our_months(published: Published) -> list[dict[str, Any]]:
    """Our months, the oldest first."""
    return published.rows(_SQL)


def compared(
    ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], currency: str | None
) -> list[Difference]:
    """Every measure of every month that we have."""
    by_month = {str(one.get("date"))[:7]: one for one in theirs}
    found = []
    for month in ours:
        other = by_month.get(f"{month['month']:%Y-%m}")
        for measure, (columns, key) in MEASURES.items():
            mine = _sum(month[column] for column in columns)
            cents = None if other is None else other.get(key)
            amount = None if cents is None else Decimal(str(cents)) / 100
            found.append(_difference(month, measure, mine, amount, currency))
    return found


def _difference(
    month: Mapping[str, Any],
    measure: str,
    mine: Decimal | None,
    theirs: Decimal | None,
    currency: str | None,
) -> Difference:
    same_currency = currency is None or currency == str(month["currency"]).lower()
    known = mine is not None and theirs is not None and same_currency
    difference = mine - theirs if known and mine is not None and theirs is not None else None
    reason = _reason(month, measure, difference, theirs, same_currency=same_currency)
    return Difference(month["month"], measure, mine, theirs, difference, reason)


def _reason(
    month: Mapping[str, Any],
    measure: str,
    difference: Decimal | None,
    theirs: Decimal | None,
    *,
    same_currency: bool,
) -> str:
    if not same_currency:
        return "other currency"
    if theirs is None:
        return "not told by ChartMogul"
    if difference is None:
        return "not known here"
    # each customer's amount is rounded to a cent there
    if abs(difference) <= _CENT * max(int(month["closing_customers"] or 0), 1):
        return "equal to the cent of each customer"
    if month["is_provisional"]:
        return "the month is running"
    if measure in ("expansion", "contraction") and month["fx_mrr"]:
        return "exchange rates move amounts there, ours are apart (fx_mrr)"
    return "not explained: compare the customers of this month"


def _sum(values: Any) -> Decimal | None:
    found = list(values)
    return None if any(one is None for one in found) else sum(found, Decimal(0))
