"""What a report is, before anybody writes it down: sections of facts, tables and charts.

The three writers (`pdf`, `excel`, `as_json`) read nothing but this, so they cannot tell different
numbers. Money is decimal and has its currency beside it; an unknown value is None with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pipelines.published.questions import formatting

#: What a value is: it decides how people read it. `money` and `unit_cost` have a currency; `number`
#: is an amount or a count, as its row says.
Unit = Literal[
    "text", "money", "unit_cost", "number", "share", "times", "count", "milliseconds", "score",
    "hour", "day", "month",
]  # fmt: skip
Value = str | int | Decimal | date | None


@dataclass(frozen=True)
class Fact:
    """One number with its name. `before` is that of the period before; `reason` why it is None."""

    id: str
    label: str
    value: Value
    unit: Unit
    currency: str | None = None
    before: Value = None
    reason: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table. Where amounts of several currencies stand, `currency` is None and the
    table has a column that says it."""

    id: str
    label: str
    unit: Unit
    currency: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows in the columns' order; `empty` is what to say where there are none."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    empty: str
    note: str | None = None


@dataclass(frozen=True)
class Series:
    """The values of a chart under one name, in the order of its labels; None where unknown."""

    id: str
    label: str
    values: tuple[Decimal | int | None, ...]


@dataclass(frozen=True)
class Chart:
    """`waterfall` has one series: the first and last value are totals, the others are changes."""

    id: str
    title: str
    kind: Literal["line", "bar", "waterfall"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit
    currency: str | None = None

    @property
    def alt(self) -> str:
        """The chart in words, for who cannot see it."""
        kinds = {"line": "Line chart", "bar": "Bar chart", "waterfall": "Waterfall chart"}
        parts = [f"{kinds[self.kind]}: {self.title}, {self.labels[0]} to {self.labels[-1]}."]
        for one in self.series:
            known = [
                (value, label)
                for value, label in zip(one.values, self.labels, strict=True)
                if value is not None
            ]
            if not known:
                parts.append(f"{one.label}: no data.")
                continue
            if self.kind == "waterfall":
                parts += [f"{label} {self.text(value)}." for value, label in known]
                continue
            least, most = min(known, key=lambda at: at[0]), max(known, key=lambda at: at[0])
            parts.append(
                f"{one.label}: lowest {self.text(least[0])} ({least[1]}), highest "
                f"{self.text(most[0])} ({most[1]}), last {self.text(known[-1][0])}."
            )
        return " ".join(parts)

    def text(self, value: Value) -> str:
        """A value of the chart as people read it."""
        return as_text(value, self.unit, self.currency)


@dataclass(frozen=True)
class Section:
    """One heading with what stands under it, in this order: text, facts, charts, tables."""

    id: str
    title: str
    text: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Report:
    """One month of a customer or of the company, from one published build.

    Attributes:
        kind: whose month it is.
        title: what stands above the first page.
        subject_id: the customer's id; None of the company.
        subject_name: the name as the billing provider has it: text of others, never markup.
        month: its first day.
        is_provisional: whether any number of the month may still change.
        build_id, built_at, as_of: the build and its clock, aware UTC.
        currency: that of MRR, an ISO code in lower case; dollar amounts say `usd`.
        time_zone: days and months of MRR; use and cost have UTC days.
        notes: what a reader must know of the numbers.
        figures: closed months' figures that a later issue is compared with: month -> name -> value.
    """

    kind: Literal["customer", "company"]
    title: str
    subject_id: str | None
    subject_name: str
    month: date
    is_provisional: bool
    build_id: str
    built_at: datetime
    as_of: datetime
    currency: str
    time_zone: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    figures: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def month_text(self) -> str:
        """The month as it is asked for: `2026-10`."""
        return f"{self.month:%Y-%m}"


def as_text(value: Value, unit: Unit, currency: str | None = None) -> str:
    """A value as people read it; None is a dash."""
    if value is None:
        return formatting.MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return formatting.month(value) if unit == "month" else formatting.day(value)
    number = Decimal(value)
    if unit == "number":
        return f"{number.quantize(Decimal('0.01')).normalize():,f}"
    if unit in ("money", "unit_cost"):
        if currency is None:
            return f"{number.quantize(Decimal('0.01')):,}"
        write = formatting.money if unit == "money" else formatting.unit_cost
        return write(number, currency)
    if unit == "hour":
        return f"{int(number):02}:00 UTC"
    return {
        "share": formatting.percent,
        "times": formatting.times,
        "milliseconds": formatting.milliseconds,
    }.get(unit, formatting.count)(number)


def change_text(fact: Fact) -> str:
    """How a fact differs from the period before; empty where nothing can be said.

    Shares differ by points, other numbers by their share of what was before.
    """
    value, before = fact.value, fact.before
    if not isinstance(value, Decimal | int) or not isinstance(before, Decimal | int):
        return ""
    change = Decimal(value) - Decimal(before)
    if fact.unit == "share":
        return formatting.signed(formatting.points(change))
    if not change:
        return "unchanged"
    amount = formatting.signed(as_text(change, fact.unit, fact.currency))
    if before <= 0:
        return amount
    return f"{amount} ({formatting.signed(formatting.percent(change / Decimal(before)))})"


def table(
    id_: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[dict[str, Value]],
    empty: str,
    note: str | None = None,
) -> Table:
    """A table of rows by column id; what a row has beside the columns is left out."""
    return Table(
        id_,
        title,
        tuple(columns),
        tuple(tuple(row[column.id] for column in columns) for row in rows),
        empty,
        note,
    )
