"""What a digest has to say: numbers, movements, costs that moved, and what is new to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipelines.published.questions import formatting
from pipelines.published.questions.answers.spans import Payload
from pipelines.published.questions.answers.what_moved import WhatMoved
from pipelines.published.questions.periods import Period, add_months, month_of
from pipelines.published.reader import Published

Kind = Literal["day", "week", "month"]

#: A feature's cost moved if it differs by this share of what it was, ...
LEAST_CHANGE: Final = Decimal("0.25")
#: ... and by this share of the company's AI cost of before.
LEAST_WEIGHT: Final = Decimal("0.1")
#: Features whose cost moved, and things of one kind to look at, that are listed.
MOST_COSTS: Final = 5
MOST_ITEMS: Final = 10
#: Months ahead of the forecast that a month's digest names, and what it forecasts.
MONTHS_AHEAD: Final = 3
_FORECAST_WORDS: Final = {
    "mrr": "MRR",
    "recognised_revenue": "Revenue earned",
    "llm_cost": "AI cost",
    "gross_margin": "Gross margin",
}
#: A digest says what came since the last one, and reaches back so many of its periods at most.
_REACH: Final[dict[Kind, int]] = {"day": 31, "week": 8, "month": 3}


@dataclass(frozen=True)
class Item:
    """One thing to look at. `key` is the same in every build that tells it; `page` is an address
    of the dashboard."""

    key: str
    text: str
    page: str

    @property
    def episode(self) -> str:
        """Of an alert, its key without the severity: one that becomes critical goes on."""
        return self.key.rsplit(" ", 1)[0] if self.is_alert else self.key

    @property
    def is_alert(self) -> bool:
        """Whether it is an alert, which people are told the end of."""
        return self.key.startswith("alert ")


@dataclass(frozen=True)
class Line:
    """One line with the lines that explain it. `page` is an address of the dashboard."""

    text: str
    behind: tuple[str, ...] = ()
    page: str | None = None


@dataclass(frozen=True)
class Digest:
    """All of it. `items` are new, `over` are alerts that people think are open and that are not;
    `told` is how many items were told before and still stand."""

    kind: Kind
    period: Period
    before: Period
    as_of: datetime
    build_id: str
    numbers: tuple[str, ...]
    movements: tuple[Line, ...]
    costs: tuple[Line, ...]
    ahead: tuple[Line, ...]
    items: tuple[Item, ...]
    over: tuple[Item, ...]
    told: int
    is_provisional: bool

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened that anybody must hear of."""
        return not (self.movements or self.costs or self.items or self.over)


def due(kind: Kind, as_of: datetime, time_zone: str, told_until: date | None) -> Period | None:
    """The days that a digest is about; None where the last one reaches there already.

    They are complete in UTC and in the report's time zone, and begin where the last digest ended.

    Args:
        kind: day, week (from Monday) or month.
        as_of: the build's clock, aware.
        time_zone: the report's.
        told_until: first day that no digest of the kind has told of.
    """
    today = min(as_of.date(), as_of.astimezone(ZoneInfo(time_zone)).date())
    end = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": month_of(today),
    }[kind]
    if told_until is None:
        return Period(_back(kind, end, 1), end)
    if told_until >= end:
        return None
    return Period(max(told_until, _back(kind, end, _REACH[kind])), end)


def _back(kind: Kind, end: date, count: int) -> date:
    if kind == "month":
        return add_months(end, -count)
    return end - timedelta(days=count if kind == "day" else 7 * count)


