"""Which days a page is about: the last complete days before a build's clock, and those before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

#: Choices of the range filter, as they stand in the URL, and their number of days.
RANGES: Final = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
DEFAULT_RANGE: Final = "30d"


@dataclass(frozen=True)
class Period:
    """UTC days, half-open: from `start` up to but not including `end`."""

    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    def before(self) -> Period:
        """The period of the same number of days that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


def complete_days(range_key: str | None, as_of: datetime) -> Period:
    """The complete UTC days of a range choice before the clock `as_of` (naive means UTC).

    The running day is never part of it: at 2026-11-15 12:00, `7d` is 8 to 14 November.
    """
    days = RANGES.get(range_key or "", RANGES[DEFAULT_RANGE])
    moment = as_of.astimezone(UTC) if as_of.tzinfo else as_of
    end = moment.date()
    return Period(end - timedelta(days=days), end)
