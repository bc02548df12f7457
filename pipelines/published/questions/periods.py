"""Which days a page is about, how they are cut, and which days they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

#: Choices of the filter bar as they stand in the URL, and what they are called.
RANGES: Final = {
    "12m": "Last 12 months",
    "12c": "Last 12 complete months",
    "mtd": "This month so far",
    "lm": "Last month",
    "qtd": "This quarter so far",
    "lq": "Last quarter",
    "ytd": "Year to date",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "all": "All time",
    "custom": "From … to …",
}
GRAINS: Final = {
    "month": "By month",
    "week": "By week",
    "day": "By day",
    "quarter": "By quarter",
    "year": "By year",
}
COMPARISONS: Final = {
    "before": "vs the period before",
    "year": "vs a year before",
    "none": "No comparison",
}
_DAYS: Final = {"7d": 7, "30d": 30, "90d": 90}


@dataclass(frozen=True)
class Period:
    """Days, half-open: from `start` up to but not including `end`."""

    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    @property
    def first_month(self) -> date:
        """The month that the period begins in."""
        return month_of(self.start)

    @property
    def first_day_of_week(self) -> date:
        """The Monday of the week that the period begins in."""
        return self.start - timedelta(days=self.start.weekday())

    @property
    def last_month(self) -> date:
        """The month that the last day belongs to."""
        return month_of(self.last_day)

    @property
    def last_complete_month(self) -> date:
        """The last month that was over when the period ended."""
        return add_months(month_of(self.end), -1)

    def cuts_months(self, end_of_data: date) -> bool:
        """Whether it holds a part of a month only, though the data have more of that month.

        `end_of_data` is the day after the last one that the data can have.
        """
        return self.start.day != 1 or (self.end.day != 1 and self.end < end_of_data)

    def before(self) -> Period:
        """The period that ends where this one starts, of the same number of days.

        A period that begins with a month and stays in it is compared with the same days of the
        month before, as far as that month has them. Whole months are compared with as many whole
        months before them.
        """
        if self.start.day == 1 and self.end.day == 1:
            months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
            return Period(add_months(self.start, -months), self.start)
        if self.start.day == 1 and self.last_month == self.start:
            start = add_months(self.start, -1)
            return Period(start, min(start + (self.end - self.start), self.start))
        return Period(self.start - (self.end - self.start), self.start)

    def year_before(self) -> Period:
        """The same dates a year earlier."""
        return Period(_year_before(self.start), _year_before(self.end))


@dataclass(frozen=True)
class Display:
    """In which currency amounts are shown, and by what stored ones are multiplied (text: exact).

    An empty factor leaves amounts as the marts have them. `report` goes for columns in the report
    currency, `usd` for columns that end in `_usd`.
    """

    report_currency: str
    usd_currency: str = "USD"
    report_factor: str = ""
    usd_factor: str = ""

    def report(self, expression: str) -> str:
        """SQL of an amount in the report currency, as shown."""
        return _times(expression, self.report_factor)

    def usd(self, expression: str) -> str:
        """SQL of an amount in US dollars, as shown."""
        return _times(expression, self.usd_factor)


@dataclass(frozen=True)
class Selection:
    """What the filter bar says. `plan` is a product's id, None for all; `clock` the build's."""

    period: Period
    grain: str
    comparison: str
    display: Display
    plan: str | None = None
    clock: datetime | None = None

    @property
    def cuts_months(self) -> bool:
        """Whether the range holds a part of a month only, of which there is more."""
        return self.period.cuts_months(today(self.clock) if self.clock else self.period.end)

    @property
    def against(self) -> Period | None:
        """The days that the period is compared with."""
        if self.comparison == "year":
            return self.period.year_before()
        return self.period.before() if self.comparison == "before" else None

    @property
    def month(self) -> date:
        """The month of headline rates: rates of a month that goes on say little."""
        return self.period.last_complete_month

    @property
    def month_against(self) -> date | None:
        """The month that `month` is compared with."""
        steps = {"before": -1, "year": -12}.get(self.comparison)
        return None if steps is None else add_months(self.month, steps)


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def quarter_of(day: date) -> date:
    """The first day of a day's quarter."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def add_months(month: date, months: int) -> date:
    """A month so many months later (or earlier)."""
    position = month.year * 12 + month.month - 1 + months
    return date(position // 12, position % 12 + 1, 1)


def today(as_of: datetime) -> date:
    """The running UTC day at the clock `as_of` (naive means UTC): it is in no period."""
    return (as_of.astimezone(UTC) if as_of.tzinfo else as_of).date()


def period_of(
    choice: str | None, as_of: datetime, first_day: date, asked: tuple[date, ...] = ()
) -> Period:
    """The complete UTC days of a range choice before the clock `as_of`.

    At 2026-11-15 12:00, `7d` is 8 to 14 November, and `12m` is 1 November 2025 to 14 November 2026:
    twelve complete months and what there is of the running one.

    Args:
        choice: a key of `RANGES`; anything else is the first of them.
        as_of: the build's clock.
        first_day: the first day that the build knows.
        asked: first and last day of a custom range; other lengths are not a range yet.
    """
    end = today(as_of)
    whole = Period(min(first_day, end - timedelta(days=1)), end)
    if choice == "custom":
        if len(asked) != 2:
            return whole
        start, last = sorted(asked)
        return Period(start, max(min(last + timedelta(days=1), end), start + timedelta(days=1)))
    if choice == "all":
        return whole
    last = end - timedelta(days=1)
    begun = {
        "mtd": month_of(last),
        "qtd": quarter_of(last),
        "ytd": date(last.year, 1, 1),
        "12m": add_months(month_of(last), -12),
    }
    if choice in begun:
        return Period(begun[choice], end)
    over = {"lm": (month_of(end), 1), "lq": (quarter_of(end), 3), "12c": (month_of(end), 12)}
    if choice in over:
        after, months = over[choice]
        return Period(add_months(after, -months), after)
    if choice in _DAYS:
        return Period(end - timedelta(days=_DAYS[choice]), end)
    return Period(begun["12m"], end)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _times(expression: str, factor: str) -> str:
    return f"cast({expression} * {factor} as decimal(38, 9))" if factor else expression
