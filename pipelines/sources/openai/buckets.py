"""Days of cost and usage as objects with versions.

A bucket (one day of one scope) is one object and its results are its nested rows, so a restated day
is a new version that replaces the whole day, and an emptied one is a version without rows. What a
bucket says must not depend on how it was said: results are sorted, nulls are left out, and amounts
are written in one way, so that only a real restatement makes a new version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import dlt
import pyarrow as pa

from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.http import ApiClient
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.tables import JsonObject, LiftError, Row, raw_of, to_json, written_or_refused
from pipelines.loading.versions import BATCH_ROWS, VersionWriter
from pipelines.loading.windows import (
    ONE_DAY,
    Coverage,
    DayRange,
    covered_after,
    days_to_read,
    last_day,
)
from pipelines.sources.openai.api import epoch, read_days
from pipelines.sources.openai.tables import API_KEYS_SINCE, COSTS, BucketEndpoint

Tables = Iterator[tuple[str, pa.Table]]


@dataclass(frozen=True)
class Refused:
    """A result that cannot be loaded exactly: which field, why, and the result as it came."""

    field: str
    reason: str
    raw: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Day:
    """One scope's UTC day: its id, its readable results in canonical form, the refused ones."""

    bucket_id: str
    scope: str
    day: date
    results: Sequence[JsonObject]
    refused: Sequence[Refused] = ()

    def as_object(self, scope_column: str) -> JsonObject:
        """The object whose versions the warehouse keeps."""
        bucket: dict[str, Any] = {
            "id": self.bucket_id,
            "object": "bucket",
            scope_column: self.scope,
            "bucket_date": self.day.isoformat(),
            "start_time": epoch(self.day),
            "end_time": epoch(self.day + ONE_DAY),
            "results": list(self.results),
            "results_quarantined": len(self.refused),
        }
        if self.refused:
            # Part of the content, so that another refused result is another version.
            bucket["quarantined"] = sorted(_digest(one.raw) for one in self.refused)
        return bucket


def bucket_id(scope: str, day: date) -> str:
    """Id of a scope's day in the object table."""
    return f"{scope}|{day.isoformat()}"


def make_day(
    endpoint: BucketEndpoint, day: date, results: Iterable[Any], hasher: EmailHasher
) -> Day:
    """The day that the API's results describe."""
    good, refused = [], []
    for result in results:
        item = hasher.scrub(result)
        try:
            if not isinstance(item, dict):
                raise LiftError("results", item, "JSON object")
            endpoint.check(item)
            item = written_or_refused("results", item)[1]
        except LiftError as error:
            refused.append(Refused(error.field_path, str(error), raw_of(item)))
        else:
            good.append(canonical(item))
    good.sort(key=to_json)
    return Day(bucket_id(endpoint.scope, day), endpoint.scope, day, good, refused)


def canonical(result: JsonObject) -> JsonObject:
    """A checked result without nulls, with amount and quantity as plain exact decimals."""
    kept = {key: value for key, value in result.items() if value is not None}
    if "amount" in kept:
        amount = {key: value for key, value in kept["amount"].items() if value is not None}
        kept["amount"] = {**amount, "value": plain_decimal(amount["value"])}
    if "quantity" in kept:
        kept["quantity"] = plain_decimal(kept["quantity"])
    return kept


def plain_decimal(value: Any) -> Decimal:
    """The same number without trailing zeros and without a positive exponent; never rounded."""
    number = Decimal(value)
    if not number:
        return Decimal(0)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise LiftError("value", value, "finite number")
    while exponent < 0 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if exponent > 0:
        digits, exponent = digits + (0,) * exponent, 0
    return Decimal((sign, digits, exponent))


