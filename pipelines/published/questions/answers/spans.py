"""Which days an answer is about, in which currency, and what it says of values that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, Final

from pipelines.files import literal
from pipelines.published.questions.periods import Display, Period, add_months, month_of
from pipelines.published.reader import Published

#: Words for a period. Those of whole days before the clock leave the running day out, `today` and
#: `this_...` include it.
WORDS: Final = (
    "today", "7d", "30d", "90d", "this_week", "this_month", "last_month", "this_quarter",
    "last_quarter", "this_year", "12m", "day", "week", "month", "quarter", "year",
)  # fmt: skip
_SHORT: Final = {
    "day": "today",
    "week": "this_week",
    "month": "this_month",
    "quarter": "this_quarter",
    "year": "this_year",
}
#: The longest period that may be asked for, in days.
LONGEST: Final = 3660
_NINE: Final = Decimal("0.000000001")

Payload = dict[str, Any]

#: Why a field is null, by its name, where the mart cannot say it better.
REASONS: Final[Mapping[str, str]] = {
    "cac": "no marketing spend in seeds/marketing_spend.csv",
    "cpa": "no marketing spend in seeds/marketing_spend.csv",
    "average_cpa": "no marketing spend in seeds/marketing_spend.csv",
    "ltv_cac_ratio": "no marketing spend in seeds/marketing_spend.csv",
    "infrastructure": "no row in seeds/infrastructure_costs.csv for this month",
    "other": "no row of category other in seeds/infrastructure_costs.csv for this month",
    "size": "no call states the size of the app's cache (property cache_size_bytes)",
    "plan": "on no plan now",
    "last_seen": "no event of this customer",
    "service_name": "the service has no name",
}
_NO_DATA: Final = "no data for this in the period"


class PeriodError(ValueError):
    """The days that were asked for are no period; the message says what to ask instead.

    `parameter` is the one at fault.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


#: What is compared with the days before has some.
_EARLIEST: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Scene:
    """What every answer is asked with: the build, the days, and how money is shown."""

    build: Published
    period: Period
    display: Display

    @property
    def within(self) -> str:
        """SQL condition on a column `date`."""
        return self.of("date")

    def of(self, column: str) -> str:
        """SQL condition that a day column lies in the period."""
        return between(column, self.period)

    def months(self, column: str = "month") -> str:
        """SQL condition that a month is touched by the period."""
        return (
            f"{column} >= {literal(self.period.first_month)}"
            f" and {column} < {literal(self.period.end)}"
        )

    def usd(self, expression: str) -> str:
        """SQL of a dollar amount, in the report currency."""
        return self.display.usd(expression)

    def rows(self, sql: str) -> list[Payload]:
        """Rows of a statement; a table that this build lacks is an error of settings."""
        return self.build.rows(sql)

    def row(self, sql: str) -> Payload:
        """The first row of a statement; empty without one."""
        found = self.rows(sql)
        return found[0] if found else {}

    def has(self, table: str) -> bool:
        """Whether the build has a table `schema.name`."""
        schema, name = table.split(".")
        return bool(
            self.rows(
                "select 1 from duckdb_tables() "
                f"where schema_name = {literal(schema)} and table_name = {literal(name)}"
            )
        )

    @property
    def touches_running_day(self) -> bool:
        """Whether a day of the period is not over at the build's clock."""
        return self.period.end > self.build.facts.as_of.date()


def between(column: str, period: Period) -> str:
    """SQL condition that a day column lies in a period."""
    return f"{column} >= {literal(period.start)} and {column} < {literal(period.end)}"


def running_day(as_of: datetime) -> date:
    """The day that goes on at the clock; a clock at midnight ends the day before."""
    return (as_of - timedelta(microseconds=1)).date()


def span(
    as_of: datetime,
    word: str | None = None,
    start: date | None = None,
    end: date | None = None,
    default: str = "30d",
) -> Period:
    """The days that were asked for: a word, or first and last day, both included.

    At 2026-11-24 06:00, `7d` is 17 to 23 November, `this_month` is 1 to 24 November.

    Raises:
        PeriodError: they are no period of this build.
    """
    if start or end:
        if word:
            raise PeriodError("period", "Give either a word for the period, or start and end.")
        return _given(as_of, start, end)
    return _worded(as_of, word or default)


