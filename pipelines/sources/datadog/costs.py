"""What Datadog bills, day by day.

The open month and the one before are estimates: running totals of the month so far, so a day is
what its total grew by, and a day that Datadog has not reached says nothing yet. From the 16th on
the month before is final, and so is every earlier month; Datadog then tells the month as a whole,
which is shared out evenly over its days, to the nano-dollar, and adds up to it.

A product's charges are told by type, with their total among them. The types are the lines; where
they do not add up to their total, the total alone is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.bill_days import exact
from pipelines.loading.tables import LiftError
from pipelines.loading.windows import ONE_DAY
from pipelines.sources.datadog.api import (
    ESTIMATED_COST,
    HISTORICAL_COST,
    DatadogClient,
    moment_of,
)

#: Day of the next month from which on a month's cost is final.
FINAL_FROM_DAY: Final = 16
ESTIMATED: Final = "estimated_cost"
HISTORICAL: Final = "historical_cost"
TOTAL: Final = "total"
NANO: Final = Decimal("0.000000001")

#: Organisation, its name, paying account, region, product, type of charge.
Line = tuple[str | None, str | None, str | None, str | None, str, str]


@dataclass
class Amounts:
    """What a record or several come to.

    Attributes:
        lines: each line's amount.
        total: of all, as Datadog adds it up; None where it does not say.
        unreadable: charges as sent, with what is wrong.
    """

    lines: dict[Line, Decimal] = field(default_factory=dict)
    total: Decimal | None = None
    unreadable: list[tuple[LiftError, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class BilledDay:
    """A day as it is written: lines, control total, which report said it."""

    day: date
    amounts: Amounts
    report: str


def month_of(day: date) -> date:
    """First day of the month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """First day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def is_final(month: date, today: date) -> bool:
    """Whether Datadog has closed a month by `today`."""
    return today >= next_month(month).replace(day=FINAL_FROM_DAY)


def read_month(
    client: DatadogClient, month: date, today: date, warn: Callable[[str], None]
) -> list[BilledDay]:
    """Every day of a month that Datadog speaks of by `today`.

    Raises:
        LoadError: it refuses, cannot be reached, or its answer makes no sense.
    """
    if is_final(month, today):
        found = _by_day(client, HISTORICAL_COST, month, _months(month), warn)
        if found:
            whole = _sum(found.values())
            return [
                BilledDay(day, amounts, HISTORICAL) for day, amounts in _shared_out(month, whole)
            ]
        if today >= next_month(next_month(month)):
            # a month without any record is one in which nothing was billed
            return []
        warn(f"{HISTORICAL_COST} does not know {month:%Y-%m} yet, so its estimate is read.")
    last = min(next_month(month) - ONE_DAY, today)
    days = {"start_date": month.isoformat(), "end_date": last.isoformat()}
    running = _by_day(
        client, ESTIMATED_COST, month, {**days, "cost_aggregation": "cumulative"}, warn
    )
    return [BilledDay(day, amounts, ESTIMATED) for day, amounts in _growth(running)]


def _months(month: date) -> dict[str, str]:
    return {"start_month": f"{month:%Y-%m}", "end_month": f"{month:%Y-%m}"}


def _by_day(
    client: DatadogClient,
    path: str,
    month: date,
    params: Mapping[str, str],
    warn: Callable[[str], None],
) -> dict[date, Amounts]:
    """Records of a month by their date, by organisation where there are several."""
    records = client.rows(path, {"view": "sub-org", **params})
    if not records:  # an organisation on its own may answer only for itself
        records = client.rows(path, {"view": "summary", **params})
    found: dict[date, Amounts] = {}
    for record in records:
        moment = moment_of(record.get("date"))
        day = moment.date() if moment else None
        if day is None or month_of(day) != month:
            raise LoadError(
                f"{path} sent a record of {record.get('date')!r}, but {month:%Y-%m} was asked for. "
                "Nothing of this run was loaded; run again later."
            )
        _add(found.setdefault(day, Amounts()), _of_record(record, warn))
    return found


def _of_record(record: Mapping[str, Any], warn: Callable[[str], None]) -> Amounts:
    """Lines of one organisation's record."""
    amounts = Amounts()
    products: dict[str, dict[str, Decimal]] = {}
    charges = record.get("charges")
    for charge in charges if isinstance(charges, list) else []:
        try:
            product, kind, cost = _charge(charge)
        except LiftError as error:
            amounts.unreadable.append((error, charge))
            continue
        of_product = products.setdefault(product, {})
        of_product[kind] = of_product.get(kind, Decimal(0)) + cost
    who = tuple(
        _text(record.get(name)) for name in ("public_id", "org_name", "account_public_id", "region")
    )
    for product, kinds in products.items():
        for kind, cost in _without_total(product, kinds, warn).items():
            amounts.lines[(who[0], who[1], who[2], who[3], product, kind)] = cost
    try:
        amounts.total = _rounded("total_cost", record.get("total_cost"))
    except LiftError as error:
        if record.get("total_cost") is not None:
            warn(f"the total of {record.get('date')} cannot be read ({error}).")
    if charges is None and amounts.total:
        amounts.lines[(who[0], who[1], who[2], who[3], "all products", TOTAL)] = amounts.total
    return amounts


