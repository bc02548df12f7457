"""Time as the simulator counts it: whole seconds since 1970 in UTC, half-open spans."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400


def epoch(moment: datetime | date | str) -> int:
    """Seconds since 1970 of a datetime (naive means UTC), a day (its start) or ISO text."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


def moment_of(seconds: int) -> datetime:
    """The aware UTC datetime of `seconds`."""
    return datetime.fromtimestamp(seconds, UTC)


def day_of(seconds: int) -> date:
    """The UTC day that `seconds` falls on."""
    return moment_of(seconds).date()


def iso(seconds: int) -> str:
    """ISO 8601 text with a Z, as event files and truth tables carry it."""
    return moment_of(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_start(day: date) -> date:
    """The first of the month of `day`."""
    return day.replace(day=1)


def shift_month(month: date, count: int) -> date:
    """The first of the month `count` months after (or before) the month of `month`."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def days_between(first: date, last: date) -> list[date]:
    """All days from `first` up to and without `last`."""
    return [first + timedelta(days=n) for n in range((last - first).days)]


def add_interval(anchor: int, interval: str, count: int) -> int:
    """`anchor` plus `count` intervals (day, week, month, year), as billing systems add them.

    Months keep the anchor's day of month, cut to the length of the month reached: always counted
    from the anchor, so the 31st comes back after a short month.
    """
    if interval == "day":
        return anchor + count * DAY
    if interval == "week":
        return anchor + count * 7 * DAY
    months = count * (12 if interval == "year" else 1)
    start = moment_of(anchor)
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
