"""Days of cost and usage as objects with versions.

A UTC day is one object and its rows are nested, so a restated day is a new version that replaces
the whole day, and an emptied one is a version without rows. Both pairs of reports state the same
day under the same id: whichever was read last holds, so a day is never counted twice. Rows are
sorted and without nulls, so that only what really changed makes a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import dlt
import pyarrow as pa

from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.http import ApiClient
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.tables import JsonObject, LiftError, Row, raw_of, to_json, written_or_refused
from pipelines.loading.versions import BATCH_ROWS, VersionWriter
from pipelines.loading.windows import ONE_DAY, DayRange, last_day
from pipelines.sources.anthropic.api import is_settled, parts_of, read_days
from pipelines.sources.anthropic.tables import (
    ANALYTICS_DAYS_BACK,
    ANALYTICS_SINCE,
    DAYS_PER_REQUEST,
    RESTATED_DAYS,
    SETTLE_HOURS,
    Report,
    actor_row,
    cost_row,
    usage_row,
)

Tables = Iterator[tuple[str, pa.Table]]

#: One object a day, whichever report it was read from.
SCOPE: Final = "organization"


@dataclass(frozen=True)
class Covered:
    """Days read by earlier runs: from `first`, last at `last` (which was not over then)."""

    first: date
    last: date


def ranges_to_read(
    today: date, start: date, before: Covered | None, *, full_refresh: bool
) -> list[DayRange]:
    """Days that a run on `today` reads: the newest again, and what START_DATE adds."""
    end = today + ONE_DAY
    if before is None or full_refresh or before.last > today:
        return [DayRange(start, end)]
    recent = DayRange(max(start, before.last - (RESTATED_DAYS - 1) * ONE_DAY), end)
    missed = DayRange(start, min(before.first, recent.first))
    if missed.days and missed.end == recent.first:
        return [DayRange(start, end)]
    return [one for one in (missed, recent) if one.days]


def first_day_of(report: Report, start: date, today: date) -> date:
    """The first day that a report may be asked for."""
    if report.is_daily:  # a request for each day
        return max(start, today - (DAYS_PER_REQUEST - 1) * ONE_DAY)
    if report.is_legacy:
        return start
    return max(start, ANALYTICS_SINCE, today - ANALYTICS_DAYS_BACK * ONE_DAY)


@dataclass
class DayLoader:
    """Reads the days of one report into its tables.

    Attributes:
        organization_id: of the key, where it says so.
    """

    client: ApiClient
    context: RunContext
    hasher: EmailHasher
    versions: VersionWriter
    organization_id: str | None

    def load(self, report: Report, start: date) -> Tables:
        """Read the days that may have changed, and remember what is covered."""
        context, today = self.context, last_day(self.context.as_of)
        first = first_day_of(report, start, today)
        before = self._covered(report)
        if before and before.last > today:
            context.warn(
                f"days up to {before.last} were read before, which is after this run's clock "
                f"({today}); the clock jumped back, so everything is read again."
            )
        if before and not context.full_refresh:
            context.mode = "incremental"
        read = 0
        for days in ranges_to_read(today, first, before, full_refresh=context.full_refresh):
            for part in parts_of(days):
                read += yield from self._load_part(report, part)
        yield from self.versions.flush()
        context.endpoints.append(EndpointResult(report.name, "loaded", None, read, True))
        kept_first = min(first, before.first) if before and before.last <= today else first
        _state()[report.table.name] = {"first": kept_first.isoformat(), "last": today.isoformat()}

    def _load_part(
        self, report: Report, part: DayRange
    ) -> Generator[tuple[str, pa.Table], None, int]:
        """One request's days, pages and control totals; returns how many rows were read."""
        self.context.progress(f"{report.name} {part.first}")
        found = read_days(self.client, report, part, report.group_by)
        is_bill = report.is_cost and not report.is_by_actor
        totals = self._control_totals(report, part) if is_bill else {}
        reach = found.refreshed_at or self.context.as_of
        refused: list[Row] = []
        for day, rows in found.days.items():
            # A day that the vendor's data have not reached says nothing yet by having no rows.
            if not rows and found.refreshed_at and reach.date() < day:
                continue
            item, bad = self._day(report, day, rows)
            item["is_final"] = is_settled(day, min(reach, self.context.as_of), SETTLE_HOURS)
            if is_bill:
                item["control_amount"] = totals.get(day)
            refused += self._add(report, item, bad)
            yield from self.versions.flush(at_least=BATCH_ROWS)
        if refused:
            yield "quarantine", pa.Table.from_pylist(refused, schema=QUARANTINE_SCHEMA)
        return sum(map(len, found.days.values()))

    def _control_totals(self, report: Report, part: DayRange) -> dict[date, Decimal]:
        """Each day's total in dollars, asked for without any grouping; days without rows are 0."""
        totals: dict[date, Decimal] = {}
        for day, rows in read_days(self.client, report, part, ()).days.items():
            try:
                totals[day] = sum((cost_row(one)["amount"] for one in rows), Decimal(0))
            except (LiftError, AttributeError, TypeError) as error:
                self.context.warn(f"{report.name}: the total of {day} cannot be read ({error}).")
        return totals

    def _day(
        self, report: Report, day: date, rows: Sequence[Any]
    ) -> tuple[dict[str, Any], list[tuple[LiftError, Any]]]:
        """The object of a day, and the rows that cannot be loaded exactly."""
        read: Callable[[JsonObject], JsonObject] = cost_row if report.is_cost else usage_row
        if report.is_by_actor:
            read = actor_row
        good, bad = [], []
        for row in rows:
            item = self.hasher.scrub(row)
            try:
                if not isinstance(item, dict):
                    raise LiftError("data", item, "JSON object")
                good.append(written_or_refused("data", read(item))[1])
            except LiftError as error:
                bad.append((error, item))
        day_object: dict[str, Any] = {
            "id": f"{SCOPE}|{day.isoformat()}",
            "reported_date": day.isoformat(),
            "reports": "legacy" if report.is_legacy else "analytics",
            "grouped_by": list(report.group_by),
            "organization_id": self.organization_id,
            "rows": sorted(good, key=to_json),
            "rows_quarantined": len(bad),
        }
        if bad:
            day_object["quarantined"] = sorted(raw_of(one) for _, one in bad)
        return day_object, bad

    def _add(
        self, report: Report, item: dict[str, Any], bad: list[tuple[LiftError, Any]]
    ) -> list[Row]:
        """Add a day; returns the rows of the quarantine that a new version of it brings."""
        versions, context = self.versions, self.context
        versions.fields.update(f"rows.{key}" for one in item["rows"] for key in one)
        before = versions.known.get(item["id"])
        versions.add(item, observed_at=context.observed_at, via="list")
        # what the bill says as well is in the quarantine as a row of the bill
        if not bad or (report.is_by_actor and not report.is_legacy):
            return []
        first = bad[0][0]
        context.warn(
            f"{report.name}: {len(bad)} of {len(bad) + len(item['rows'])} rows of "
            f"{item['reported_date']} cannot be read ({first}); the rest of the day is loaded, its "
            f"total lacks them. They are in {context.account.dataset}.quarantine."
        )
        if versions.known.get(item["id"]) is before:
            return []
        versions.stats.quarantined += len(bad)
        return [
            {
                "_dlt_load_id": versions.load_id,
                "_observed_at": context.observed_at,
                "source_table": report.table.children[0].name,
                "record_id": item["id"],
                "file": None,
                "line": None,
                "field": error.field_path,
                "reason": str(error),
                "raw": raw_of(row),
            }
            for error, row in bad
        ]

    def _covered(self, report: Report) -> Covered | None:
        """What earlier runs covered. A warehouse that knows no day of it was not covered at all."""
        state = _state().get(report.table.name)
        if state is None or not self.versions.known:
            return None
        return Covered(date.fromisoformat(state["first"]), date.fromisoformat(state["last"]))


def _state() -> dict[str, dict[str, str]]:
    """dlt's state of the source, committed with the load package."""
    state: dict[str, dict[str, str]] = dlt.current.source_state().setdefault("covered_days", {})
    return state
