"""App events: files of a folder or object store -> the schema `raw_app_events`.

Settings: `SOURCES__APP_EVENTS__BUCKET_URL` (a folder, a `file://` URL or an object store that
fsspec knows, such as `s3://bucket/events`) and `SOURCES__APP_EVENTS__FILE_GLOB` (default `**/*`).

| files | read as |
|---|---|
| `.jsonl`, `.ndjson`, `.json` (one object per line), also with `.gz` | JSON lines |
| `.csv`, also with `.gz` | CSV with a header row |
| `.parquet` | Parquet |
| JSON lines that begin with `resourceSpans` | OpenTelemetry's spans of model calls: `otlp.py` |

Others, and hidden ones, are left out and counted in the summary.

| table | grain |
|---|---|
| `events` | row of a file, as read: duplicates by `event_id` are removed downstream |
| `event_files` | file and reading of it: name, size, time; this is the memory of what was read |
| `quarantine` | row (or whole file: line null) that cannot be read, with field and reason |

Append only. Extraction only lists: a load package holds the rows of `event_files`, and its load job
(`loading.py`) reads the files straight into the warehouse, in one pass. A file is read once, and
again whole when its size or time of change differs. The memory is the warehouse itself, so a lost
local state doubles nothing, and a file that changes while it is read is read again by the next
run. `--full-refresh` reads every file again.

A row needs `event_id`, `event_type`, `occurred_at` and (spans aside) `customer_id`, not empty;
a CSV or Parquet file without one of these columns is quarantined whole. All other columns may be
missing or null; columns that are not known go into `properties`, one JSON object without nulls (a
column named `properties` that holds a JSON object gives its members). A value that is there and
cannot be represented exactly puts its row into quarantine, it never becomes null:

- whole numbers may come as text or as `12.0`, not as `1.5`; token counts are not negative;
- decimals are rounded to the column's scale; JSON numbers of more digits than a double holds must
  be sent as text (in `properties` all digits of a number are kept);
- `occurred_at` is ISO 8601 with a zone, or an epoch in seconds, milli-, micro- or nanoseconds by
  its magnitude, as number or text. Text without a zone is refused; a Parquet timestamp without
  zone is UTC. Times before 1970-01-02 (0 is a placeholder) or after 2099 are refused.

Tokens of an LLM call: `input_tokens` is all input; `cached_input_tokens`, `cache_write_tokens`,
`input_audio_tokens` and `input_image_tokens` are parts of it, `cached_input_audio_tokens` of both
cached and audio, `cache_write_1h_tokens` of the writes; `output_audio_tokens` and
`output_image_tokens` are parts of `output_tokens`.

JSON is read strictly: a trailing comma, NaN or Infinity, a name twice in one object, more than 200
levels, or a number of 1,000 digits or more puts the line into quarantine. A column may have any
name, those that the loader uses included; names are told apart by case. Where a header has a name
twice, the first keeps it and the others are properties `<name>_2`, `<name>_3`. A member of
`properties` never replaces a column of its name: then `properties` stays one member.

A byte that is not UTF-8 and a CSV quote that is not closed cost their line (Parquet: row). Of a
gzip file that breaks off, the lines before that are loaded; one that unpacks to more than 200
times its size is cut off. A file whose name is not UTF-8 is quarantined. Links within the folder
are followed, each folder is read once; loops, links that lead out or nowhere and files that cannot
be opened are named in the summary, and the next run tries them again.

An empty text means null; where a number is expected, only CSV may leave it empty. Line numbers
count from 1 (Parquet: rows; CSV: the header is line 1, a record that spans several lines counts as
one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
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
    list_files,
)
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.source import Account, Probe, Setting, Source
from pipelines.loading.versions import TableStats
from pipelines.sources.app_events.loading import FileLoader
from pipelines.sources.app_events.otlp import (
    CUSTOMER_ATTRIBUTES,
    DEFAULT_CUSTOMER_ATTRIBUTES,
    DEFAULT_FEATURE_ATTRIBUTES,
    FEATURE_ATTRIBUTES,
)
from pipelines.sources.app_events.schemas import EVENT_FILES_SCHEMA, EVENTS_SCHEMA, TABLES
from pipelines.warehouses.base import TableLoader


def table_loaders(
    account: Account,
    folder: Path,
    stats: Callable[[str], TableStats],
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> Mapping[str, TableLoader]:
    """What loads the files that a package lists; a package left pending is loaded by it, too."""
    loader = FileLoader(account, folder / f".{account.name}_files", stats("events"), progress, warn)
    return {
        "event_files": TableLoader(
            loader.load,
            {
                "events": EVENTS_SCHEMA,
                "quarantine": QUARANTINE_SCHEMA,
                "event_files": EVENT_FILES_SCHEMA,
            },
        )
    }


def build(context: RunContext) -> DltSource:
    """The dlt source for one run.

    Raises:
        LoadError: the folder or object store cannot be listed.
    """
    listing = list_files(context.account)
    known = {} if context.full_refresh else _known_files(context)
    context.mode = "incremental" if known else "full"
    files = [file for file in listing.files if known.get(file.name) != file.version]
    if listing.skipped:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(listing.skipped.items()))
        context.warn(f"left out {sum(listing.skipped.values())} files that are no events: {kinds}")

    for problem in listing.problems:
        context.warn(problem)

    @dlt.resource(name="events", write_disposition="append")
    def events() -> Iterator[Any]:
        started_at = wall_clock()
        for name, schema in (("events", EVENTS_SCHEMA), ("quarantine", QUARANTINE_SCHEMA)):
            yield emit(name, schema.empty_table())  # the load job finds the tables made
        if files:
            yield emit("event_files", _manifest(context, files))
        # how many rows there are is known after the load: `event_files` says it
        reason = "; ".join(listing.problems) or None
        context.endpoints.append(EndpointResult("events", "loaded", reason, None, is_complete=True))
        for name, table in context.run_records(started_at, is_counted=False):
            yield emit(name, table)

    @dlt.source(name=context.account.name)
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


def _manifest(context: RunContext, files: Sequence[ListedFile]) -> pa.Table:
    """Rows of `event_files` that are still to be read and counted."""
    rows = [
        {
            "file": file.name,
            "size": file.size,
            "modified_at": file.modified_at,
            "format": file.full_format,
            "_observed_at": context.observed_at,
            "_dlt_load_id": context.load_id,
        }
        for file in files
    ]
    return pa.Table.from_pylist(rows, schema=EVENT_FILES_SCHEMA)


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """How many event files the folder or bucket lists."""
    listing = list_files(account)
    found = f"{len(listing.files):,} event files"
    if listing.problems:
        found += "; " + "; ".join(listing.problems)
    yield Probe(account.setting_name(BUCKET_URL), True, found)


SOURCE: Final = Source(
    name="app_events",
    area="events",
    title="App events: what happened in the product",
    settings=(
        Setting(BUCKET_URL, "folder or object store that holds the event files"),
        Setting(FILE_GLOB, "which files below it are read", default="**/*"),
        Setting(
            CUSTOMER_ATTRIBUTES,
            "attributes of OpenTelemetry spans that name the customer, the first there is wins",
            default=DEFAULT_CUSTOMER_ATTRIBUTES,
        ),
        Setting(
            FEATURE_ATTRIBUTES,
            "attributes of OpenTelemetry spans that name the feature",
            default=DEFAULT_FEATURE_ATTRIBUTES,
        ),
    ),
    needs=((BUCKET_URL,),),
    tables=TABLES,
    build=build,
    table_loaders=table_loaders,
    probe=probe,
)