@dataclass
class BucketWriter:
    """Adds days to an object table and to the quarantine, as Arrow tables.

    A refused result is written to the quarantine with the version of its day, so reading the same
    broken result again adds nothing; the warning comes back with every run that meets it.
    """

    endpoint: BucketEndpoint
    context: RunContext
    versions: VersionWriter
    via: str
    seen_days: set[str] = field(default_factory=set)
    _quarantine: list[Row] = field(default_factory=list)

    def add(self, day: Day) -> bool:
        """Add one day; returns whether it was new or differs from what was known."""
        self.seen_days.add(day.bucket_id)
        self.versions.fields.update(f"results.{key}" for one in day.results for key in one)
        before = self.versions.known.get(day.bucket_id)
        item = day.as_object(self.endpoint.scope_column)
        self.versions.add(item, observed_at=self.context.observed_at, via=self.via)
        is_changed = self.versions.known.get(day.bucket_id) is not before
        if day.refused:
            self._refuse(day, is_changed)
        return is_changed

    def add_emptied(self, scope: str, days: Iterable[date]) -> list[date]:
        """Days known before that a complete reading did not show: they were restated to nothing."""
        emptied = []
        for day in days:
            key = bucket_id(scope, day)
            if (
                key in self.versions.known
                and key not in self.seen_days
                and self.add(Day(key, scope, day, []))
            ):
                emptied.append(day)
        return emptied

    def flush(self, *, at_least: int = 0) -> Tables:
        """Hand over what was collected, if it is at least that many rows."""
        yield from self.versions.flush(at_least=at_least)
        if self._quarantine and len(self._quarantine) >= at_least:
            yield "quarantine", pa.Table.from_pylist(self._quarantine, schema=QUARANTINE_SCHEMA)
            self._quarantine = []

    def quarantine(self, refused: Refused, record_id: str | None) -> None:
        """Put one result that cannot be loaded into the quarantine."""
        self.versions.stats.quarantined += 1
        self._quarantine.append(
            {
                "_dlt_load_id": self.versions.load_id,
                "_observed_at": self.context.observed_at,
                "source_table": self.endpoint.table.children[0].name,
                "record_id": record_id,
                "file": refused.file,
                "line": refused.line,
                "field": refused.field,
                "reason": refused.reason,
                "raw": refused.raw,
            }
        )

    def _refuse(self, day: Day, is_changed: bool) -> None:
        first = day.refused[0]
        self.context.warn(
            f"{self.endpoint.name}: {len(day.refused)} of {len(day.refused) + len(day.results)} "
            f"results of {day.bucket_id} cannot be read ({first.reason}); the rest of the day is "
            f"loaded, its total lacks them. They are in {self.context.account.dataset}.quarantine."
        )
        if is_changed:
            for refused in day.refused:
                self.quarantine(refused, day.bucket_id)


def load_endpoint(
    endpoint: BucketEndpoint,
    client: ApiClient,
    writer: BucketWriter,
    start: date,
    hasher: EmailHasher,
) -> Tables:
    """Read one endpoint's days into its tables, and remember what is covered."""
    context = writer.context
    coverage = trusted_coverage(_coverage(endpoint, writer), context)
    ranges = days_to_read(context.as_of, start, coverage, full_refresh=context.full_refresh)
    if coverage and not context.full_refresh:
        context.mode = "incremental"
    read = 0
    for part in (part for one in ranges for part in _query_parts(endpoint, one)):
        for day, results in read_days(
            client, endpoint, part, _dimensions(endpoint, part), context.warn
        ):
            read += len(results)
            context.progress(f"{endpoint.name} {day}")
            writer.add(make_day(endpoint, day, results, hasher))
            yield from writer.flush(at_least=BATCH_ROWS)
        for day in writer.add_emptied(endpoint.scope, part):
            context.warn(f"{endpoint.name}: {day} was restated to nothing.")
    yield from writer.flush()
    context.endpoints.append(EndpointResult(endpoint.name, "loaded", None, read, True))
    _remember(endpoint, covered_after(context.as_of, start, coverage))


def _query_parts(endpoint: BucketEndpoint, days: DayRange) -> list[DayRange]:
    """Costs are asked for with and without keys in separate queries, each with one set of days."""
    return days.split_at(API_KEYS_SINCE) if endpoint is COSTS else [days]


def _dimensions(endpoint: BucketEndpoint, days: DayRange) -> tuple[str, ...]:
    if endpoint is COSTS and days.first < API_KEYS_SINCE:
        return tuple(name for name in endpoint.group_by if name != "api_key_id")
    return endpoint.group_by


def _coverage(endpoint: BucketEndpoint, writer: BucketWriter) -> Coverage | None:
    """What earlier runs covered. A warehouse that knows no day of it was not covered at all."""
    state = _covered_state().get(endpoint.name)
    if state is None or not knows_scope(writer.versions.known, f"{endpoint.scope}|"):
        return None
    return Coverage(date.fromisoformat(state["first"]), date.fromisoformat(state["last"]))


def trusted_coverage(before: Coverage | None, context: RunContext) -> Coverage | None:
    """What was covered, unless it lies in the future: then nothing of it can be relied on."""
    today = last_day(context.as_of)
    if before is None or before.last <= today:
        return before
    context.warn(
        f"days up to {before.last} were read before, which is after this run's clock ({today}); "
        "the clock jumped back, so everything is read again."
    )
    return None


def knows_scope(known: Iterable[str], prefix: str) -> bool:
    """Whether any known bucket id begins with `prefix`."""
    return any(key.startswith(prefix) for key in known)


def _remember(endpoint: BucketEndpoint, coverage: Coverage) -> None:
    _covered_state()[endpoint.name] = {
        "first": coverage.first.isoformat(),
        "last": coverage.last.isoformat(),
    }


def _covered_state() -> dict[str, dict[str, str]]:
    """dlt's state of the source, committed with the load package."""
    state: dict[str, dict[str, str]] = dlt.current.source_state().setdefault("covered_days", {})
    return state


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
