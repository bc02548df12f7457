"""The dashboard's cost export: CSV files in a folder or bucket, into the same tables as the API.

A file is read once, known again by name, size and time of change. It speaks for every project that
occurs in it and every day between its first and last: each such day of a project is replaced as a
whole, also by nothing. A row that names a day and no cost is a day without cost. Of several new
files that state the same day, the one changed last counts. A file none of whose rows names a
project was not grouped by it: it speaks of all of them together, in a scope of its own.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast

import dlt
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.exceptions import MissingDependencyException
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import FileItem, fsspec_from_config, glob_files

from pipelines.errors import LoadError
from pipelines.loading.context import EndpointResult
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.source import Account
from pipelines.loading.tables import JsonObject, LiftError, raw_of, to_json
from pipelines.loading.versions import BATCH_ROWS
from pipelines.loading.windows import ONE_DAY, DayRange
from pipelines.sources.openai.buckets import (
    BucketWriter,
    Day,
    Refused,
    Tables,
    bucket_id,
    canonical,
    knows_scope,
)
from pipelines.sources.openai.settings import COST_EXPORT_URL
from pipelines.sources.openai.tables import check_cost_result

ENDPOINT: Final = "cost_export"
SCOPE_PREFIX: Final = "project:"
#: Costs that no project is named for, in a file that names some.
NO_PROJECT: Final = SCOPE_PREFIX
#: All projects together, of a file that names none.
ALL_PROJECTS: Final = f"{SCOPE_PREFIX}*"
SUFFIXES: Final = (".csv", ".csv.gz")

REQUIRED_COLUMNS: Final = ("start_time", "amount_value", "amount_currency")
#: What an export has that is grouped by them; one of sums may lack them, or leave them empty.
GROUPED_COLUMNS: Final = ("line_item", "project_id")

#: A row with none of these says that its day has no cost.
_COST_COLUMNS: Final = ("amount_value", "quantity", "line_item", "project_id", "api_key_id")

#: Columns that become parts of the bucket; every other one is a member of its result.
_BUCKET_COLUMNS: Final = {"start_time", "end_time", "amount_value", "amount_currency"}

_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
#: Epochs from here on count milliseconds (in seconds it would be the year 5138).
_MILLISECONDS_FROM: Final = 10**11


@dataclass
class Export:
    """What one file says.

    Attributes:
        name: path below the folder.
        rows: data rows, readable or not.
        results: scope -> day -> results in canonical form.
        empty_days: days that rows say are without cost.
        refused: (scope, day) -> rows that cannot be read; None where even that is not known.
    """

    name: str
    rows: int = 0
    results: dict[str, dict[date, list[JsonObject]]] = field(default_factory=dict)
    empty_days: set[date] = field(default_factory=set)
    refused: dict[tuple[str, date] | None, list[Refused]] = field(default_factory=dict)

    def days(self) -> Iterator[Day]:
        """Every day the file speaks of, the emptied ones between its first and last included.

        A file with unreadable rows empties nothing: the missing day may be among them.
        """
        stated = {day for days in self.results.values() for day in days} | self.empty_days
        span = DayRange(min(stated), max(stated) + ONE_DAY) if stated else ()
        # a file of nothing but empty days names no project
        for scope, days in (self.results or {NO_PROJECT: {}}).items():
            for day in days if self.refused else span:
                refused = self.refused.get((scope, day), [])
                results = sorted(days.get(day, []), key=to_json)
                yield Day(bucket_id(scope, day), scope, day, results, refused)
        for key, refused in self.refused.items():
            if key and key[1] not in self.results.get(key[0], {}):
                yield Day(bucket_id(*key), *key, [], refused)

    def tell_all_projects(self) -> None:
        """Say all in the scope of all projects, if no row names one."""
        scopes = {*self.results, *(key[0] for key in self.refused if key)}
        if scopes == {NO_PROJECT}:
            self.results = {ALL_PROJECTS: self.results.get(NO_PROJECT, {})}
            self.refused = {
                key and (ALL_PROJECTS, key[1]): bad for key, bad in self.refused.items()
            }


def load_exports(url: str, writer: BucketWriter, hasher: EmailHasher) -> Tables:
    """Read the files that are new or changed since the last run."""
    context = writer.context
    setting = context.account.setting_name(COST_EXPORT_URL)
    filesystem, files = _list_files(url, context.account)
    known = writer.versions.known
    state = _file_state()
    if context.full_refresh or not knows_scope(known, SCOPE_PREFIX):
        state.clear()
    if state:
        context.mode = "incremental"
    new_files = [one for one in files if state.get(one["relative_path"]) != _mark(one)]
    merged: dict[str, Day] = {}
    rows = 0
    for number, file in enumerate(new_files, 1):
        name = file["relative_path"]
        context.progress(f"cost export {number} of {len(new_files)}: {name}")
        export = read_export(name, _open_lines(filesystem, file), hasher, setting)
        rows += export.rows
        for day in export.days():
            is_stated = day.results or day.refused or day.day in export.empty_days
            if is_stated or day.bucket_id in known or day.bucket_id in merged:
                merged[day.bucket_id] = day
            # what such a file said before it had a scope of its own
            before = bucket_id(NO_PROJECT, day.day)
            if day.scope == ALL_PROJECTS and before in known and before not in merged:
                merged[before] = Day(before, NO_PROJECT, day.day, [])
        _report_refused(export, writer)
        state[name] = _mark(file)
    for key in sorted(merged):
        writer.add(merged[key])
        yield from writer.flush(at_least=BATCH_ROWS)
    yield from writer.flush()
    context.endpoints.append(EndpointResult(ENDPOINT, "loaded", None, rows, True))


def read_export(name: str, lines: Iterable[str], hasher: EmailHasher, setting: str) -> Export:
    """Parse one file; `setting` is the name of the one that its folder stands in.

    Raises:
        LoadError: a required column is missing, or the file is not text; it names both.
    """
    export = Export(name)
    try:
        for line, row in _rows(name, lines, setting):
            export.rows += 1
            _add_row(export, line, row, hasher)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise LoadError(
            f"{name} in {setting} cannot be read ({error}). Export it again, or remove it."
        ) from error
    export.tell_all_projects()
    return export


def _rows(
    name: str, lines: Iterable[str], setting: str
) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    """(line, row by column name), or (line, reason) for a row that does not fit the header."""
    reader = csv.reader(lines)
    header = [column.strip().lower() for column in next(reader, [])]
    if not header:
        return
    if not set(REQUIRED_COLUMNS) <= set(header):
        wanted = (*REQUIRED_COLUMNS, *GROUPED_COLUMNS)
        missing = [column for column in wanted if column not in header]
        raise LoadError(
            f"{name} in {setting} lacks the column {', '.join(missing)}. It has "
            f"{', '.join(header)}. Export the costs again, or remove the file."
        )
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"row: {error}"
            continue
        if len(fields) == len(header):
            yield reader.line_num, dict(zip(header, (text.strip() for text in fields), strict=True))
        elif fields:
            yield reader.line_num, f"row: has {len(fields)} fields, the header {len(header)}"


def _add_row(export: Export, line: int, row: Mapping[str, str] | str, hasher: EmailHasher) -> None:
    key: tuple[str, date] | None = None
    try:
        if isinstance(row, str):
            raise LiftError("row", row, "row of the file")
        day = _day(row)
        if not any(row.get(column) for column in _COST_COLUMNS):
            export.empty_days.add(day)
            return
        key = (SCOPE_PREFIX + row.get("project_id", ""), day)
        result = hasher.scrub(_result(row))
        check_cost_result(result)
    except LiftError as error:
        column = error.field_path.replace(".", "_")
        reason = row if isinstance(row, str) else str(error).replace(error.field_path, column, 1)
        raw = row if isinstance(row, str) else raw_of(hasher.scrub(dict(row)))
        refused = Refused(column, reason, raw, export.name, line)
        export.refused.setdefault(key, []).append(refused)
        return
    scope, day = key
    export.results.setdefault(scope, {}).setdefault(day, []).append(canonical(result))


def _result(row: Mapping[str, str]) -> dict[str, Any]:
    """A row in the shape of the API's result; empty fields and nameless columns are left out."""
    amount = {"value": row["amount_value"] or None, "currency": row["amount_currency"] or None}
    rest = {name: text for name, text in row.items() if name and text}
    members = {name: text for name, text in rest.items() if name not in _BUCKET_COLUMNS}
    return {**members, "amount": amount}


