"""Which UTC days a run reads of what a provider restates. Pure arithmetic; ranges are half-open.

Providers restate days after the fact, so a run reads the last three days, the open month, and
until the 5th the month before again. A run after a pause reads what the daily runs that did not
happen would have read, so no restatement is missed.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

#: Days that every run reads again, the running one included.
RESTATED_DAYS: Final = 3
#: Last day of a month on which the month before is still read again.
LAST_DAY_FOR_PREVIOUS_MONTH: Final = 5

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class DayRange:
    """UTC days from `first` up to but without `end`."""

    first: date
    end: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=offset) for offset in range(self.days))

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.end

    @property
    def days(self) -> int:
        """Number of days, zero if the range is empty."""
        return max((self.end - self.first).days, 0)

    def split_at(self, day: date) -> list[DayRange]:
        """The part before `day` and the part from it on, without empty ones."""
        middle = min(max(day, self.first), self.end)
        parts = [DayRange(self.first, middle), DayRange(middle, self.end)]
        return [part for part in parts if part.days]


@dataclass(frozen=True)
class Coverage:
    """What earlier runs read: from day `first`, last at day `last` (which was not over then)."""

    first: date
    last: date


def last_day(clock: datetime) -> date:
    """The last UTC day that began before `clock`: at midnight sharp that is the day before."""
    return (clock - timedelta(microseconds=1)).date()


def months_before(day: date, months: int) -> date:
    """The same day `months` earlier, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def restated_from(today: date) -> date:
    """First of the days that a run on `today` reads again."""
    open_month = today.replace(day=1)
    if today.day <= LAST_DAY_FOR_PREVIOUS_MONTH:
        return (open_month - ONE_DAY).replace(day=1)
    return min(open_month, today - (RESTATED_DAYS - 1) * ONE_DAY)


def days_to_read(
    clock: datetime, start: date, before: Coverage | None, *, full_refresh: bool
) -> list[DayRange]:
    """Ranges of days to read at `clock`, oldest first; never before `start` nor beyond the clock.

    Args:
        clock: aware UTC.
        start: first day that is wanted at all.
        before: what earlier runs covered, None for the first run.
        full_refresh: read everything from `start`.
    """
    today = last_day(clock)
    end = today + ONE_DAY
    if before is None or full_refresh:
        ranges = [DayRange(start, end)]
    else:
        next_run = min(before.last + ONE_DAY, today)
        recent = DayRange(max(restated_from(next_run), start), end)
        missed = DayRange(start, min(before.first, recent.first))
        touching = missed.end == recent.first
        ranges = [DayRange(start, end)] if missed.days and touching else [missed, recent]
    return [one for one in ranges if one.days]


def covered_after(clock: datetime, start: date, before: Coverage | None) -> Coverage:
    """What is covered once the days of `days_to_read` are read."""
    today = last_day(clock)
    if before is None or start > before.last + ONE_DAY:  # days between would never be read
        return Coverage(start, today)
    return Coverage(min(start, before.first), max(today, before.last))
