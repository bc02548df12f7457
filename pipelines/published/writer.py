"""Making a build what readers see: copied to a file of its own, checked, made current.

The file gets its name, and `current.duckdb` points at it, each in one rename. Readers that hold an
older build open keep reading it: its file, once removed, lives until they close it. A build that is
killed leaves a draft, which the next one clears away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from pipelines.errors import ProjectError
from pipelines.files import literal, quote
from pipelines.locks import hold
from pipelines.published.files import (
    CURRENT,
    DRAFT_PREFIX,
    FACTS_TABLE,
    KEPT_BUILDS,
    LOCK,
    BuildFacts,
    build_file,
    build_files,
    current_file,
    draft_file,
)

#: The oldest client that must be able to open a published file.
STORAGE_VERSION: Final = "v1.5.0"

_ALIAS: Final = "published_draft"


class PublishError(Exception):
    """The build is good but could not be published; readers keep the one before."""


@dataclass(frozen=True)
class PublishedTable:
    """A table to publish, with what dbt says about it (column name -> description).

    With `as_view` it is published as the view it is in the warehouse; everything it reads must be
    published too. `rows` is where its rows come from, where that is not the table of its name.
    """

    schema: str
    name: str
    description: str
    columns: Mapping[str, str]
    as_view: bool = False
    rows: str = ""

    @property
    def quoted(self) -> str:
        """`"schema"."table"`."""
        return f"{quote(self.schema)}.{quote(self.name)}"


@dataclass(frozen=True)
class Build:
    """A green build: which tables to publish where, and its facts."""

    directory: Path
    tables: Sequence[PublishedTable]
    facts: BuildFacts

    @property
    def path(self) -> Path:
        """The build's own file."""
        return build_file(self.directory, self.facts.build_id)

    @property
    def draft(self) -> Path:
        """The file while it is being written."""
        return draft_file(self.directory, self.facts.build_id)


def publish(warehouse: duckdb.DuckDBPyConnection, build: Build) -> Path:
    """Copy, check, make current, tidy up; returns the path of the published file.

    Raises:
        PublishError: another build is publishing, or the copy is not what was built.
        OSError, duckdb.Error: the folder cannot be written.
    """
    build.directory.mkdir(parents=True, exist_ok=True)
    with _single_publisher(build.directory):
        for leftover in build.directory.glob(f"{DRAFT_PREFIX}*"):
            leftover.unlink()
        rows = write_draft(warehouse, build)
        check_draft(build, rows)
        make_current(build)
        remove_old_builds(build.directory)
    return build.path


def write_draft(warehouse: duckdb.DuckDBPyConnection, build: Build) -> dict[str, int]:
    """Write all into the draft as of one moment; returns the rows of each table by quoted name."""
    rows: dict[str, int] = {}
    views = [table for table in build.tables if table.as_view]
    version = f"storage_version {literal(STORAGE_VERSION)}"
    warehouse.execute(f"attach {literal(str(build.draft))} as {_ALIAS} ({version})")
    try:
        warehouse.execute("begin transaction")
        for schema in sorted({table.schema for table in build.tables} | {"monitoring"}):
            warehouse.execute(f"create schema if not exists {_ALIAS}.{quote(schema)}")
        for table in build.tables:
            if not table.as_view:
                target = f"{_ALIAS}.{table.quoted}"
                origin = table.rows or table.quoted
                warehouse.execute(f"create table {target} as from {origin}")
                rows[table.quoted] = _count(warehouse, origin)
                _describe(warehouse, target, table)
        _copy_views(warehouse, views)
        _note_build(warehouse, build)
        warehouse.execute("commit")
    finally:
        warehouse.execute(f"detach {_ALIAS}")  # closes the file and folds its log into it
    return rows


