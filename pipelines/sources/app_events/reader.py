"""Event files -> rows of the raw tables, by the warehouse's own DuckDB, in one pass.

Rows never pass through Python, and are written once: into the table they stay in. Good rows are
inserted as they are read; only where there were fewer of them than a file has rows is it read a
second time, for the bad ones. Rows, quarantine and the memory of having read the file are one
transaction. Memory is bounded by DuckDB's limit and by the size of blocks, not by files.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.erasure.ledger import Ledger
from pipelines.errors import LoadError
from pipelines.files import literal, quote
from pipelines.loading.file_listing import ListedFile
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.sql_types import sql_type
from pipelines.sources.app_events import csv_lines, otlp, parquet_rows
from pipelines.sources.app_events.columns import (
    JSON_PROBLEM,
    Cast,
    all_good,
    cast_column,
    first_failure,
    is_json_object,
    own_members,
)
from pipelines.sources.app_events.csv_lines import Rejected, tell_apart
from pipelines.sources.app_events.json_properties import (
    has_others,
    is_strict,
    json_properties,
    register_functions,
)
from pipelines.sources.app_events.lines import MAX_LINE_BYTES, NO_JSON, LineStream
from pipelines.sources.app_events.schemas import EVENT_COLUMNS, EVENTS_SCHEMA, REQUIRED_COLUMNS

RAW_CHARACTERS: Final = 1_000
#: The Parquet that a CSV file is staged as lives for seconds: cheap compression, few bytes.
COPY_OPTIONS: Final = "(format parquet, compression snappy, write_bloom_filter false)"

#: A volatile condition that always holds: without it DuckDB would move the filter below the casts
#: and make each of them twice.
NOT_PUSHED_DOWN: Final = " and random() >= 0"
#: Under this name DuckDB sees the lines of JSON lines files.
LINES: Final = "event_lines"
#: SQL of what a blank line may hold.
BLANKS: Final = "' ' || chr(9) || chr(13) || chr(10)"
#: Line number of a row, while it is staged as Parquet.
LINE_COLUMN: Final = "__line__"
#: Rows of `Rejected`.
REJECTED_SCHEMA: Final = pa.schema({"line": pa.int64(), "reason": pa.string(), "raw": pa.string()})


class UnreadableFileError(Exception):
    """A whole file cannot be read; the message says why."""


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, the one it has where it is read, DuckDB's name of its type."""

    name: str
    physical: str
    type: str


@dataclass(frozen=True)
class Part:
    """A Parquet file (or a CSV file staged as one) that is ready to be read.

    Attributes:
        file: what it was listed as.
        path: where it lies, under a plain name.
        columns: in order.
        rows: how many it has.
        line: SQL of a row's line number.
        rejected: select of the quarantine of what the file has beside rows, if it has any.
        is_staged: it was written here, under column names that meet no others.
        required: the columns that each of its rows must fill.
    """

    file: ListedFile
    path: Path
    columns: tuple[Column, ...]
    rows: int
    line: str
    rejected: str | None = None
    is_staged: bool = False
    required: frozenset[str] = frozenset(REQUIRED_COLUMNS)

    @property
    def shape(self) -> object:
        """Files of one shape are read by one select."""
        return self.columns, self.line, self.required


@dataclass(frozen=True)
class _Staging:
    """How a CSV file is written as Parquet; a clean one has line numbers and no header."""

    path: Path
    target: Path
    columns: int
    delimiter: str
    line: str
    is_clean: bool


@dataclass
class Loaded:
    """What became of files, as rows by file name; `unreadable` says why one was given up.

    `left_out` are files that could not be opened, which nothing remembers.
    """

    loaded: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass
