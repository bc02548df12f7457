"""Usage by endpoint and day: equal to an independent reckoning after every sequence of loads.

A small history is loaded step by step (late events, duplicates on the same and on another day, a
load whose status arrives late, a corrected file, a day that loses all its events, raw data loaded
anew), built incrementally after every step, and compared each time with what Python makes of the
same rows; at the end a full refresh has to give the same table.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import numpy as np
import pytest

from support.commands import Project
from support.raw_tables import RawEvents

Event = dict[str, Any]
MODEL = "usage_by_endpoint_day"
COLUMNS = (
    "date, endpoint, calls, errors, error_rate, mean_response_time_ms, p50_response_time_ms, "
    "p95_response_time_ms, requests_per_minute, performance_score, is_provisional"
)


def event(event_id: str, at: str, endpoint: str | None = "/a", **other: Any) -> Event:
    return {
        "event_id": event_id,
        "occurred_at": datetime.fromisoformat(at),
        "endpoint": endpoint,
        "status_code": 200,
        "response_time_ms": Decimal(100),
    } | other


class Reckoning:
    """What Python makes of the same loads."""

    def __init__(self) -> None:
        self.loads: dict[str, list[Event]] = {}

    def current(self) -> list[Event]:
        """Each event once: the copy of the newest load, of its last file and line."""
        newest: dict[str, Event] = {}
        for load_id in sorted(self.loads):
            for row in self.loads[load_id]:
                newest[row["event_id"]] = row
        return list(newest.values())

    def rows(self, as_of: datetime) -> list[tuple[Any, ...]]:
        groups: dict[tuple[date, str], list[Event]] = defaultdict(list)
        for row in self.current():
            if row.get("event_type", "api_request") == "api_request":
                groups[row["occurred_at"].date(), row["endpoint"] or "__unknown__"].append(row)
        return [_row(key, groups[key], as_of) for key in sorted(groups)]


def _rounded(value: Decimal | float, places: int) -> Decimal:
    unit = Decimal(1).scaleb(-places)
    return Decimal(str(value)).quantize(unit, rounding=ROUND_HALF_UP)


def _row(key: tuple[date, str], events: list[Event], as_of: datetime) -> tuple[Any, ...]:
    day, endpoint = key
    calls = len(events)
    statuses = [event["status_code"] for event in events if event["status_code"] is not None]
    errors = sum(status >= 400 for status in statuses) if statuses else None
    times = [e["response_time_ms"] for e in events if e["response_time_ms"] is not None]
    midnight = datetime.combine(day, datetime.min.time())
    minutes = max(1, min(1440, int((as_of - midnight).total_seconds() // 60)))
    mean = _rounded(sum(times) / len(times), 3) if times else None
    p50, p95 = (
        (_rounded(np.percentile([float(t) for t in times], q), 3) for q in (50, 95))
        if times
        else (None, None)
    )
    rate = None if errors is None else _rounded(Decimal(errors) / calls, 9)
    score = None
    if mean is not None and rate is not None:
        speed = 50 if mean < 500 else 40 if mean < 1000 else 30 if mean < 2000 else 20
        health = 50 if rate < Decimal("0.01") else 40 if rate < Decimal("0.05") else 0
        score = speed + (health or (30 if rate < Decimal("0.1") else 20))
    per_minute = _rounded(Decimal(calls) / minutes, 9)
    is_running = (as_of - midnight).total_seconds() < 86_400
    return (
        day, endpoint, calls, errors, rate, mean, p50, p95, per_minute, score, is_running,
    )  # fmt: skip


class History:
    """Loads, builds and compares."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.raw = RawEvents(project.warehouse)
        self.reckoning = Reckoning()
        self.as_of = datetime(2026, 3, 10, 12)

    def load(self, load_id: str, *events: Event, status: int = 0) -> None:
        self.raw.load_events(load_id, events, status=status)
        if status == 0:
            self.reckoning.loads[load_id] = list(events)

    def run(self, *arguments: str, select: str = f"+{MODEL}") -> None:
        self.project.settings["AS_OF"] = self.as_of.isoformat()
        self.project.dbt("run", "--select", select, "--quiet", *arguments)

    def build(self, *arguments: str) -> None:
        self.run(*arguments)
        assert self.rows() == self.reckoning.rows(self.as_of)

    def rows(self) -> list[tuple[Any, ...]]:
        return self.project.rows(f"select {COLUMNS} from product.{MODEL} order by date, endpoint")

    def mark_all_days(self) -> None:
        """A column that no comparison looks at shows which days are written anew."""
        with duckdb.connect(str(self.project.warehouse)) as connection:
            connection.execute(f"update product.{MODEL} set timed_calls = -1")

    def days_written_since(self) -> set[int]:
        days = self.project.rows(
            f"select distinct date from product.{MODEL} where timed_calls <> -1"
        )
        return {day.day for (day,) in days}

    def full_refreshes(self) -> list[int]:
        """Numbers of the runs that rebuilt everything."""
        runs = self.project.rows(
            "select distinct run_number from intermediate._loads_taken_in "
            f"where model_name = '{MODEL}' and is_full_refresh order by 1"
        )
        return [number for (number,) in runs]