def check_draft(build: Build, rows: Mapping[str, int]) -> None:
    """Open the draft as a reader would. Raises PublishError if it is not what was built."""
    log = build.draft.with_name(build.draft.name + ".wal")
    if log.exists():
        raise PublishError(f"{build.draft.name} was left with a write-ahead log; not published.")
    with duckdb.connect(str(build.draft), read_only=True) as reader:
        for name, expected in rows.items():
            found = _count(reader, name)
            if found != expected:
                raise PublishError(f"{name} has {found} rows in the copy, {expected} were built.")
        for view in (table for table in build.tables if table.as_view):
            reader.execute(f"from {view.quoted} limit 0")
        reader.execute(f"from {FACTS_TABLE}").fetchall()


def make_current(build: Build) -> None:
    """Give the checked draft its name, then point `current.duckdb` at it, each in one rename."""
    build.draft.chmod(build.draft.stat().st_mode & ~0o222)  # a client that writes cannot lock it
    _flush(build.draft)
    build.draft.rename(build.path)
    link = build.directory / f"{DRAFT_PREFIX}link"
    link.symlink_to(build.path.name)
    # A client that opened the link for writing may have left a log there, which would make the
    # new build unreadable.
    (build.directory / f"{CURRENT}.wal").unlink(missing_ok=True)
    link.replace(build.directory / CURRENT)
    _flush(build.directory)


def remove_old_builds(directory: Path) -> None:
    """Keep the current build and the newest ones beside it."""
    current = current_file(directory)
    others = [path for path in build_files(directory) if path.resolve() != current]
    for path in others[KEPT_BUILDS - 1 :]:
        path.unlink()


@contextmanager
def _single_publisher(directory: Path) -> Iterator[None]:
    """Hold the folder's lock; it frees itself when the process ends, however it ends."""
    busy = f"Another build is being published in {directory}. Run `dbt build` again."
    try:
        with hold(directory / LOCK, busy):
            yield
    except ProjectError as error:
        raise PublishError(str(error)) from error


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"select count(*) from {name}").fetchone()
    return int(row[0]) if row else 0


def _copy_views(connection: duckdb.DuckDBPyConnection, views: Sequence[PublishedTable]) -> None:
    """Make the warehouse's views anew on the draft's own tables."""
    row = connection.execute("select current_database()").fetchone()
    warehouse = str(row[0]) if row else ""
    for view in views:
        found = connection.execute(
            "select sql from duckdb_views() "
            "where database_name = ? and schema_name = ? and view_name = ?",
            [warehouse, view.schema, view.name],
        ).fetchone()
        if found is None:
            raise PublishError(f"{view.quoted} is no view in the warehouse.")
        statement = _without_database(str(found[0]), warehouse)
        connection.execute(f"use {_ALIAS}")
        try:
            connection.execute(statement)
        finally:
            connection.execute(f"use {quote(warehouse)}")
        _describe(connection, f"{_ALIAS}.{view.quoted}", view)


def _without_database(statement: str, database: str) -> str:
    """SQL whose `database.schema.table` names are `schema.table`."""
    name = re.escape(database)
    return re.sub(rf'(?<![\w."])(?:{name}|"{name}")\.(?=[\w"]+\.[\w"])', "", statement)


def _describe(connection: duckdb.DuckDBPyConnection, target: str, table: PublishedTable) -> None:
    """dbt's descriptions as comments, which clients and the dashboard show."""
    kind = "view" if table.as_view else "table"
    connection.execute(f"comment on {kind} {target} is {literal(table.description.strip())}")
    for column, text in table.columns.items():
        if text:
            connection.execute(
                f"comment on column {target}.{quote(column)} is {literal(text.strip())}"
            )


def _note_build(connection: duckdb.DuckDBPyConnection, build: Build) -> None:
    facts = build.facts.row()
    names = ", ".join(f"? as {quote(name)}" for name in facts)
    target = f"{_ALIAS}.{FACTS_TABLE}"
    connection.execute(f"create table {target} as select {names}", list(facts.values()))
    connection.execute(f"comment on table {target} is 'One row: the build that this file holds.'")


def _flush(path: Path) -> None:
    """Make sure that what was written survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