class EventReader:
    """Reads event files into the raw tables of one load package.

    Args:
        connection: of the warehouse; its time zone is UTC.
        schema: quoted schema of the raw tables, which exist.
        folder: an empty folder for temporary files.
        load_id: written to every row.
        observed_at: naive UTC clock of the run, written to quarantined rows.
        ledger: who was erased; of them nothing is written but pseudonyms.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str
    folder: Path
    load_id: str
    observed_at: datetime
    ledger: Ledger = field(default_factory=Ledger.beside)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        register_functions(self.connection)

    def load(self, parts: Sequence[Part]) -> Loaded:
        """Load the rows of `parts`, all or none.

        Raises:
            UnreadableFileError: DuckDB cannot read one of them; nothing was loaded.
        """
        result = Loaded()
        files = [part.file for part in parts]
        shapes: dict[object, list[Part]] = {}
        for part in parts:
            shapes.setdefault(part.shape, []).append(part)
        with self._transaction():
            result.loaded.update({part.file.name: part.rows for part in parts})
            for alike in shapes.values():
                good, bad = self._selects(alike)
                # one insert per shape: DuckDB slows down on the union of several
                if self._insert("events", good) < sum(part.rows for part in alike):
                    self._insert("quarantine", bad)
            rejected = [part.rejected for part in parts if part.rejected]
            for select in rejected:
                self._insert("quarantine", select)
            self._count(result, files)
            self._remember(files, result)
        return result

    def load_unreadable(self, file: ListedFile, reason: str) -> Loaded:
        """Put a whole file into the quarantine, as one row."""
        result = Loaded(unreadable={file.name: reason})
        with self._transaction():
            self._quarantine(file, f"the file could not be read: {reason}")
            result.quarantined[file.name] = 1
            self._remember([file], result)
        return result

    def load_empty(self, files: Sequence[ListedFile]) -> Loaded:
        """Remember files that hold nothing."""
        with self._transaction():
            self._remember(files, Loaded())
        return Loaded()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._has_bad = False
        self.connection.begin()
        try:
            yield
            self.connection.commit()
        except BaseException as error:
            with suppress(duckdb.Error):
                self.connection.rollback()
            if isinstance(error, duckdb.Error):
                _raise_if_not_about_the_file(error)
                raise UnreadableFileError(_one_line(error)) from error
            raise

    def _insert(self, table: str, select: str) -> int:
        """Insert the rows of a select, which has the table's columns; returns how many."""
        names = (EVENTS_SCHEMA if table == "events" else QUARANTINE_SCHEMA).names
        if instead := self._without_erased(table, names):
            columns = ", ".join(
                f"{instead[name]} as {name}" if name in instead else name for name in names
            )
            rows = f"rows_read({', '.join(names)})"
            select = f"with {rows} as ({select}) select {columns} from rows_read"
        inserted = _one_integer(
            self.connection, f"insert into {self.schema}.{table} ({', '.join(names)}) {select}"
        )
        self._has_bad = self._has_bad or (table == "quarantine" and inserted > 0)
        return inserted

    def _without_erased(self, table: str, names: Sequence[str]) -> Mapping[str, str]:
        """Column -> what is loaded in its place, where somebody was erased."""
        if table == "events":
            return self.ledger.columns_of_events(names)
        return self.ledger.columns_of_quarantine()

    def _count(self, result: Loaded, files: Sequence[ListedFile]) -> None:
        """Count the inserted rows by file, unless every row of theirs was good."""
        if not self._has_bad:
            return
        names = ", ".join(literal(file.name) for file in files)
        for counter, table, column in (
            (result.loaded, "events", "_source_file"),
            (result.quarantined, "quarantine", "file"),
        ):
            counter.clear()
            rows = self.connection.execute(
                f"select {column}, count(*) from {self.schema}.{table} "
                f"where _dlt_load_id = {literal(self.load_id)} and {column} in ({names}) "
                f"group by {column}"
            ).fetchall()
            counter.update({str(name): int(count) for name, count in rows})

    def _quarantine(self, file: ListedFile, reason: str) -> None:
        """A whole file, or the rest of it."""
        self._insert_row(
            "quarantine",
            {
                "_dlt_load_id": self.load_id,
                "_observed_at": self.observed_at,
                "source_table": "events",
                "file": file.name,
                "reason": reason,
            },
        )

    def _remember(self, files: Sequence[ListedFile], result: Loaded) -> None:
        for file in files:
            self._insert_row(
                "event_files",
                {
                    "file": file.name,
                    "size": file.size,
                    "modified_at": file.modified_at,
                    "format": file.full_format,
                    "rows_loaded": result.loaded[file.name],
                    "rows_quarantined": result.quarantined[file.name],
                    "_observed_at": self.observed_at,
                    "_dlt_load_id": self.load_id,
                },
            )

    def _insert_row(self, table: str, values: Mapping[str, object]) -> None:
        places = ", ".join("?" * len(values))
        self.connection.execute(
            f"insert into {self.schema}.{table} ({', '.join(values)}) values ({places})",
            list(values.values()),
        )

    def load_lines(self, stream: LineStream) -> Loaded:
        """Load the rows of JSON lines files, all or none; lines before a file's damage count.

        Raises:
            OSError: a file cannot be opened or read.
        """
        good, bad = self._lines_selects(stream.files)
        result = Loaded()
        with self._transaction():
            inserted = self._insert_lines("events", good, stream)
            result.loaded.update(stream.rows)
            if inserted < stream.rows.total():
                self._insert_lines("quarantine", bad, stream)
                self._has_bad = True  # or there are blank lines
                self._count(result, stream.files)
            for file in stream.files:
                if reason := stream.broken.get(file.name):
                    self._quarantine(file, f"the file could not be read: {reason}")
                    result.quarantined[file.name] += 1
            result.unreadable |= stream.broken
            result.left_out |= stream.left_out
            self._remember([one for one in stream.files if one.name not in result.left_out], result)
        return result

    def _insert_lines(self, table: str, select: str, stream: LineStream) -> int:
        self.connection.register(LINES, stream.reader())
        try:
            return self._insert(table, select)
        except duckdb.Error as error:
            raise stream.error or error from error
        finally:
            self.connection.unregister(LINES)
            if stream.error:
                raise stream.error

    def _lines_selects(self, files: Sequence[ListedFile]) -> tuple[str, str]:
        """Selects of the good and of the bad lines."""
        names = ", ".join(literal(file.name) for file in files)
        casts = [cast_column(name, f"fields.{name}", "VARCHAR") for name in EVENT_COLUMNS]
        casts = [_refuse_inexact(cast) for cast in casts]
        structure = orjson.dumps(dict.fromkeys((*EVENT_COLUMNS, "properties"), "VARCHAR")).decode()
        parsed = f"""
            select
                line, line_number as _line, members,
                try(json_transform(line, '{structure}')) as fields,
                list_extract([{names}], file_number + 1) as _source_file
            from {LINES}"""
        strict = is_strict("members", "line")
        good_lines = _good_rows(
            casts, parsed, "line, members, fields.properties as properties", strict
        )
        good = f"""
            select {self._event_columns()} from (
                select * exclude (properties),
                    case when {has_others("members", "line")} then
                        {json_properties("line", "members", "properties")} end as properties
                from ({good_lines})
            )"""
        field_name, reason = first_failure(casts)
        is_good = all_good(casts)
        bad = self._quarantine_columns(
            f"""
            select
                case when is_object then {field_name} end as field,
                case
                    when not is_valid then 'the line is not valid JSON'
                    when not is_object then 'the line is not a JSON object'
                    when {is_good} then 'the line is not valid JSON: ' || {JSON_PROBLEM}(line)
                    else {reason}
                end as reason,
                replace(rtrim(line, chr(13) || chr(10)), chr({ord(NO_JSON)}), '') as raw,
                fields.event_id as record_id, _source_file, _line
            from (
                select *, json_valid(line) as is_valid,
                    coalesce(try(json_type(line)) = 'OBJECT', false) as is_object,
                    ({is_good} and {strict}){NOT_PUSHED_DOWN} as is_good
                from ({parsed})
            )
            where not is_good and trim(line, {BLANKS}) <> ''"""
        )
        return good, bad

    def parquet_part(self, file: ListedFile, path: Path) -> Part:
        """A Parquet file, looked at; one whose column names would meet DuckDB's is staged.

        Raises:
            UnreadableFileError: it is no Parquet file, or lacks a required column.
        """
        try:
            names = parquet_rows.column_names(path)
        except parquet_rows.NoParquetError as error:
            raise UnreadableFileError(str(error)) from error
        if parquet_rows.meet_others(names):
            return self.staged_parquet_part(file, path)
        return self._part(file, path, tell_apart(names), "file_row_number + 1")

    def otlp_part(self, file: ListedFile, opened: IO[bytes], attributes: otlp.Attributes) -> Part:
        """The LLM calls of an OpenTelemetry file, staged.

        Raises:
            UnreadableFileError: it breaks off, so that nothing of it is loaded.
        """
        staged = self.folder / f"staged_{next(self._numbers)}.parquet"
        try:
            rejected = otlp.stage(file, opened, staged, LINE_COLUMN, attributes, "c{}".format)
        except otlp.OtlpError as error:
            staged.unlink(missing_ok=True)
            raise UnreadableFileError(str(error)) from error
        part = self._staged_part(file, staged, otlp.COLUMNS, LINE_COLUMN, rejected)
        return replace(part, required=part.required - otlp.MAY_BE_MISSING)

    def staged_parquet_part(self, file: ListedFile, path: Path) -> Part:
        """A Parquet file, written anew without the rows that hold texts which are none.

        Raises:
            UnreadableFileError: it cannot be read, or lacks a required column.
        """
        staged = self.folder / f"staged_{next(self._numbers)}.parquet"
        try:
            names, rejected = parquet_rows.write_rows(path, staged)
        except parquet_rows.NoParquetError as error:
            raise UnreadableFileError(str(error)) from error
        return self._staged_part(file, staged, names, LINE_COLUMN, rejected)

    def _staged_part(
        self,
        file: ListedFile,
        staged: Path,
        names: Sequence[str],
        line: str,
        rejected: Sequence[Rejected],
    ) -> Part:
        part = replace(self._part(file, staged, names, line), is_staged=True)
        if not rejected:
            return part
        listed = self.folder / f"rejected_{next(self._numbers)}.parquet"
        pq.write_table(pa.Table.from_pylist(list(map(vars, rejected)), REJECTED_SCHEMA), listed)
        return replace(part, rejected=self._rejected(file, listed))

    def _part(self, file: ListedFile, path: Path, names: Sequence[str], line: str) -> Part:
        """A Parquet file whose columns are called `names`."""
        _check_required(names)
        try:
            described = self.connection.execute(
                f"describe select * from {_read_parquet([path])}"
            ).fetchall()
            rows = _one_integer(
                self.connection,
                f"select sum(num_rows) from parquet_file_metadata({literal(str(path))})",
            )
        except duckdb.Error as error:
            raise UnreadableFileError(_one_line(error)) from error
        own = [row for row in described if row[0] not in {"file_row_number", LINE_COLUMN}]
        columns = tuple(
            Column(name, str(row[0]), str(row[1])) for name, row in zip(names, own, strict=True)
        )
        return Part(file, path, columns, rows, line)

    def _selects(self, parts: Sequence[Part]) -> tuple[str, str]:
        """Selects of the good and of the bad rows of files of one shape."""
        columns, line = parts[0].columns, parts[0].line
        names = ", ".join(f"{literal(part.path.name)}: {literal(part.file.name)}" for part in parts)
        # a constant for all rows of a file, so it is looked up once a file
        name = f"map_extract_value(map {{{names}}}, parse_filename(filename))"
        # under names of our own, which those of a file cannot meet
        source = ", ".join(
            f"{quote(column.physical)} as value_{n}" for n, column in enumerate(columns)
        )
        read = (
            f"select {source}, {name} as _source_file, {line} as _line "
            f"from {_read_parquet([part.path for part in parts])}"
        )
        own = {column.name: (f"value_{n}", column.type) for n, column in enumerate(columns)}
        casts = []
        for column in EVENT_COLUMNS:
            raw, kind = own.get(column, (None, ""))
            casts.append(cast_column(column, raw, kind, parts[0].required))
        properties = f"{_column_properties(own)} as properties"
        good = f"select {self._event_columns()} from ({_good_rows(casts, read, properties)})"
        field_name, reason = first_failure(casts)
        bad = self._quarantine_columns(
            f"""
            select {field_name} as field, {reason} as reason, {_json_object(own)} as raw,
                cast({own["event_id"][0]} as varchar) as record_id, _source_file, _line
            from ({read})
            where not ({all_good(casts)})"""
        )
        return good, bad

    def csv_part(self, file: ListedFile, path: Path) -> Part:
        """A CSV file, staged as a Parquet file of texts, its rows numbered.

        Lines that are no CSV rows are the part's rejected ones. A record that spans lines is
        counted as one. Of a gzip stream that breaks off, the whole lines before that are read.

        Raises:
            UnreadableFileError: it is not text, or lacks a required column.
        """
        rejected: list[Rejected] = []
        if file.is_gzipped:
            plain = self.folder / f"plain_{next(self._numbers)}.csv"
            if problem := csv_lines.unpack(path, plain):
                csv_lines.keep_whole_lines(plain)
                rejected.append(Rejected(None, f"the file could not be read: {problem}", None))
            path = plain
        try:
            part = self._csv_part(file, path, rejected)
        except UnreadableFileError as error:
            raise UnreadableFileError(problem if rejected else str(error)) from error
        finally:
            if file.is_gzipped:
                path.unlink(missing_ok=True)
        return part

    def _csv_part(self, file: ListedFile, path: Path, rejected: list[Rejected]) -> Part:
        try:
            names, delimiter = csv_lines.read_header(path)
        except csv_lines.HeaderError as error:
            raise UnreadableFileError(str(error)) from error
        _check_required(names)
        staged = self.folder / f"staged_{next(self._numbers)}.parquet"
        line = "row_number() over () + 1"
        staging = _Staging(path, staged, len(names), delimiter, line, is_clean=False)
        if self._stage_csv(staging) == csv_lines.count_lines(path) - 1:
            return self._staged_part(file, staged, names, LINE_COLUMN, rejected)
        clean = self.folder / f"clean_{next(self._numbers)}.csv"
        try:
            rejected += csv_lines.write_records(path, clean, len(names), delimiter)
            staging = replace(staging, path=clean, line=LINE_COLUMN, is_clean=True)
            if self._stage_csv(staging, rejected) is None:
                raise UnreadableFileError("its lines cannot be told apart")
        finally:
            clean.unlink(missing_ok=True)
        return self._staged_part(file, staged, names, LINE_COLUMN, rejected)

    def _stage_csv(self, staging: _Staging, rejected: list[Rejected] | None = None) -> int | None:
        """Write the rows of a CSV file to the staged file; returns how many, None if it fails.

        Lines that are no rows to DuckDB are added to `rejected`; where it is None, they fail.
        """
        rejects = f"rejects_{next(self._numbers)}"
        columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(staging.columns))
        if staging.is_clean:
            columns = f"'{LINE_COLUMN}': 'BIGINT', {columns}"
        selected = ", ".join(f"c{n}" for n in range(staging.columns))
        try:
            rows = _one_integer(
                self.connection,
                f"""
                copy (
                    select {selected}, {staging.line} as {LINE_COLUMN}
                    from read_csv(
                        {literal(str(staging.path))}, columns = {{{columns}}},
                        header = {not staging.is_clean}, auto_detect = false,
                        delim = '{staging.delimiter}', quote = '"', escape = '"',
                        compression = 'none', max_line_size = {2 * MAX_LINE_BYTES},
                        buffer_size = {8 * MAX_LINE_BYTES}, store_rejects = true,
                        rejects_table = '{rejects}', rejects_scan = '{rejects}_scans'
                    )
                ) to {literal(str(staging.target))} {COPY_OPTIONS}""",
            )
            found = self.connection.execute(
                f"select min(lower(cast(error_type as varchar))), min(csv_line) from {rejects} "
                "group by line"
            ).fetchall()
            self.connection.execute(f"drop table {rejects}; drop table {rejects}_scans")
        except duckdb.Error as error:
            staging.target.unlink(missing_ok=True)
            _raise_if_not_about_the_file(error)
            return None
        if found and rejected is None:
            return None
        for error_type, text in found:
            number, _, raw = str(text).partition(staging.delimiter)
            line = int(number) if number.isdecimal() else None
            if rejected is not None:
                rejected.append(Rejected(line, f"is not a CSV row: {error_type}", raw))
        return rows

    def _rejected(self, file: ListedFile, listed: Path) -> str:
        """Select of the quarantine of lines and rows that a list says are none."""
        return self._quarantine_columns(
            f"""
            select cast(null as varchar) as field, reason, raw,
                cast(null as varchar) as record_id,
                {literal(file.name)} as _source_file, line as _line
            from read_parquet({literal(str(listed))})"""
        )

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


