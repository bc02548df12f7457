"""App events: files of a folder or object store -> the schema `raw_app_events`.

Settings: `SOURCES__APP_EVENTS__BUCKET_URL` (a folder, a `file://` URL or an object store that
fsspec knows, such as `s3://bucket/events`) and `SOURCES__APP_EVENTS__FILE_GLOB` (default `**/*`).

| files | read as |
|---|---|
| `.jsonl`, `.ndjson`, `.json` (one object per line), also with `.gz` | JSON lines |
| `.csv`, also with `.gz` | CSV with a header row |
| `.parquet` | Parquet |

Others, and hidden ones, are left out and counted in the summary.

| table | grain |
|---|---|
| `events` | row of a file, as read: duplicates by `event_id` are removed downstream |
| `event_files` | file and reading of it: name, size, time; this is the memory of what was read |
| `quarantine` | row (or whole file: line null) that cannot be read, with field and reason |

Append only. A file is read once, and again whole when its size or time of change differs. The
memory is the warehouse itself, so a lost local state doubles nothing, and a file that changes while
it is read is read again by the next run. `--full-refresh` reads every file again.

A row needs `event_id`, `event_type`, `occurred_at` and `customer_id`, each there and not empty;
a CSV or Parquet file without one of these columns is quarantined whole. All other columns may be
missing or null; columns that are not known go into `properties`, one JSON object (a column named
`properties` that holds a JSON object gives its members). A value that is there and cannot be
represented exactly puts its row into quarantine, it never becomes null:

- whole numbers may come as text or as `12.0`, not as `1.5`; token counts are not negative;
- decimals are rounded to the column's scale; JSON numbers of more digits than a double holds must
  be sent as text;
- `occurred_at` is ISO 8601 with a zone, or an epoch in seconds, milli-, micro- or nanoseconds by
  its magnitude, as number or text. Text without a zone is refused; a Parquet timestamp without
  zone is UTC. Times before 1970 or after 2099 are refused.

In CSV, empty means null. Line numbers count from 1 (Parquet: rows; CSV: the header is line 1, a
record that spans several lines counts as one).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.extract import DltSource

from pipelines.app_events.lines import LineStream
from pipelines.app_events.listing import (
    BUCKET_URL_SETTING,
    EventFile,
    Listing,
    list_files,
)
from pipelines.app_events.reader import EventReader, Output, Part, UnreadableFileError
from pipelines.app_events.schemas import EVENT_FILES_SCHEMA, EVENTS_SCHEMA, raw_schemas
from pipelines.config import pipelines_dir, setting, warehouse_path
from pipelines.context import EndpointResult, RunContext
from pipelines.emit import emit
from pipelines.errors import LoadError
from pipelines.versions import QUARANTINE_SCHEMA

__all__ = ["NAME", "build", "missing_setting", "raw_schemas"]

NAME: Final = "app_events"
FILE_GLOB_SETTING: Final = "SOURCES__APP_EVENTS__FILE_GLOB"

#: Files that are read by one statement, at most so many and so large together.
BATCH_FILES: Final = 64
BATCH_BYTES: Final = 256 * 2**20
DOWNLOAD_BLOCK_BYTES: Final = 8 * 2**20


def missing_setting() -> str | None:
    """Name of the setting without which the source cannot run; None if it is configured."""
    return None if setting(BUCKET_URL_SETTING) else BUCKET_URL_SETTING


def build(context: RunContext) -> DltSource:
    """The dlt source for one run.

    Raises:
        LoadError: the folder or object store cannot be listed.
    """
    listing = list_files(setting(BUCKET_URL_SETTING) or "", setting(FILE_GLOB_SETTING) or "**/*")
    known = {} if context.full_refresh else _known_files(context)
    context.mode = "incremental" if known else "full"
    files = [file for file in listing.files if known.get(file.name) != file.version]
    if listing.skipped:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(listing.skipped.items()))
        context.warn(f"left out {sum(listing.skipped.values())} files that are no events: {kinds}")

    @dlt.resource(name="events", write_disposition="append")
    def events() -> Iterator[Any]:
        yield from _Run(context, listing, files).items()

    @dlt.source(name=NAME)
    def app_events() -> Any:
        return events

    return app_events()


def _known_files(context: RunContext) -> dict[str, tuple[int, datetime]]:
    """Name -> version of every file that a finished load has read."""
    rows = context.query(
        """
        select file, size, modified_at
        from event_files
        where _dlt_load_id in (select load_id from _dlt_loads where status = 0)
        order by _dlt_load_id
        """
    )
    return {row["file"]: (row["size"], _naive(row["modified_at"])) for row in rows}


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@dataclass
class _Counts:
    loaded: int = 0
    quarantined: int = 0


@dataclass
class _Run:
    """Reads the new files of one run and hands them to dlt."""

    context: RunContext
    listing: Listing
    files: Sequence[EventFile]
    counts: dict[str, _Counts] = field(default_factory=dict)
    done: int = 0

    def items(self) -> Iterator[Any]:
        """Everything that goes into the load package, the run's own records last."""
        started_at = datetime.now(UTC).replace(tzinfo=None)
        folder = pipelines_dir(warehouse_path()) / ".app_events_files"
        shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
        folder.mkdir(parents=True)
        self.folder = folder
        self.counts = {file.name: _Counts() for file in self.files}
        self.stats = self.context.stats_for("events")
        self.reader = EventReader(folder, self.context.load_id, self.context.observed_at)
        # declares the column types, which imported files then keep
        yield emit("events", EVENTS_SCHEMA.empty_table())
        try:
            for output in self._outputs():
                yield from self._hand_over(output)
        finally:
            self.reader.close()
            shutil.rmtree(folder, ignore_errors=True)
        if self.files:
            yield emit("event_files", self._event_files())
        self.context.endpoints.append(
            EndpointResult("events", "loaded", None, self.stats.read, is_complete=True)
        )
        for name, table in self.context.run_records(started_at):
            yield emit(name, table)

    def _outputs(self) -> Iterator[Output]:
        filled = [file for file in self.files if file.size]
        for batch in _batches(file for file in filled if file.format != "jsonl"):
            yield from self._tabular(batch)
        for batch in _batches(file for file in filled if file.format == "jsonl"):
            yield from self._json_lines(batch)

    def _hand_over(self, output: Output) -> Iterator[Any]:
        """Give an output's files to dlt and delete ours: dlt has linked or copied its own."""
        for name, rows in output.loaded.items():
            self.counts[name].loaded += rows
            self.stats.new += rows
            self.stats.read += rows
        for name, rows in output.quarantined.items():
            self.counts[name].quarantined += rows
            self.stats.quarantined += rows
            self.stats.read += rows
        if output.events:
            yield dlt.mark.with_file_import(
                str(output.events),
                "parquet",
                items_count=sum(output.loaded.values()),
                hints=EVENTS_SCHEMA.empty_table(),
            )
            output.events.unlink()
        if output.quarantine:
            for batch in pq.ParquetFile(output.quarantine).iter_batches():
                table = pa.Table.from_batches([batch]).cast(QUARANTINE_SCHEMA)
                yield emit("quarantine", table)
            output.quarantine.unlink()
        self.context.progress(
            f"{self.done:,} of {len(self.files):,} files, {self.stats.new:,} rows"
        )

    def _tabular(self, files: Sequence[EventFile]) -> Iterator[Output]:
        """Parquet and CSV files, in one statement; one by one if that fails."""
        parts: list[Part] = []
        temporary: list[Path] = []
        try:
            for file in files:
                self.done += 1
                try:
                    path = self._local_path(file)
                    temporary.append(path)
                    if file.format == "parquet":
                        parts.append(self.reader.parquet_part(file, path))
                    else:
                        part, staged, rejected = self.reader.csv_part(file, path)
                        parts.append(part)
                        temporary.append(staged)
                        if rejected:
                            yield rejected
                except UnreadableFileError as error:
                    yield from self._unreadable(file.name, str(error))
            yield from self._written(parts)
        finally:
            for path in temporary:
                path.unlink(missing_ok=True)

    def _written(self, parts: Sequence[Part]) -> Iterator[Output]:
        if not parts:
            return
        try:
            yield self.reader.write(parts)
        except UnreadableFileError as error:
            if len(parts) > 1:
                for part in parts:
                    yield from self._written([part])
            else:
                yield from self._unreadable(parts[0].file.name, str(error))

    def _json_lines(self, files: Sequence[EventFile]) -> Iterator[Output]:
        """JSON lines files, in one statement."""
        stream = LineStream(files, self._open)
        yield self.reader.write_lines(stream)
        self.done += len(files)
        for name, reason in stream.broken.items():
            yield from self._unreadable(name, reason)

    def _open(self, file: EventFile) -> IO[bytes]:
        try:
            if self.listing.is_local:
                return Path(file.path).open("rb")
            return cast(IO[bytes], self.listing.filesystem.open(file.path, "rb"))
        except PermissionError as error:
            raise LoadError(
                f"app_events: {file.name} may not be read. Grant the permission, or narrow "
                f"{FILE_GLOB_SETTING}."
            ) from error

    def _local_path(self, file: EventFile) -> Path:
        """A path under a plain name (DuckDB would take brackets and stars in one for a pattern)."""
        suffix = ".gz" if file.is_gzipped else ""
        path = self.folder / f"file_{self.done}.{file.format}{suffix}"
        with self._open(file) as source:
            if self.listing.is_local:
                path.symlink_to(file.path)
            else:
                with path.open("wb") as target:
                    shutil.copyfileobj(source, target, DOWNLOAD_BLOCK_BYTES)
        return path

    def _unreadable(self, name: str, reason: str) -> Iterator[Output]:
        """One quarantine row for a file; the summary says so."""
        self.context.warn(f"{name} could not be read: {reason}")
        row = {
            "_dlt_load_id": self.context.load_id,
            "_observed_at": self.context.observed_at,
            "source_table": "events",
            "file": name,
            "reason": f"the file could not be read: {reason}",
        }
        path = self.folder / "unreadable.parquet"
        pq.write_table(pa.Table.from_pylist([row], schema=QUARANTINE_SCHEMA), path)
        yield Output(quarantine=path, quarantined={name: 1})

    def _event_files(self) -> pa.Table:
        rows = [
            {
                "file": file.name,
                "size": file.size,
                "modified_at": file.modified_at,
                "format": file.format + (".gz" if file.is_gzipped else ""),
                "rows_loaded": self.counts[file.name].loaded,
                "rows_quarantined": self.counts[file.name].quarantined,
                "_dlt_load_id": self.context.load_id,
            }
            for file in self.files
        ]
        return pa.Table.from_pylist(rows, schema=EVENT_FILES_SCHEMA)


def _batches(files: Iterable[EventFile]) -> Iterator[list[EventFile]]:
    """Neighbouring files together, as long as they are few and small."""
    batch: list[EventFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= BATCH_FILES or size + file.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