@pytest.mark.slow
def test_any_sequence_of_runs_gives_the_table_of_a_full_refresh(project: Project) -> None:
    history = History(project)
    history.load(
        "1001.1",
        event("e1", "2026-03-01T00:00:00", response_time_ms=Decimal("12.345")),
        event("e2", "2026-03-01T23:59:59.999999", status_code=500, response_time_ms=Decimal(700)),
        event("e3", "2026-03-02T08:00:00", "/b", response_time_ms=None),
        event("e3", "2026-03-02T08:00:00", "/b", response_time_ms=None),
        event("e4", "2026-03-03T08:00:00", None, status_code=None),
        event("llm", "2026-03-03T08:00:00", "/a", event_type="llm_request"),
        *[
            event(f"n{n}", f"2026-03-09T10:{n:02}:00", response_time_ms=Decimal(n * 37 % 101))
            for n in range(40)
        ],
        event("e8", "2026-03-10T10:00:00"),
    )
    history.build()

    # Late events for an old day, a duplicate that moves an event to another day, another one that
    # corrects what is known of it. Only their days are built anew, and the running one.
    history.load(
        "1002.1",
        event("e5", "2026-03-01T12:00:00"),
        event("e3", "2026-03-05T08:00:00", "/b", response_time_ms=Decimal(5)),
        event("e1", "2026-03-01T00:00:00", response_time_ms=Decimal(99)),
    )
    history.mark_all_days()
    history.build()
    assert history.days_written_since() == {1, 5, 10}  # nothing is left of the 2nd

    # An incomplete load does not count; a later one does, before it. The running day is complete.
    late_load = [event("e6", "2026-03-04T00:00:00"), event("e5", "2026-03-06T00:00:00")]
    history.load("1003.1", *late_load, status=1)
    history.load("1004.1", event("e5", "2026-03-07T00:00:00"), event("e7", "2026-03-04T01:00:00"))
    history.as_of = datetime(2026, 3, 11)
    history.build()

    # Its status arrives late: it is taken in, but the newer copy of e5 stays. The 3rd loses its
    # only request.
    history.raw.complete("1003.1")
    history.reckoning.loads["1003.1"] = late_load
    history.load("1005.1", event("e4", "2026-03-08T00:00:00", None))
    history.build()

    # The mart alone waits until the duplicates of a load are known.
    before = history.rows()
    history.load("1006.1", event("e8", "2026-03-08T00:00:00"))
    history.run(select=MODEL)
    assert history.rows() == before
    history.build()

    incremental = history.rows()
    assert history.full_refreshes() == [1]
    history.build("--full-refresh")
    assert history.rows() == incremental

    # What a former version of the project counted, by rules of its own, is counted anew.
    history.mark_all_days()
    with duckdb.connect(str(history.project.warehouse)) as connection:
        connection.execute("delete from intermediate._loads_taken_in where load_id like 'rule:%'")
    history.build()
    assert history.days_written_since() == {day.day for day, *_ in incremental}

    # Somebody loads everything anew: what was taken in is gone, so nothing of it can stay.
    for load_id in list(history.reckoning.loads):
        history.raw.forget(load_id)
    history.reckoning.loads.clear()
    history.load("2001.1", event("e1", "2026-03-01T06:00:00"))
    history.build()
    assert len(history.full_refreshes()) == 4