def _read_parquet(paths: Sequence[Path]) -> str:
    """Table function that reads Parquet files of one shape."""
    listed = ", ".join(literal(str(path)) for path in paths)
    return (
        f"read_parquet([{listed}], file_row_number = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )


def _good_rows(
    casts: Sequence[Cast], source: str, others: str, condition: str | None = None
) -> str:
    """Select of the typed columns, `others`, file and line of those rows that can be loaded.

    Every cast is made once: whether a row is good is asked of the typed columns. A `condition` of
    its own is asked of `others`, last.
    """
    typed = ", ".join(
        f"cast({cast.typed} as {sql_type(EVENT_COLUMNS[cast.name])}) as {cast.name}"
        for cast in casts
    )
    asked = [cast for cast in casts if cast.can_fail]
    absent = "".join(f", ({cast.raw}) is null as {cast.name}__absent" for cast in asked)
    good = " and ".join(cast.is_good_typed for cast in asked)
    if condition:
        good = f"{good} and {condition}"
    return f"""
        select * from (
            select *, ({good}){NOT_PUSHED_DOWN} as is_good
            from (select {typed}{absent}, {others}, _source_file, _line from ({source}))
        ) where is_good"""


def _refuse_inexact(cast: Cast) -> Cast:
    """JSON numbers are read as doubles: one with more digits than a double holds is refused.

    Below 4.5 million a double is exact to 9 decimals; a number sent as text always is.
    """
    if not pa.types.is_decimal(EVENT_COLUMNS[cast.name]):
        return cast
    is_inexact = (
        f"contains({cast.raw}, '.') and abs(try_cast({cast.raw} as double)) >= 4500000 "
        f"and try(json_type(line, '$.{cast.name}')) <> 'VARCHAR'"
    )
    # in a case of its own, because the rest is evaluated only for the few rows that get there
    typed = (
        f"case when length({cast.raw}) > 16 "
        f"then case when not ({is_inexact}) then {cast.typed} end else {cast.typed} end"
    )
    return replace(cast, typed=typed)


def _column_properties(columns: Mapping[str, tuple[str, str]]) -> str:
    """Columns of a Parquet or CSV file that are no event columns, as JSON without nulls.

    Args:
        columns: name -> SQL of the value, its type.
    """
    others = {name: columns[name] for name in columns if name not in EVENT_COLUMNS}
    if "properties" not in others:
        return f"nullif({_json_object(others)}, '{{}}')"
    together = f"nullif({_json_object(others)}, '{{}}')"
    own = _json_value(*others.pop("properties"))
    rest = _json_object(others)
    return (
        f"case when {own} is null then nullif({rest}, '{{}}') "
        f"when {is_json_object(own)} then {own_members(own, rest, together)} else {together} end"
    )


def _json_value(value: str, source_type: str) -> str:
    """Text as it is (it may hold JSON), anything else as JSON text."""
    return value if source_type == "VARCHAR" else f"cast(to_json({value}) as varchar)"


def _json_object(columns: Mapping[str, tuple[str, str]]) -> str:
    members = ", ".join(
        f"{literal(orjson.dumps(name).decode() + ':')} || cast(to_json({value}) as varchar)"
        for name, (value, _) in columns.items()
    )
    return f"'{{' || concat_ws(',', {members}) || '}}'" if members else "'{}'"


def _check_required(columns: Container[str]) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing:
        raise UnreadableFileError(f"the file has no column {', '.join(missing)}")


def _one_integer(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0


def _raise_if_not_about_the_file(error: duckdb.Error) -> None:
    """Want of memory or disk is no property of a file: the load fails and is tried again."""
    if isinstance(error, duckdb.OutOfMemoryException):
        raise LoadError(f"app_events: DuckDB ran out of memory: {_one_line(error)}") from error
    text = str(error).lower()
    if "no space left" in text or "could not write" in text or "failed to write" in text:
        raise LoadError(f"app_events: temporary files cannot be written: {error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
