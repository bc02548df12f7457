"""Publishing: what a green build made, copied to where readers look.

A dbt-duckdb plugin, called by the on-run-end macro `publish_build` inside the dbt process, because
that process alone may open the warehouse. It writes a fresh DuckDB file, checks it, and makes it
current by one rename:

    <PUBLISHED_DIR>/build_<id>.duckdb   read-only, the newest three are kept
    <PUBLISHED_DIR>/current.duckdb      symbolic link to the last good one
    <PUBLISHED_DIR>/last_build.json     how the last build of the whole project ended

Readers that hold an older build open keep reading it: its file, once removed, lives until they
close it. A build that is killed leaves a draft, which the next one clears away.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

KEPT_BUILDS: Final = 3
CURRENT: Final = "current.duckdb"
#: How the last build of the whole project ended, whether it was published or not.
OUTCOME: Final = "last_build.json"
#: The oldest client that must be able to open a published file.
STORAGE_VERSION: Final = "v1.5.0"

_DRAFT_PREFIX: Final = ".draft_"
_BUILD_PATTERN: Final = "build_*.duckdb"
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
    """A green build: which tables to publish where, and what to note about it.

    `facts` become the one row of `monitoring.build`.
    """

    directory: Path
    build_id: str
    tables: Sequence[PublishedTable]
    facts: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """The build's own file."""
        return self.directory / f"build_{self.build_id}.duckdb"

    @property
    def draft(self) -> Path:
        """The file while it is being written."""
        return self.directory / f"{_DRAFT_PREFIX}{self.build_id}.duckdb"


class Plugin(BasePlugin):
    """The plugin `publish` of profiles.yml."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Make the warehouse's folder, which DuckDB expects to be there."""
        Path(creds.path).resolve().parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection to the warehouse: no second one can be opened beside it."""
        self._warehouse = conn

    def store(self, target_config: Any) -> None:
        """Publish what the macro hands over in `target_config.config`.

        A failure goes back to the macro as `problem`: dbt reports an exception of an on-run-end
        macro as an interruption by the user.
        """
        handed_over = target_config.config
        directory = Path(handed_over["directory"]).resolve()
        if handed_over.get("failed"):
            note_outcome(directory, handed_over["steps"], handed_over["failed"])
            return
        try:
            publish(self._warehouse.cursor(), build_from_macro(handed_over))
        except (PublishError, OSError, duckdb.Error) as error:
            handed_over["problem"] = (
                f"The build is green but was not published ({error}). "
                "Readers keep the build before. Mend the cause and run `dbt build` again."
            )
        else:
            note_outcome(directory, handed_over["steps"], [])


def build_from_macro(handed_over: Mapping[str, Any]) -> Build:
    """The build that the macro describes (its tables, folder, clock and settings)."""
    started_at = datetime.fromisoformat(handed_over["started_at"]).astimezone(UTC)
    invocation = str(handed_over["invocation_id"]).replace("-", "")
    build_id = f"{started_at:%Y%m%dT%H%M%S}_{invocation[:8]}"
    facts = {
        "build_id": build_id,
        "built_at": datetime.now(UTC).replace(tzinfo=None),
        "as_of": datetime.fromisoformat(handed_over["as_of"]),
        "report_currency": handed_over["report_currency"],
        "report_timezone": handed_over["report_timezone"],
        "dbt_version": handed_over["dbt_version"],
        "duckdb_version": duckdb.__version__,
        "tables": len(handed_over["tables"]),
    }
    tables = [PublishedTable(**table) for table in handed_over["tables"]]
    return Build(Path(handed_over["directory"]).resolve(), build_id, tables, facts)


def publish(warehouse: duckdb.DuckDBPyConnection, build: Build) -> Path:
    """Copy, check, make current, tidy up; returns the path of the published file.

    Raises:
        PublishError: another build is publishing, or the copy is not what was built.
        OSError, duckdb.Error: the folder cannot be written.
    """
    build.directory.mkdir(parents=True, exist_ok=True)
    with _single_publisher(build.directory):
        for leftover in build.directory.glob(f"{_DRAFT_PREFIX}*"):
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
        reader.execute("from monitoring.build").fetchall()


def make_current(build: Build) -> None:
    """Give the checked draft its name, then point `current.duckdb` at it, each in one rename."""
    build.draft.chmod(build.draft.stat().st_mode & ~0o222)  # a client that writes cannot lock it
    _flush(build.draft)
    build.draft.rename(build.path)
    link = build.directory / f"{_DRAFT_PREFIX}link"
    link.symlink_to(build.path.name)
    # A client that opened the link for writing may have left a log there, which would make the
    # new build unreadable.
    (build.directory / f"{CURRENT}.wal").unlink(missing_ok=True)
    link.replace(build.directory / CURRENT)
    _flush(build.directory)


def remove_old_builds(directory: Path) -> None:
    """Keep the current build and the newest ones beside it; ids sort by time."""
    current = (directory / CURRENT).resolve()
    builds = sorted(directory.glob(_BUILD_PATTERN), reverse=True)
    others = [path for path in builds if path.resolve() != current]
    for path in others[KEPT_BUILDS - 1 :]:
        path.unlink()


def note_outcome(directory: Path, steps: int, failed: Sequence[str]) -> None:
    """Say beside the builds how the last one ended, for readers who wonder why none is newer.

    A note that cannot be written spoils no build.
    """
    said = {
        "ended_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        "is_published": not failed,
        "failed": list(failed),
        "steps": steps,
    }
    draft = directory / f"{_DRAFT_PREFIX}{OUTCOME}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(said), "utf-8")
        draft.replace(directory / OUTCOME)
    except OSError:
        return


def quote(name: str) -> str:
    """SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """SQL text."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _single_publisher(directory: Path) -> Iterator[None]:
    """Hold the folder's lock; it frees itself when the process ends, however."""
    with (directory / ".publish.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishError(
                f"Another build is being published in {directory}. Run `dbt build` again."
            ) from error
        yield


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
    names = ", ".join(f"? as {quote(name)}" for name in build.facts)
    target = f"{_ALIAS}.monitoring.build"
    connection.execute(f"create table {target} as select {names}", list(build.facts.values()))
    connection.execute(f"comment on table {target} is 'One row: the build that this file holds.'")


def _flush(path: Path) -> None:
    """Make sure that what was written survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