def _day(row: Mapping[str, str]) -> date:
    """UTC day of a row. A row over more than a day cannot be put on one, so it is refused."""
    start = _moment("start_time", row["start_time"])
    if row.get("end_time"):
        length = _moment("end_time", row["end_time"]) - start
        if not timedelta() <= length <= ONE_DAY:
            raise LiftError("end_time", row["end_time"], "time within a day of start_time")
    return start.date()


def _moment(column: str, text: str) -> datetime:
    """Epoch seconds or milliseconds, or ISO 8601; without a zone it is UTC."""
    try:
        if _NUMBER.fullmatch(text):
            seconds = int(text.partition(".")[0])
            if seconds >= _MILLISECONDS_FROM:
                seconds //= 1000
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise LiftError(column, text, "time (ISO 8601 or epoch)") from error


def _report_refused(export: Export, writer: BucketWriter) -> None:
    """Rows of no known day go to the quarantine at once, unless an earlier reading did so."""
    loose = export.refused.get(None, [])
    if not loose:
        return
    writer.context.warn(
        f"cost export {export.name}: {len(loose)} of {export.rows} rows cannot be read (line "
        f"{loose[0].line}: {loose[0].reason}). They are in "
        f"{writer.context.account.dataset}.quarantine."
    )
    before = writer.context.query(
        "select file, line, raw from quarantine where source_table = 'cost_results'"
    )
    kept = {(row["file"], row["line"], row["raw"]) for row in before}
    for refused in loose:
        if (refused.file, refused.line, refused.raw) not in kept:
            writer.quarantine(refused, None)


