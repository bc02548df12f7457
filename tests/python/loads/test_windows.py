"""Which days a run reads: pure arithmetic, checked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.loading.windows import (
    ONE_DAY,
    Coverage,
    DayRange,
    covered_after,
    days_to_read,
    months_before,
    restated_from,
)

START = date(2025, 10, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        ("2026-03-20", "2026-03-01"),  # the open month
        ("2026-03-06", "2026-03-01"),
        ("2026-03-05", "2026-02-01"),  # until the 5th the month before
        ("2026-03-01", "2026-02-01"),
        ("2026-01-02", "2025-12-01"),
    ],
)
def test_restated_days(today: str, first: str) -> None:
    assert restated_from(day(today)) == day(first)


@pytest.mark.parametrize(
    ("clock", "before", "full", "expected"),
    [
        # the first run reads everything; the running day is in, tomorrow is not
        ("2026-03-20T12:00", None, False, [("2025-10-01", "2026-03-21")]),
        # at midnight sharp the day that just ended is the last one
        ("2026-03-20T00:00", None, False, [("2025-10-01", "2026-03-20")]),
        # a day later: the open month
        (
            "2026-03-20T12:00",
            ("2025-10-01", "2026-03-19"),
            False,
            [("2026-03-01", "2026-03-21")],
        ),
        # until the end of the 5th the month before too
        (
            "2026-03-06T00:00",
            ("2025-10-01", "2026-03-04"),
            False,
            [("2026-02-01", "2026-03-06")],
        ),
        (
            "2026-03-06T00:01",
            ("2025-10-01", "2026-03-05"),
            False,
            [("2026-03-01", "2026-03-07")],
        ),
        # last run on January 20th: January was open then, and read again until February 5th
        (
            "2026-03-20T12:00",
            ("2025-10-01", "2026-01-20"),
            False,
            [("2026-01-01", "2026-03-21")],
        ),
        # the same day again
        (
            "2026-03-20T18:00",
            ("2025-10-01", "2026-03-20"),
            False,
            [("2026-03-01", "2026-03-21")],
        ),
        # START_DATE moved back by two months
        (
            "2026-03-20T12:00",
            ("2025-12-01", "2026-03-19"),
            False,
            [("2025-10-01", "2025-12-01"), ("2026-03-01", "2026-03-21")],
        ),
        # a clock that jumped back reads what it would have read then
        (
            "2026-02-10T12:00",
            ("2025-10-01", "2026-03-19"),
            False,
            [("2026-02-01", "2026-02-11")],
        ),
        # full refresh
        (
            "2026-03-20T12:00",
            ("2025-10-01", "2026-03-19"),
            True,
            [("2025-10-01", "2026-03-21")],
        ),
    ],
)
def test_days_to_read(
    clock: str,
    before: tuple[str, str] | None,
    full: bool,
    expected: list[tuple[str, str]],
) -> None:
    coverage = Coverage(day(before[0]), day(before[1])) if before else None
    ranges = days_to_read(at(clock), START, coverage, full_refresh=full)
    assert ranges == [DayRange(day(first), day(end)) for first, end in expected]


def test_start_date_after_a_hole_forgets_what_lies_before_it() -> None:
    before = Coverage(day("2025-10-01"), day("2025-11-10"))
    after = covered_after(at("2026-03-20T12:00"), day("2026-03-01"), before)
    assert after == Coverage(day("2026-03-01"), day("2026-03-20"))
    ranges = days_to_read(at("2026-03-21T12:00"), START, after, full_refresh=False)
    assert ranges == [DayRange(START, day("2026-03-22"))]


def test_split_keeps_every_day_once() -> None:
    days = DayRange(day("2025-12-01"), day("2025-12-11"))
    assert days.split_at(day("2025-12-06")) == [
        DayRange(day("2025-12-01"), day("2025-12-06")),
        DayRange(day("2025-12-06"), day("2025-12-11")),
    ]
    assert days.split_at(day("2025-11-01")) == [days]
    assert days.split_at(day("2026-01-01")) == [days]


def test_months_before_clamps_to_the_end_of_a_month() -> None:
    assert months_before(day("2026-03-31"), 13) == day("2025-02-28")
    assert months_before(day("2026-11-21"), 13) == day("2025-10-21")
    assert months_before(day("2026-01-15"), 1) == day("2025-12-15")


@given(st.lists(st.integers(min_value=1, max_value=45), min_size=1, max_size=12))
def test_any_rhythm_of_runs_reads_what_daily_runs_read_last(gaps: list[int]) -> None:
    """A day is read, at the latest, by the first run after the day on which it is final."""
    today = START
    coverage = covered_after(at(f"{today}T12:00"), START, None)
    for gap in gaps:
        run_days = [today + offset * ONE_DAY for offset in range(1, gap + 1)]
        today = run_days[-1]
        wanted = {
            one
            for run_day in run_days
            for one in DayRange(max(restated_from(run_day), START), run_day + ONE_DAY)
        }
        ranges = days_to_read(at(f"{today}T12:00"), START, coverage, full_refresh=False)
        assert wanted == {one for part in ranges for one in part}
        coverage = covered_after(at(f"{today}T12:00"), START, coverage)
