"""FOCUS files: what clouds and other vendors bill, in the open format of cost and usage.

Settings: `SOURCES__FOCUS__BUCKET_URL` (a folder, a `file://` URL or an object store that fsspec
knows) and `SOURCES__FOCUS__FILE_GLOB` (default `**/*`). FOCUS 1.0 to 1.4, as `.parquet`, `.csv` and
`.csv.gz`: AWS Data Exports, Azure's and Google's exports, and this project's own. AWS's CUR 2.0 is
read as well, and known by its columns (`cur.py`). FOCUS's other datasets may lie beside them.

| table | grain |
|---|---|
| `charge_days` | version of what a provider bills for a UTC day in a billing period |
| `charges` | line of such a version; charges that only differ by resource, hour or tags are one |
| `charge_files` | file and reading of it: the memory of what was read |
| `quarantine` | row that cannot be read, with file, line, field, reason and remedy |

Which files belong together is in `deliveries.py`. A billing period is replaced as a whole when its
files change: each of its days that says something else gets a new version, a day that is gone one
without lines. A period of which no file is left stays as it was last stated, because exports are
cleaned up. A file that cannot be read costs its own billing periods their update, and they are
named in the summary.

A charge counts on the UTC day on which its charge period starts, with all of its cost: a fee or tax
of a month stands on the first. `BilledCost` is the cost; `EffectiveCost` and `ListCost` are kept
beside it. An `InvoiceId` means that the charge is final. Credits, taxes, purchases and corrections
are lines like others, told apart by their category and class.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import dlt
import pyarrow as pa
from dlt.extract import DltSource

from pipelines.config import wall_clock
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.emit import emit
from pipelines.loading.file_listing import (
    BUCKET_URL,
    FILE_GLOB,
    ListedFile,
    Listing,
    list_files,
    shown_name,
)
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.source import Account, Probe, Setting, Source
from pipelines.sources.focus.deliveries import LOOSE, Delivery, find_deliveries
from pipelines.sources.focus.reading import (
    ChargeReader,
    UnreadableFileError,
    quarantined_file,
)
from pipelines.sources.focus.tables import CHARGE_DAYS, CHARGE_FILES, TABLES

Tables = Iterator[tuple[str, pa.Table]]


@dataclass(frozen=True)
class _KnownFile:
    version: tuple[int, datetime]
    delivery: str
    periods: frozenset[date]


@dataclass
class _Memory:
    """What the warehouse holds: files as last read, and digest of each day by scope."""

    files: dict[str, _KnownFile] = field(default_factory=dict)
    days: dict[tuple[str, date], tuple[str, str, date, str]] = field(default_factory=dict)


def build(context: RunContext) -> DltSource:
    """The dlt source for one run.

    Raises:
        LoadError: the folder or object store cannot be listed.
    """
    listing = list_files(context.account)

    @dlt.resource(name="charges", write_disposition="append")
    def charges() -> Iterator[Any]:
        started_at = wall_clock()
        for name, schema in (*TABLES.items(), ("quarantine", QUARANTINE_SCHEMA)):
            yield emit(name, schema.empty_table())
        for name, rows in _load(context, listing):
            yield emit(name, rows)
        for name, rows in context.run_records(started_at):
            yield emit(name, rows)

    @dlt.source(name=context.account.name)
    def focus() -> Any:
        return charges

    return focus()


def _load(context: RunContext, listing: Listing) -> Tables:
    memory = _remember(context)
    known = {} if context.full_refresh else memory.files
    context.mode = "incremental" if known else "full"
    deliveries, problems = find_deliveries(listing)
    for problem in [*listing.problems, *problems]:
        context.warn(problem)
    with tempfile.TemporaryDirectory(prefix="focus_") as folder:
        observed_at = context.observed_at
        with ChargeReader(Path(folder), context.load_id, observed_at) as reader:
            loader = _DeliveryLoader(context, listing, memory, reader)
            for delivery in deliveries:
                reader.begin()
                if delivery.is_whole:
                    yield from loader.load_whole(delivery, known)
                else:
                    yield from loader.load_loose(delivery, known)
    read = context.stats_for("charges").read
    reason = "; ".join([*listing.problems, *problems]) or None
    context.endpoints.append(EndpointResult("charges", "loaded", reason, read, not problems))


@dataclass
class _DeliveryLoader:
    """Turns deliveries into raw rows: files that changed, days that say something else."""

    context: RunContext
    listing: Listing
    memory: _Memory
    reader: ChargeReader

    def load_whole(self, delivery: Delivery, known: dict[str, _KnownFile]) -> Tables:
        """A delivery with a manifest: all of its files or none."""
        names = {file.name for file in delivery.files}
        before = {name for name, one in known.items() if one.delivery == delivery.name}
        is_same = before == names and all(
            known[file.name].version == file.version for file in delivery.files
        )
        if is_same:
            return
        periods = {date.fromisoformat(f"{delivery.period}-01")}
        periods.update(
            *(one.periods for one in self.memory.files.values() if one.delivery == delivery.name)
        )
        rows, broken = self._read(delivery, delivery.files, None)
        if broken:
            self.context.warn(f"billing period {delivery.period} stays as it was")
            yield from self._refused(delivery, broken, {})
            return
        gone = [_file_row(self.context, delivery.name, name, None) for name in before - names]
        yield from self._write(delivery, periods | _periods(rows), [*rows, *gone])

    def load_loose(self, delivery: Delivery, known: dict[str, _KnownFile]) -> Tables:
        """Files without a manifest: the billing periods of those that changed, as wholes.

        What a file that cannot be read held stays as it was; so does what no file holds any more.
        """
        now = {file.name: file for file in delivery.files}
        known = {name: one for name, one in known.items() if one.delivery == delivery.name}
        changed = {
            name
            for name, file in now.items()
            if name not in known or known[name].version != file.version
        }
        gone = sorted(set(known) - set(now))
        if not changed and not gone:
            return
        if not known:  # nothing to weigh against: whatever the files hold, in one go
            self.reader.begin()
            rows, refused = self._read(delivery, delivery.files, None)
            yield from self._refused(delivery, refused, {})
            yield from self._write(delivery, _periods(rows), rows)
            return
        holds = {name: set(known[name].periods) if name in known else set() for name in now}
        touched: set[date] = set().union(*(known[name].periods for name in gone))
        # read before their manifest was there, which speaks for them now
        moved: set[date] = set().union(
            *(known[name].periods for name in gone if delivery.is_elsewhere(name))
        )
        held_back: set[date] = set()
        broken: dict[ListedFile, UnreadableFileError] = {}
        for name in sorted(changed):
            touched |= holds[name]
            try:
                found = self.reader.periods_of(self.listing, now[name])
            except UnreadableFileError as error:
                broken[now[name]] = error
                held_back |= holds[name]
            else:
                holds[name] = found
                touched |= found
        while True:
            good = [file for file in now.values() if file not in broken]
            held: set[date] = set().union(*(holds[file.name] for file in good))
            chosen = ((touched & held) | moved) - held_back
            reading = [file for file in good if holds[file.name] & chosen or file.name in changed]
            self.reader.begin()
            rows, more = self._read(delivery, reading, chosen)
            if not more:
                break
            broken |= more
            held_back = held_back.union(*(holds[file.name] for file in more))
        if stuck := held_back & touched:
            shown = ", ".join(f"{day:%Y-%m}" for day in sorted(stuck))
            self.context.warn(f"billing period {shown} stays as it was")
        # a file is known by all it holds, not by what of it was read this time
        for row in rows:
            row["billing_periods"] = _days_as_text(holds[row["file"]])
        # files of a period that waits are read again when it can be
        rows = [row for row in rows if not holds[row["file"]] & held_back]
        gone_rows = [_file_row(self.context, delivery.name, name, None) for name in gone]
        yield from self._refused(delivery, broken, holds)
        yield from self._write(delivery, chosen, [*rows, *gone_rows])

    def _read(
        self, delivery: Delivery, files: Sequence[ListedFile], only: set[date] | None
    ) -> tuple[list[dict[str, Any]], dict[ListedFile, UnreadableFileError]]:
        """Rows of `charge_files` of what was read, and the files that could not be."""
        rows, broken = [], {}
        for number, file in enumerate(files, 1):
            self.context.progress(f"file {number} of {len(files)}: {shown_name(file.name)}")
            try:
                read = self.reader.read(self.listing, file, only)
            except UnreadableFileError as error:
                broken[file] = error
                continue
            rows.append(
                {
                    **_file_row(self.context, delivery.name, file.name, file),
                    "billing_periods": _days_as_text(read.periods),
                    "rows_loaded": read.loaded,
                    "rows_quarantined": read.quarantined,
                }
            )
        return rows, broken

    def _refused(
        self,
        delivery: Delivery,
        broken: Mapping[ListedFile, UnreadableFileError],
        holds: Mapping[str, set[date]],
    ) -> Tables:
        """Files that could not be read: said once, and looked at again when they change."""
        rows = []
        for file, error in broken.items():
            self.context.warn(f"{shown_name(file.name)} could not be read: {error}")
            if error.is_passing:
                continue
            self.context.stats_for("charges").quarantined += 1
            rows.append(
                {
                    **_file_row(self.context, delivery.name, file.name, file),
                    "billing_periods": _days_as_text(holds.get(file.name, set())),
                    "rows_loaded": 0,
                    "rows_quarantined": None,
                }
            )
        refused = [
            quarantined_file(file.name, str(error), self.context.load_id, self.context.observed_at)
            for file, error in broken.items()
            if not error.is_passing
        ]
        yield "quarantine", pa.Table.from_pylist(refused, schema=QUARANTINE_SCHEMA)
        yield "charge_files", pa.Table.from_pylist(rows, schema=CHARGE_FILES)

    def _write(
        self, delivery: Delivery, periods: set[date], file_rows: Sequence[dict[str, Any]]
    ) -> Tables:
        """The days of `periods` that say something else than before, and what was read of whom."""
        stats = self.context.stats_for("charges")
        for row in file_rows:
            bad = row.get("rows_quarantined") or 0
            stats.read += (row.get("rows_loaded") or 0) + bad
            stats.quarantined += bad
            if bad:
                self.context.warn(
                    f"{shown_name(row['file'])}: {bad:,} rows cannot be read. They are in "
                    f"{self.context.account.dataset}.quarantine, with line and reason"
                )
        found = {
            (scope, day): (digest, provider, period, lines)
            for scope, period, provider, day, digest, lines in self.reader.days(delivery.name)
        }
        load_id, versions, days = self.context.load_id, {}, []
        # a file with rows that cannot be read empties no day: the missing one may be among them
        may_empty = not any(row.get("rows_quarantined") for row in file_rows)
        known = {
            key: one
            for key, one in self.memory.days.items()
            if one[1] == delivery.name and one[2] in periods and (may_empty or key in found)
        }
        for key in sorted(found.keys() | known.keys()):
            digest, provider, period, lines = found.get(key) or (
                "",
                known[key][3],
                known[key][2],
                0,
            )
            if key in known and known[key][0] == digest:
                continue
            scope, day = key
            version = hashlib.md5(
                f"{load_id}|{scope}|{day}".encode(), usedforsecurity=False
            ).hexdigest()
            if lines:
                versions[key] = version
            stats.new += key not in known
            stats.changed += key in known and bool(lines)
            stats.deleted += not lines
            days.append(
                {
                    "_dlt_load_id": load_id,
                    "_observed_at": self.context.observed_at,
                    "_version_id": version,
                    "scope": scope,
                    "delivery": delivery.name,
                    "billing_period": period,
                    "provider_name": provider,
                    "charge_date": day,
                    "digest": digest,
                    "lines": lines,
                }
            )
        yield "quarantine", self.reader.quarantine()
        for rows in self.reader.charges(versions):
            yield "charges", rows
        yield "charge_days", pa.Table.from_pylist(days, schema=CHARGE_DAYS)
        yield "charge_files", pa.Table.from_pylist(list(file_rows), schema=CHARGE_FILES)


def _remember(context: RunContext) -> _Memory:
    finished = "_dlt_load_id in (select load_id from _dlt_loads where status = 0)"
    memory = _Memory()
    for row in context.query(f"select * from charge_files where {finished} order by _dlt_load_id"):
        if row["size"] is None:
            memory.files.pop(row["file"], None)
            continue
        days = [date.fromisoformat(day) for day in (row["billing_periods"] or "").split(",") if day]
        version = (int(row["size"]), _naive(row["modified_at"]))
        memory.files[row["file"]] = _KnownFile(version, row["delivery"] or LOOSE, frozenset(days))
    for row in context.query(
        "select scope, charge_date, digest, delivery, billing_period, provider_name "
        f"from charge_days where {finished} order by _dlt_load_id"
    ):
        memory.days[row["scope"], _as_day(row["charge_date"])] = (
            row["digest"] or "",
            row["delivery"] or LOOSE,
            _as_day(row["billing_period"]),
            row["provider_name"],
        )
    return memory


def _file_row(
    context: RunContext, delivery: str, name: str, file: ListedFile | None
) -> dict[str, Any]:
    """A row of `charge_files`; without a file it says that the file is gone."""
    return {
        "_dlt_load_id": context.load_id,
        "_observed_at": context.observed_at,
        "file": name,
        "size": file.size if file else None,
        "modified_at": file.modified_at if file else None,
        "delivery": delivery,
    }


def _periods(rows: Sequence[dict[str, Any]]) -> set[date]:
    texts = {text for row in rows for text in row["billing_periods"].split(",") if text}
    return {date.fromisoformat(text) for text in texts}


def _days_as_text(days: set[date]) -> str:
    return ",".join(day.isoformat() for day in sorted(days))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _as_day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """How many files the folder or bucket lists."""
    listing = list_files(account)
    found = "; ".join([f"{len(listing.files):,} files", *listing.problems])
    yield Probe(account.setting_name(BUCKET_URL), True, found)


SOURCE: Final = Source(
    name="focus",
    area="cost",
    title="FOCUS files: what clouds and other vendors bill",
    settings=(
        Setting(BUCKET_URL, "folder or object store that holds FOCUS files"),
        Setting(FILE_GLOB, "which files below it are read", default="**/*"),
    ),
    needs=((BUCKET_URL,),),
    tables=TABLES,
    build=build,
    probe=probe,
)