def _list_files(url: str, account: Account) -> tuple[Any, list[FileItem]]:
    """The file system and the export files below `url`, the one changed last at the end."""
    setting = account.setting_name(COST_EXPORT_URL)
    try:
        config = resolve_configuration(
            FilesystemConfiguration(bucket_url=url), sections=("sources", account.name)
        )
        filesystem, root = fsspec_from_config(config)
        is_there = filesystem.exists(root)
        files = [
            item
            for item in glob_files(filesystem, url, "**/*", fetch_file_info=True)
            if item["file_name"].lower().endswith(SUFFIXES)
        ]
    except MissingDependencyException as error:
        raise LoadError(f"{setting} is {url}, which needs another package: {error}") from error
    except (ConfigurationException, ImportError, ValueError) as error:
        raise LoadError(f"{setting} is {url}, which cannot be opened ({error}).") from error
    if not is_there:
        raise LoadError(
            f"{setting} is {url}, which does not exist. Correct the setting, or make the folder."
        )
    files.sort(key=lambda item: (item["modification_date"], item["relative_path"]))
    return filesystem, files


def _open_lines(filesystem: Any, file: FileItem) -> Iterator[str]:
    with filesystem.open(file["file_url"], "rb") as handle:
        is_compressed = file["file_name"].lower().endswith(".gz")
        content = gzip.GzipFile(fileobj=handle) if is_compressed else handle
        yield from io.TextIOWrapper(cast(Any, content), encoding="utf-8-sig", newline="")


def _mark(file: FileItem) -> list[Any]:
    """What tells that a file is the same as before: size and time of change."""
    return [file.get("size_in_bytes"), file["modification_date"].isoformat()]


def _file_state() -> dict[str, list[Any]]:
    """dlt's state of the source: files that were read, by path."""
    state: dict[str, list[Any]] = dlt.current.source_state().setdefault("cost_export_files", {})
    return state
