"""The app's event files: weekly files for the past, two a day lately, in four formats.

A file is written when its time is over and never touched again, so moving the clock on adds files
and changes none. Most are JSON lines (gzip or plain), some Parquet and CSV. Some events arrive days
late in files of their own, some rows come twice, some carry fields nobody announced, and a few
lines are broken: all counted in the truth.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from demo.company.ai_usage import DayEvents, Mask, UsageModel
from demo.timeline import DAY, day_of, iso, moment_of

#: Files written less than so many days before the first clock hold half a day, older ones a week.
RECENT: Final = 14 * DAY
LATE_BY: Final = 6 * DAY
#: Of the late days' events, one in so many is late.
LATE_SHARE: Final = 50

_FORMATS: Final = (
    "jsonl.gz", "jsonl.gz", "jsonl", "jsonl.gz", "parquet", "jsonl.gz", "csv", "jsonl.gz",
)  # fmt: skip

BROKEN: Final = (
    b'{"event_id": "evt-broken-1", "event_type": "api_request", "occurred_at": "2026-0',
    b'{"event_id": "evt-broken-2", "event_type": "api_request", "occurred_at": "0000-00-00", '
    b'"customer_id": "cus_demo000001"}',
    b'{"event_type": "api_request", "occurred_at": "2026-09-01T00:00:00Z", '
    b'"customer_id": "cus_demo000001"}',
)


@dataclass(frozen=True)
class FilePlan:
    """A file: the span of event time it covers, when it is written, its name and format."""

    start: int
    end: int
    written_at: int
    name: str
    format: str
    is_late: bool = False
    broken: bytes | None = None
    epoch_times: bool = False


@dataclass(frozen=True)
class FileFacts:
    """What a written file holds."""

    name: str
    written_at: int
    rows: int
    duplicates: int
    broken_line: int | None


def plan_files(start: int, clock: int, horizon: int) -> list[FilePlan]:
    """All files up to the horizon, in the order they are written."""
    recent = clock - clock % DAY - RECENT
    recent -= (recent - start) % (7 * DAY)
    plans: list[FilePlan] = []
    at, number = start, 0
    while at < horizon:
        is_recent = at >= recent
        end = min(at + (DAY // 2 if is_recent else 7 * DAY), horizon)
        form = _FORMATS[number % len(_FORMATS)]
        stem = moment_of(at).strftime("%Y-%m-%dT%H" if is_recent else "%Y-%m-%d")
        broken = None
        if form == "jsonl" and not is_recent and number // len(_FORMATS) < len(BROKEN):
            broken = BROKEN[number // len(_FORMATS)]
        plans.append(
            FilePlan(
                at,
                end,
                end,
                f"{stem[:7]}/{stem}.{form}",
                form,
                broken=broken,
                epoch_times=number % 7 == 3,
            )
        )
        at, number = end, number + 1
    for day in late_days(start, horizon):
        written = day + LATE_BY
        name = f"{day_of(written):%Y-%m}/late-{day_of(written)}.jsonl"
        plans.append(FilePlan(day, day + DAY, written, name, "jsonl", is_late=True))
    return sorted(plans, key=lambda plan: (plan.written_at, plan.name))


def late_days(start: int, horizon: int) -> list[int]:
    """Days of which some events come late: the 10th of each month."""
    days = range(start, horizon - LATE_BY, DAY)
    return [day for day in days if day_of(day).day == 10]


def is_late(events: DayEvents) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows of a late day come late."""
    late = np.zeros(len(events), dtype=np.bool_)
    if day_of(events.day).day == 10:
        late[::LATE_SHARE] = True
    return late


def _json_rows(table: pa.Table, plan: FilePlan) -> list[bytes]:
    lines = []
    for row in table.to_pylist():
        moment: datetime = row["occurred_at"]
        seconds = int(moment.timestamp())
        row["occurred_at"] = seconds if plan.epoch_times else iso(seconds)
        lines.append(orjson.dumps({k: v for k, v in row.items() if v is not None}))
    return lines


def _write(path: Path, table: pa.Table, plan: FilePlan) -> int | None:
    """Write one file; returns the number of its broken line (from 1), if it has one."""
    broken_line = None
    if plan.format.startswith("jsonl"):
        lines = _json_rows(table, plan)
        if plan.broken is not None:
            place = len(lines) // 2
            lines.insert(place, plan.broken)
            broken_line = place + 1
        data = b"\n".join(lines) + (b"\n" if lines else b"")
        if plan.format.endswith("gz"):
            buffer = io.BytesIO()
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=buffer, mtime=0) as out:
                out.write(data)
            data = buffer.getvalue()
        path.write_bytes(data)
    elif plan.format == "parquet":
        pq.write_table(table, path, compression="zstd")
    else:
        pa_csv.write_csv(table, path)
    return broken_line