def _charge(charge: Any) -> tuple[str, str, Decimal]:
    if not isinstance(charge, Mapping):
        raise LiftError("charges", charge, "charge")
    product = _text(charge.get("product_name"))
    if product is None:
        raise LiftError("charges.product_name", charge.get("product_name"), "name of a product")
    kind = (_text(charge.get("charge_type")) or TOTAL).lower()
    return product, kind, _rounded("charges.cost", charge.get("cost"))


def _rounded(path: str, value: Any) -> Decimal:
    """Datadog's amounts are floats: what is finer than a nano-dollar is no money."""
    return exact(path, value).quantize(NANO, ROUND_HALF_UP)


def _without_total(
    product: str, kinds: Mapping[str, Decimal], warn: Callable[[str], None]
) -> dict[str, Decimal]:
    """A product's charges by type; its total alone where the types do not add up to it."""
    parts = {kind: cost for kind, cost in kinds.items() if kind != TOTAL}
    if not parts or TOTAL not in kinds:
        return dict(kinds)
    total = kinds[TOTAL]
    difference = abs(sum(parts.values(), Decimal(0)) - total)
    if difference <= NANO * (len(parts) + 1):
        return parts
    warn(f"charges of {product} do not add up to their total {total}; the total is taken.")
    return {TOTAL: total}


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _add(to: Amounts, more: Amounts) -> None:
    for line, cost in more.lines.items():
        to.lines[line] = to.lines.get(line, Decimal(0)) + cost
    if more.total is not None:
        to.total = (to.total or Decimal(0)) + more.total
    to.unreadable += more.unreadable


def _sum(all_amounts: Iterable[Amounts]) -> Amounts:
    whole = Amounts()
    for one in all_amounts:
        _add(whole, one)
    return whole


def _growth(running: Mapping[date, Amounts]) -> Iterator[tuple[date, Amounts]]:
    """Each day's growth of totals that run from the first of the month.

    A day that is not told joins the next that is; a line that is told no more fell to nothing. Of
    a day with a charge that cannot be read that line does not move.
    """
    before = Amounts(total=Decimal(0))
    for day in sorted(running):
        now = running[day]
        lost = {_lost(charge) for _, charge in now.unreadable}
        lines, held = {}, {}
        for line in {**before.lines, **now.lines}:
            if line not in now.lines and line[4] in lost:
                held[line] = before.lines[line]
                continue
            grown = now.lines.get(line, Decimal(0)) - before.lines.get(line, Decimal(0))
            if grown or line in now.lines:
                lines[line] = grown
        total = None
        if now.total is not None and before.total is not None:
            total = now.total - before.total
        yield day, Amounts(lines, total, now.unreadable)
        before = Amounts({**now.lines, **held}, now.total)


def _lost(charge: Any) -> str | None:
    return _text(charge.get("product_name")) if isinstance(charge, Mapping) else None


def _shared_out(month: date, whole: Amounts) -> Iterator[tuple[date, Amounts]]:
    """A month's amounts evenly over its days; the days add up to the month exactly."""
    days = monthrange(month.year, month.month)[1]
    for number in range(days):
        lines = {line: _part(cost, number, days) for line, cost in whole.lines.items()}
        total = None if whole.total is None else _part(whole.total, number, days)
        # a charge that cannot be read is said once, on the first
        unreadable = whole.unreadable if number == 0 else []
        yield month + number * ONE_DAY, Amounts(lines, total, unreadable)


def _part(amount: Decimal, number: int, days: int) -> Decimal:
    """Part of the day `number` (from 0): what is due by its end less what was due before."""

    def due(passed: int) -> Decimal:
        return (amount * passed / days).quantize(NANO, ROUND_HALF_UP)

    return due(number + 1) - due(number)


def written(amounts: Amounts, currency: str) -> Iterator[dict[str, Any]]:
    """Rows of a day as the raw table has them."""
    for (org, name, account, region, product, kind), cost in amounts.lines.items():
        yield {
            "org_id": org,
            "org_name": name,
            "account_id": account,
            "region": region,
            "product_name": product,
            "charge_type": kind,
            "amount": cost,
            "currency": currency,
        }