def compared(kind: Kind, period: Period) -> Period:
    """The days that a period is compared with: whole months before, else whole weeks before.

    A Monday is compared with the Monday before, since weekends differ from other days.
    """
    if kind == "month":
        months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
        return Period(add_months(period.start, -months), period.start)
    days = (period.end - period.start).days
    back = timedelta(days=7 * -(-days // 7))
    return Period(period.start - back, period.end - back)


def gather(
    build: Published,
    kind: Kind,
    period: Period,
    known: Collection[str],
    standing: Iterable[Item],
) -> Digest:
    """What there is to say of a period.

    Args:
        build: the published build.
        kind: of digest.
        period: the days.
        known: keys of items that were told.
        standing: alerts that people think are open: those that are not are over.
    """
    facts = build.facts
    asked = WhatMoved(build, period, compared(kind, period))
    money = asked.money()
    everything = list(_items(asked))
    open_now = {item.episode for item in everything}
    new = tuple(item for item in everything if item.key not in known)
    over = tuple(one for one in standing if one.episode not in open_now)
    return Digest(
        kind,
        period,
        asked.before,
        facts.as_of,
        facts.build_id,
        tuple(_numbers(asked.recurring(), money, facts.report_currency)),
        tuple(_movements(asked, facts.report_currency)),
        tuple(_costs(asked)),
        tuple(_ahead(asked)) if kind == "month" else (),
        new,
        over,
        len(everything) - len(new),
        bool(money["is_provisional"]),
    )


def _numbers(recurring: Payload, money: Payload, currency: str) -> Iterable[str]:
    if recurring["mrr"] is not None:
        change = recurring["mrr"] - recurring["opening_mrr"]
        text = formatting.money(recurring["mrr"], currency)
        moved = formatting.signed(formatting.money(change, currency))
        yield f"MRR {text}, {moved}; {formatting.count(recurring['customers'])} paying customers"
    for name, column in (("Revenue earned", "revenue_usd"), ("AI cost", "llm_cost_usd")):
        value, before = money[column], money[f"{column}_before"]
        if value is not None:
            yield f"{name} {formatting.money(value, 'usd')}{_against(value, before)}"


def _against(value: Decimal, before: Decimal | None) -> str:
    if before is None or before <= 0:
        return ""
    share = formatting.signed(formatting.percent((value - before) / before))
    return f", {share} on {formatting.money(before, 'usd')} before"


def _movements(asked: WhatMoved, currency: str) -> Iterable[Line]:
    for name, group in groupby(asked.movements(), key=lambda row: row["movement_type"]):
        rows = list(group)
        behind = [
            f"{row['customer']} ({row['customer_id']}) "
            f"{formatting.signed(formatting.money(row['mrr_change'], currency))}"
            f"{_because(row['reasons'])}"
            for row in rows
        ]
        more = rows[0]["customers"] - len(rows)
        if more:
            behind.append(f"and {formatting.count(more)} more")
        total = formatting.signed(formatting.money(rows[0]["total"], currency))
        customers = formatting.count(rows[0]["customers"])
        noun = "customer" if rows[0]["customers"] == 1 else "customers"
        yield Line(
            f"{formatting.series_name(name)} {total}, {customers} {noun}",
            tuple(behind),
            f"revenue?movement={quote(name)}",
        )


def _because(reasons: str | None) -> str:
    return f": {reasons.replace('_', ' ')}" if reasons else ""


def _costs(asked: WhatMoved) -> Iterable[Line]:
    rows = asked.features() if asked.has_cost_before() else []
    whole = sum((row["cost_usd_before"] for row in rows), Decimal(0))
    listed = 0
    for row in rows:
        cost, before = row["cost_usd"], row["cost_usd_before"]
        change = cost - before
        is_moved = abs(change) >= LEAST_CHANGE * before and abs(change) >= LEAST_WEIGHT * whole
        if not is_moved or listed == MOST_COSTS:
            continue
        listed += 1
        name = formatting.thing_name(row["feature"])
        yield Line(
            f"{name}: {formatting.money(cost, 'usd')}, "
            f"{formatting.signed(formatting.money(change, 'usd'))} on "
            f"{formatting.money(before, 'usd')} before",
            (_why(row),),
            "ai-cost",
        )


def _ahead(asked: WhatMoved) -> Iterable[Line]:
    """What the forecast says of the month so far ahead, the running one counted as the first."""
    for row in asked.forecast(add_months(asked.period.end, MONTHS_AHEAD - 1)):
        amount, low, high = (
            formatting.money(row[name], row["currency"])
            for name in ("value", "lower_80", "upper_80")
        )
        band = f", between {low} and {high} in four of five cases" if row["lower_80"] else ""
        name, when = _FORECAST_WORDS[row["metric"]], formatting.month(row["month"])
        yield Line(f"{name} in {when}: {amount}{band}", (), "revenue")


def _why(row: Payload) -> str:
    """More calls, or dearer ones."""
    calls, before = row["calls"], row["calls_before"]
    said = f"LLM calls {formatting.count(before)} before, {formatting.count(calls)} now"
    if calls and before:
        each = formatting.unit_cost(row["cost_usd"] / calls, "usd")
        each_before = formatting.unit_cost(row["cost_usd_before"] / before, "usd")
        said += f"; a call cost {each_before} before, {each} now"
    return said


def _items(asked: WhatMoved) -> Iterable[Item]:
    for row in asked.open_alerts():
        of = "" if row["dimension"] == "all" else f" ({row['dimension']} {row['dimension_value']})"
        key = (
            f"alert {row['alert_id']} {row['dimension']} {row['dimension_value']} "
            f"{row['period_start']} {row['severity']}"
        )
        text = f"{row['severity'].capitalize()}: {row['alert_id']}{of}: {row['message']}"
        yield Item(key, text, "alerts")
    for row in asked.stale_sources():
        hours = formatting.count(int(row["hours_since_sync"]))
        yield Item(
            f"stale {row['source']} {row['last_synced_at']}",
            f"No load of {row['source_name']} for {hours} hours: see the log of its last load",
            "data",
        )
    for row in asked.findings():
        page = (
            f"customer?customer={quote(row['subject_id'], safe='')}"
            if row["subject_type"] == "customer"
            else "alerts"
        )
        yield Item(f"finding {row['insight_id']}", row["message"], page)
    for row in asked.left_out():
        yield Item(
            f"left out {row['exception_id']}",
            f"Left out or not judged ({row['area']}): {row['reason'].replace('_', ' ')}",
            "data",
        )