class EventFiles:
    """Writes a company's event files into a folder, day after day.

    Feed every day in order with `add`; a file is written once its last day has been fed. Files
    that exist are left alone. `delivered` is told which rows of a day go into
    files written by `until`.
    """

    def __init__(
        self,
        folder: Path,
        plans: Sequence[FilePlan],
        until: int,
        delivered: Callable[[DayEvents, Mask], None] | None = None,
    ) -> None:
        self._folder = folder
        self._delivered = delivered
        self._plans = [plan for plan in plans if plan.written_at <= until]
        self._parts: dict[str, list[pa.Table]] = {}
        self.facts: list[FileFacts] = []

    def add(self, events: DayEvents) -> None:
        """Take a day's events."""
        late = is_late(events)
        begin, end = events.day, events.day + DAY
        for plan in list(self._plans):
            if plan.start >= end or plan.end <= begin:
                continue
            if plan.is_late:
                rows = late
            else:
                moments = events.day + events.second
                rows = ~late & (moments >= plan.start) & (moments < plan.end)
            if self._delivered is not None:
                self._delivered(events, rows)
            parts = self._parts.setdefault(plan.name, [])
            parts.append(events.table.filter(pa.array(rows)))
            if plan.end <= end:
                self._finish(plan, self._parts.pop(plan.name))
                self._plans.remove(plan)

    def _finish(self, plan: FilePlan, parts: list[pa.Table]) -> None:
        table = pa.concat_tables(parts)
        # Late files repeat their first row, others their last two: the same rows again.
        again = table.slice(0, 1) if plan.is_late else table.slice(max(0, table.num_rows - 2))
        if not plan.is_late and (plan.start // DAY) % 3:
            again = table.slice(0, 0)
        full = pa.concat_tables([table, again])
        path = self._folder / plan.name
        broken_line = None
        if plan.broken is not None:
            broken_line = full.num_rows // 2 + 1
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # A dot file is not an event file: a torn write is never taken for one.
            torn = path.with_name(f".{path.name}.partial")
            broken_line = _write(torn, full, plan)
            torn.rename(path)
        self.facts.append(
            FileFacts(plan.name, plan.written_at, full.num_rows, again.num_rows, broken_line)
        )


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write exact events as one JSON-lines file (plain or .gz by the name)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_bulk(
    folder: Path,
    usage: UsageModel,
    *,
    format_: str = "parquet",
    rows_per_file: int = 500_000,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Stream all of a company's events to files of about `rows_per_file` rows, for benchmarks.

    Memory holds one file's rows. JSON lines are written by DuckDB. Returns the number of rows.

    Raises:
        ValueError: the format is not `parquet`, `jsonl` or `csv`.
    """
    if format_ not in ("parquet", "jsonl", "csv"):
        raise ValueError(f"format {format_!r}: parquet, jsonl or csv")
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number, table in enumerate(_batches(usage, rows_per_file)):
        path = folder / f"events-{number:05d}.{format_}"
        if format_ == "parquet":
            pq.write_table(table, path, compression="zstd")
        elif format_ == "csv":
            pa_csv.write_csv(table, path)
        else:
            with duckdb.connect() as connection:
                connection.register("batch", table)
                connection.execute(
                    f"copy (select * replace (strftime(occurred_at at time zone 'UTC', "
                    f"'%Y-%m-%dT%H:%M:%SZ') as occurred_at) from batch) to '{path}' (format json)"
                )
        total += table.num_rows
        if progress is not None:
            progress(total)
    return total


def _batches(usage: UsageModel, rows: int) -> Iterator[pa.Table]:
    parts: list[pa.Table] = []
    held = 0
    for day in usage.days():
        table = usage.day(day).table
        parts.append(table)
        held += table.num_rows
        if held >= rows:
            yield pa.concat_tables(parts)
            parts, held = [], 0
    if held:
        yield pa.concat_tables(parts)


__all__ = [
    "EventFiles",
    "FileFacts",
    "FilePlan",
    "late_days",
    "plan_files",
    "write_bulk",
    "write_rows",
]