def _given(as_of: datetime, start: date | None, end: date | None) -> Period:
    today = running_day(as_of)
    if start is None:
        raise PeriodError("start", "end is given without start; give both, or a period.")
    last = min(end or today, today)
    if end is not None and end < start:
        raise PeriodError("end", f"end {end} is before start {start}; swap them.")
    if start > last:
        raise PeriodError("start", f"start {start} is after {today}, the last day of this build.")
    if start < _EARLIEST:
        raise PeriodError("start", f"start {start} is before {_EARLIEST}.")
    if (last - start).days >= LONGEST:
        raise PeriodError("start", f"More than {LONGEST} days; ask for fewer.")
    return Period(start, last + timedelta(days=1))


def _worded(as_of: datetime, word: str) -> Period:
    word = _SHORT.get(word, word)
    if word not in WORDS:
        raise PeriodError("period", f"{word!r} is no period; one of: {', '.join(WORDS)}.")
    today = running_day(as_of)
    tomorrow = today + timedelta(days=1)
    complete = as_of.date()
    month = month_of(today)
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    periods = {
        "today": Period(today, tomorrow),
        "7d": Period(complete - timedelta(days=7), complete),
        "30d": Period(complete - timedelta(days=30), complete),
        "90d": Period(complete - timedelta(days=90), complete),
        "this_week": Period(today - timedelta(days=today.weekday()), tomorrow),
        "this_month": Period(month, tomorrow),
        "last_month": Period(add_months(month, -1), month),
        "this_quarter": Period(quarter, tomorrow),
        "last_quarter": Period(add_months(quarter, -3), quarter),
        "this_year": Period(date(today.year, 1, 1), tomorrow),
        "12m": Period(add_months(month, -12), tomorrow),
    }
    return periods[word]


def in_report_currency(build: Published) -> Display:
    """Dollar amounts are shown in the report currency at its last rate, one rate for all days.

    Without a rate they are null: nothing is known.
    """
    code = build.facts.report_currency.lower()
    if code == "usd":
        return Display("usd", "usd")
    rows = build.rows(
        "select cast(1 / usd_per_unit as decimal(18, 9)) as factor from core.dim_exchange_rates "
        f"where currency = {literal(code)} and valid_to is null"
    )
    factor = rows[0]["factor"] if rows else None
    return Display(code, code, "", "null" if factor is None else f"{factor:f}")


def ratio(numerator: Any, denominator: Any) -> Decimal | None:
    """`numerator / denominator` with 9 decimals, halves away from zero as in the marts.

    None where either is unknown or there is nothing to divide by.
    """
    if numerator is None or not denominator:
        return None
    with localcontext() as context:
        context.prec = 60
        return (Decimal(numerator) / Decimal(denominator)).quantize(_NINE, ROUND_HALF_UP)


def less(amount: Decimal | None, *others: Decimal | None) -> Decimal | None:
    """`amount` less the others; None where it is unknown. Other unknowns count as none."""
    if amount is None:
        return None
    return amount - sum((other for other in others if other is not None), Decimal(0))


def explained(payload: Payload, reasons: Mapping[str, str] = REASONS) -> dict[str, str]:
    """A reason for each null of an answer: by its path, with `[]` for any entry of a list."""
    found: dict[str, str] = {}
    known = {**REASONS, **reasons}

    def look(value: Any, path: str, name: str) -> None:
        if value is None:
            found[path] = known.get(path) or known.get(name) or _NO_DATA
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                look(inner, f"{path}.{key}" if path else key, key)
        elif isinstance(value, list):
            for inner in value:
                look(inner, f"{path}[]", name)

    look(payload, "", "")
    return dict(sorted(found.items()))


def any_true(rows: Iterable[Mapping[str, Any]], name: str = "is_provisional") -> bool:
    """Whether any row says so."""
    return any(bool(row.get(name)) for row in rows)
