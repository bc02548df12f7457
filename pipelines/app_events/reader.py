"""Event files -> Parquet files of typed rows and of quarantined rows, by DuckDB.

Rows never pass through Python. Good rows are written as they are read; only where fewer rows were
written than a file holds is it read a second time, for the bad ones. Memory is bounded by DuckDB's
limit and by the size of blocks, not by files.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import os
import zlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import duckdb
import orjson
import pyarrow as pa

from pipelines.app_events.columns import (
    Cast,
    all_good,
    cast_column,
    first_failure,
    identifier,
    is_json_object,
    literal,
    merged_properties,
    sql_type,
)
from pipelines.app_events.lines import MAX_LINE_BYTES, LineStream
from pipelines.app_events.listing import EventFile
from pipelines.app_events.schemas import EVENT_COLUMNS, EVENTS_SCHEMA, REQUIRED_COLUMNS
from pipelines.errors import LoadError
from pipelines.versions import QUARANTINE_SCHEMA

MEMORY_LIMIT: Final = "300MB"
RAW_CHARACTERS: Final = 1_000
#: The intermediate Parquet lives for seconds: cheap compression, few bytes to write.
COPY_OPTIONS: Final = "(format parquet, compression snappy, row_group_size 122880)"

#: A volatile condition that always holds: without it DuckDB would move the filter below the casts
#: and make each of them twice.
NOT_PUSHED_DOWN: Final = " and random() >= 0"
#: Under this name DuckDB sees the lines of JSON lines files.
LINES: Final = "event_lines"
#: SQL of what a blank line may hold.
BLANKS: Final = "' ' || chr(9) || chr(13) || chr(10)"
#: Number of a CSV record, while it is staged as Parquet.
LINE_COLUMN: Final = "__line__"
#: Above this many broken lines, a CSV file's line numbers count records instead.
MOST_REJECTS_COUNTED: Final = 1_000

CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2


class UnreadableFileError(Exception):
    """A whole file cannot be read; the message says why."""


@dataclass(frozen=True)
class Part:
    """What DuckDB reads in one select: the rows of one file.

    `good` and `bad` are selects with the columns of the raw table and of the quarantine; `rows` is
    how many rows they have together.
    """

    good: str
    bad: str
    rows: int
    file: EventFile


@dataclass
class Output:
    """Parquet files ready for the load package, and their rows by file name."""

    events: Path | None = None
    quarantine: Path | None = None
    loaded: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)


WriteRows = Callable[[duckdb.DuckDBPyConnection, Path], int]


@dataclass
class EventReader:
    """Reads event files for one load package.

    Args:
        folder: an empty folder for temporary files and for the output.
        load_id: written to every row.
        observed_at: naive UTC clock of the run, written to quarantined rows.
    """

    folder: Path
    load_id: str
    observed_at: datetime

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        temporary = self.folder / "duckdb"
        self._connection = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(temporary),
                "threads": CORES,
                "preserve_insertion_order": False,  # every row carries its line number
            }
        )
        self._connection.execute("set TimeZone = 'UTC'")

    def close(self) -> None:
        """End DuckDB."""
        self._connection.close()

    def write(self, parts: Sequence[Part]) -> Output:
        """Write the rows of `parts` to Parquet.

        Raises:
            UnreadableFileError: DuckDB cannot read one of them.
        """
        return self._write(
            lambda connection, path: _copy(connection, [part.good for part in parts], path),
            lambda connection, path: _copy(connection, [part.bad for part in parts], path),
            lambda: sum(part.rows for part in parts),
        )

    def _write(
        self, write_good: WriteRows, write_bad: WriteRows, rows: Callable[[], int]
    ) -> Output:
        """Write the good rows and, where there are fewer of them than rows, the bad ones."""
        events = self.folder / f"events_{next(self._numbers)}.parquet"
        quarantine = events.with_name("bad_" + events.name)
        output = Output()
        connection = self._connection
        try:
            written = write_good(connection, events)
            if written:
                output.events = events
                output.loaded = _rows_by_file(connection, events, "_source_file")
            if written < rows() and write_bad(connection, quarantine):
                output.quarantine = quarantine
                output.quarantined = _rows_by_file(connection, quarantine, "file")
        except duckdb.Error as error:
            _raise_if_not_about_the_file(error)
            raise UnreadableFileError(_one_line(error)) from error
        return output

    def write_lines(self, stream: LineStream) -> Output:
        """Write the rows of JSON lines files to Parquet.

        Raises:
            OSError: a file cannot be opened or read.
        """
        names = ", ".join(literal(file.name) for file in stream.files)
        casts = [cast_column(name, f"fields.{name}", "VARCHAR") for name in EVENT_COLUMNS]
        casts = [_refuse_inexact(cast) for cast in casts]
        structure = orjson.dumps(dict.fromkeys((*EVENT_COLUMNS, "properties"), "VARCHAR")).decode()
        parsed = f"""
            select
                line, line_number as _line, try(json_transform(line, '{structure}')) as fields,
                list_extract([{names}], file_number + 1) as _source_file
            from {LINES}"""
        good = f"""
            select {self._event_columns()} from (
                select * exclude (properties),
                    case when has_others then {_json_properties()} end as properties
                from (
                    select {_typed(casts)}, line, fields.properties as properties,
                        try(len(json_keys(line))) > ({_count_of_known()}) as has_others,
                        _source_file, _line, ({all_good(casts)}){NOT_PUSHED_DOWN} as is_good
                    from ({parsed})
                )
            ) where is_good"""
        field_name, reason = first_failure(casts)
        bad = self._quarantine_columns(
            f"""
            select
                case when is_object then {field_name} end as field,
                case
                    when not is_valid then 'the line is not valid JSON'
                    when not is_object then 'the line is not a JSON object'
                    else {reason}
                end as reason,
                rtrim(line, chr(13) || chr(10)) as raw, fields.event_id as record_id,
                _source_file, _line
            from (
                select *, json_valid(line) as is_valid,
                    coalesce(try(json_type(line)) = 'OBJECT', false) as is_object,
                    ({all_good(casts)}){NOT_PUSHED_DOWN} as is_good
                from ({parsed})
            )
            where not is_good and trim(line, {BLANKS}) <> ''"""
        )

        def run(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> int:
            connection.register(LINES, stream.reader())
            written = _copy(connection, [select], path)
            connection.unregister(LINES)
            if stream.error:
                raise stream.error
            return written

        return self._write(
            lambda connection, path: run(connection, good, path),
            lambda connection, path: run(connection, bad, path),
            lambda: stream.rows,
        )

    def parquet_part(self, file: EventFile, path: Path, line: str = "file_row_number + 1") -> Part:
        """A Parquet file (or a CSV file staged as one, whose `line` is a column of its own).

        Raises:
            UnreadableFileError: it is no Parquet file, or lacks a required column.
        """
        source = (
            f"read_parquet({literal(str(path))}, file_row_number = true, binary_as_string = true, "
            "hive_partitioning = false)"
        )
        connection = self._connection
        try:
            described = connection.execute(f"describe select * from {source}").fetchall()
            rows = _one_integer(
                connection,
                f"select sum(num_rows) from parquet_file_metadata({literal(str(path))})",
            )
        except duckdb.Error as error:
            raise UnreadableFileError(_one_line(error)) from error
        types = {str(row[0]): str(row[1]) for row in described}
        types.pop("file_row_number")
        types.pop(LINE_COLUMN, None)
        _check_required(types)
        casts = [
            cast_column(name, identifier(name) if name in types else None, types.get(name, ""))
            for name in EVENT_COLUMNS
        ]
        good = f"""
            select {self._event_columns()} from (
                select {_typed(casts)}, {_column_properties(types)} as properties,
                    {literal(file.name)} as _source_file, {line} as _line,
                    ({all_good(casts)}){NOT_PUSHED_DOWN} as is_good
                from {source}
            ) where is_good"""
        field_name, reason = first_failure(casts)
        members = ", ".join(f"{literal(name)}, {identifier(name)}" for name in types)
        bad = self._quarantine_columns(
            f"""
            select {field_name} as field, {reason} as reason,
                cast(json_object({members}) as varchar) as raw,
                cast({identifier("event_id")} as varchar) as record_id,
                {literal(file.name)} as _source_file, {line} as _line
            from {source}
            where not ({all_good(casts)})"""
        )
        return Part(good, bad, rows, file)

    def csv_part(self, file: EventFile, path: Path) -> tuple[Part, Path, Output | None]:
        """A CSV file, staged as a Parquet file of texts, its rows numbered.

        Returns the part, the staged file (the caller deletes it) and the quarantine of lines that
        are no CSV rows. A record that spans lines is counted as one.

        Raises:
            UnreadableFileError: it is not text, or lacks a required column.
        """
        header, delimiter = _csv_header(path, file.is_gzipped)
        _check_required(header)
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
        staged = self.folder / f"staged_{next(self._numbers)}.parquet"
        connection = self._connection
        rejects = f"rejects_{next(self._numbers)}"
        try:
            connection.execute(
                f"""
                copy (
                    select *, row_number() over () + 1 as {LINE_COLUMN}
                    from read_csv(
                        {literal(str(path))}, columns = {{{columns}}}, header = true,
                        auto_detect = false, delim = '{delimiter}', quote = '"', escape = '"',
                        compression = '{"gzip" if file.is_gzipped else "none"}',
                        max_line_size = {MAX_LINE_BYTES},
                        buffer_size = {8 * MAX_LINE_BYTES}, store_rejects = true,
                        rejects_table = '{rejects}', rejects_scan = '{rejects}_scans'
                    )
                ) to {literal(str(staged))} {COPY_OPTIONS}"""
            )
            broken = self._csv_rejects(connection, file, rejects)
        except duckdb.Error as error:
            staged.unlink(missing_ok=True)
            _raise_if_not_about_the_file(error)
            raise UnreadableFileError(_one_line(error)) from error
        lines, output = broken
        return self.parquet_part(file, staged, _line_after_rejects(lines)), staged, output

    def _csv_rejects(
        self, connection: duckdb.DuckDBPyConnection, file: EventFile, rejects: str
    ) -> tuple[list[int], Output | None]:
        """Physical lines that were left out, and their quarantine."""
        lines = [
            int(row[0])
            for row in connection.execute(
                f"select distinct line from {rejects} order by line"
            ).fetchall()
        ]
        if not lines:
            return [], None
        path = self.folder / f"bad_csv_{next(self._numbers)}.parquet"
        written = _copy(
            connection,
            [
                self._quarantine_columns(
                    f"""
                    select cast(null as varchar) as field,
                        'is not a CSV row: ' || min(lower(cast(error_type as varchar))) as reason,
                        min(csv_line) as raw, cast(null as varchar) as record_id,
                        {literal(file.name)} as _source_file, line as _line
                    from {rejects} group by line"""
                )
            ],
            path,
        )
        return lines, Output(quarantine=path, quarantined={file.name: written})

    def _quarantine_columns(self, bad: str) -> str:
        """The columns of the quarantine from a select of field, reason, raw, id, file and line."""
        values = {
            "_dlt_load_id": literal(self.load_id),
            "_observed_at": f"timestamp '{self.observed_at.isoformat(' ')}'",
            "source_table": "'events'",
            "record_id": "left(record_id, 200)",
            "file": "_source_file",
            "line": "cast(_line as bigint)",
            "field": "field",
            "reason": "reason",
            "raw": f"left(raw, {RAW_CHARACTERS})",
        }
        columns = ", ".join(f"{values[name]} as {name}" for name in QUARANTINE_SCHEMA.names)
        return f"select {columns} from ({bad})"

    def _event_columns(self) -> str:
        """The columns of the raw table, in its order."""
        values = {"_dlt_load_id": literal(self.load_id), "_line": "cast(_line as bigint)"}
        return ", ".join(f"{values.get(name, name)} as {name}" for name in EVENTS_SCHEMA.names)


def _typed(casts: Sequence[Cast]) -> str:
    """Select list of the typed columns."""
    return ", ".join(
        f"cast({cast.typed} as {sql_type(EVENT_COLUMNS[cast.name])}) as {cast.name}"
        for cast in casts
    )


def _refuse_inexact(cast: Cast) -> Cast:
    """JSON numbers are read as doubles: one with more digits than a double holds is refused.

    Below 4.5 million a double is exact to 9 decimals; a number sent as text always is.
    """
    if not pa.types.is_decimal(EVENT_COLUMNS[cast.name]):
        return cast
    is_inexact = (
        f"length({cast.raw}) > 16 and contains({cast.raw}, '.') "
        f"and abs(try_cast({cast.raw} as double)) >= 4500000 "
        f"and try(json_type(line, '$.{cast.name}')) <> 'VARCHAR'"
    )
    return Cast(cast.name, cast.raw, f"case when not ({is_inexact}) then {cast.typed} end")


def _count_of_known() -> str:
    """How many event columns a JSON line has: if it has more members, there are others."""
    return " + ".join(f"cast(fields.{name} is not null as integer)" for name in EVENT_COLUMNS)


def _json_properties() -> str:
    """Members of a JSON line that are no event columns."""
    known = orjson.dumps(dict.fromkeys(EVENT_COLUMNS)).decode()
    known_and_own = orjson.dumps(dict.fromkeys((*EVENT_COLUMNS, "properties"))).decode()
    own = "properties"
    apart = merged_properties(
        f"cast(try(json_merge_patch(line, '{known_and_own}')) as varchar)", own
    )
    together = f"nullif(cast(try(json_merge_patch(line, '{known}')) as varchar), '{{}}')"
    return f"case when {own} is null or {is_json_object(own)} then {apart} else {together} end"


def _column_properties(types: Mapping[str, str]) -> str:
    """Columns of a Parquet or CSV file that are no event columns, as JSON without nulls."""
    others = [name for name in types if name not in EVENT_COLUMNS and name != "properties"]
    own = _json_value("properties", types["properties"]) if "properties" in types else "null"
    apart = merged_properties(_json_object({name: types[name] for name in others}), own)
    if "properties" not in types:
        return apart
    together = _json_object({name: types[name] for name in (*others, "properties")})
    return (
        f"case when {own} is null or {is_json_object(own)} then {apart} "
        f"else nullif({together}, '{{}}') end"
    )


def _json_value(name: str, source_type: str) -> str:
    """Text as it is (it may hold JSON), anything else as JSON text."""
    column = identifier(name)
    return column if source_type == "VARCHAR" else f"cast(to_json({column}) as varchar)"


def _json_object(types: Mapping[str, str]) -> str:
    members = ", ".join(
        f"{literal(orjson.dumps(name).decode() + ':')} "
        f"|| cast(to_json({identifier(name)}) as varchar)"
        for name in types
    )
    return f"'{{' || concat_ws(',', {members}) || '}}'" if members else "'{}'"


def _check_required(columns: Container[str]) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing:
        raise UnreadableFileError(f"the file has no column {', '.join(missing)}")


def _csv_header(path: Path, is_gzipped: bool) -> tuple[list[str], str]:
    """Column names and delimiter; the delimiter is the one that finds most event columns.

    Raises:
        UnreadableFileError: the first line is no text.
    """
    opener: Callable[..., IO[str]] = gzip.open if is_gzipped else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            first = stream.readline(MAX_LINE_BYTES)
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFileError(f"the header cannot be read: {error}") from error
    best: tuple[list[str], str] = ([], ",")
    for delimiter in (",", ";", "\t", "|"):
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        if len(set(names) & set(EVENT_COLUMNS)) > len(set(best[0]) & set(EVENT_COLUMNS)):
            best = names, delimiter
    names, delimiter = best
    return [name or f"column_{position}" for position, name in enumerate(names, 1)], delimiter


def _line_after_rejects(rejected: Sequence[int]) -> str:
    """SQL of a record's line, given the lines before it that are no records."""
    if not rejected or len(rejected) > MOST_REJECTS_COUNTED:
        return LINE_COLUMN
    before = [line - position for position, line in enumerate(rejected)]
    return f"{LINE_COLUMN} + len(list_filter({before}, lambda one: one <= {LINE_COLUMN}))"


def _copy(connection: duckdb.DuckDBPyConnection, selects: Sequence[str], path: Path) -> int:
    """Write the rows of all selects into one Parquet file; returns how many."""
    together = " union all ".join(f"({select})" for select in selects)
    return _one_integer(connection, f"copy ({together}) to {literal(str(path))} {COPY_OPTIONS}")


def _one_integer(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0


def _rows_by_file(connection: duckdb.DuckDBPyConnection, path: Path, column: str) -> dict[str, int]:
    rows = connection.execute(
        f"select {column}, count(*) from read_parquet({literal(str(path))}) group by {column}"
    ).fetchall()
    return {str(name): int(count) for name, count in rows}


def _raise_if_not_about_the_file(error: duckdb.Error) -> None:
    """Want of memory or disk is no property of a file: the load fails and is tried again."""
    if isinstance(error, duckdb.OutOfMemoryException):
        raise LoadError(f"app_events: DuckDB ran out of memory: {_one_line(error)}") from error
    text = str(error).lower()
    if "no space left" in text or "could not write" in text or "failed to write" in text:
        raise LoadError(f"app_events: temporary files cannot be written: {error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
