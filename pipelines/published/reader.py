"""The one door to the published build: for the dashboard, alerts, exports and whoever comes next.

    with open_published() as published:  # a command: the newest build, or an error with its remedy
        published.rows("select ...")

    found = newest_build()  # a server: the newest build, or the state without one

A build is opened read-only and locked down: it can neither write nor read other files nor be
changed. Every question gets a cursor of its own, so one open build serves all threads. It goes by
its file's own name, so whatever is published meanwhile, its answers stay those of one build.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import duckdb
import pyarrow as pa

from pipelines.config import published_dir
from pipelines.errors import SettingError
from pipelines.files import literal
from pipelines.published.files import (
    CURRENT,
    FACTS_TABLE,
    BuildFacts,
    LastBuild,
    build_files,
    current_file,
)
from pipelines.published.files import last_build as _last_build
from pipelines.published.server_copy import bring

_LOG: Final = logging.getLogger("published")

#: DuckDB settings of every connection: it can neither write, nor read other files, nor be changed.
LOCKED_DOWN: Final[dict[str, str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
    "lock_configuration": "true",
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """Rows of one mart: the table, the SQL that gives it, the mart's name and its grain."""

    table: pa.Table
    sql: str
    mart: str
    grain: str


@dataclass(frozen=True)
class NoBuild:
    """There is nothing to show: never published, or no file can be opened."""

    reason: Literal["never_published", "unreadable"]


class Published:
    """One published build, opened. `path` is the file's own name, which no publish changes."""

    def __init__(self, path: str, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a build's file.

        Raises:
            duckdb.Error: it cannot be read as a published build.
        """
        connection = duckdb.connect(str(path), read_only=True, config=dict(LOCKED_DOWN))
        try:
            connection.execute(f"from {FACTS_TABLE} limit 0")
        except duckdb.Error:
            connection.close()
            raise
        return cls(str(path), connection)

    @property
    def name(self) -> str:
        """File name without the suffix, such as `build_20261115T120000`."""
        return Path(self.path).stem

    def table(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Rows of a query as an Arrow table.

        Raises:
            duckdb.Error: the build lacks a table or column, being of an earlier version.
        """
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, list(parameters)).to_arrow_table()

    def stream(self, sql: str, batch: int) -> tuple[pa.RecordBatchReader, Callable[[], None]]:
        """Rows of a query in batches, and what ends the reading; the build stays open until then.

        Raises:
            duckdb.Error: the build lacks a table or column.
        """
        cursor = self._connection.cursor()
        try:
            reader = cursor.execute(sql).to_arrow_reader(batch)
        except duckdb.Error:
            cursor.close()
            raise
        return reader, cursor.close

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Rows of a query as dictionaries by column name, for commands.

        Raises:
            SettingError: the build lacks a table or column, being of an earlier version.
        """
        try:
            return list(self.table(sql, parameters).to_pylist())
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise SettingError(
                "The published build is of an earlier version of this project. Run `dbt build`. "
                f"({str(error).splitlines()[0]})"
            ) from error

    @cached_property
    def facts(self) -> BuildFacts:
        """What the build says of itself, its times aware UTC."""
        return BuildFacts.of_row(self.rows(f"select * from {FACTS_TABLE}")[0])

    def has(self, mart: str) -> bool:
        """Whether the build has a mart: an older one may lack it."""
        schema, name = mart.split(".")
        found = self.rows(
            "select 1 from duckdb_tables() "
            f"where schema_name = {literal(schema)} and table_name = {literal(name)}"
        )
        return bool(found)

    def description(self, mart: str) -> str | None:
        """The description of `schema.table` from the dbt docs, as one line; None without one."""
        schema, table = mart.split(".")
        found = self.table(
            "select comment from duckdb_tables() "
            f"where schema_name = {literal(schema)} and table_name = {literal(table)} "
            "union all select comment from duckdb_views() "
            f"where schema_name = {literal(schema)} and view_name = {literal(table)}"
        ).column("comment")
        return _one_line(found[0].as_py() if len(found) else None)

    def column_description(self, mart: str, column: str) -> str | None:
        """The description of a column of `schema.table`, as one line; None without one."""
        schema, table = mart.split(".")
        found = self.table(
            "select column_name, comment from duckdb_columns() "
            f"where schema_name = {literal(schema)} and table_name = {literal(table)}"
        ).to_pylist()
        texts = {row["column_name"]: row["comment"] for row in found}
        return _one_line(texts.get(column))

    def __eq__(self, other: object) -> bool:
        """Two readers of the same file are the same build."""
        return isinstance(other, Published) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def close(self) -> None:
        """Close the file; questions after this fail."""
        self._connection.close()


def newest_build(directory: Path | None = None) -> Published | NoBuild:
    """The build that readers should see: the current one, else the newest that can be opened.

    Args:
        directory: where builds are published; default: the setting PUBLISHED_DIR.
    """
    directory = directory or published_dir()
    current = current_file(directory)
    for path in _candidates(directory):
        try:
            found = Published.open(path)
        except duckdb.Error as error:
            _LOG.warning("%s cannot be read as a published build (%s)", path.name, error)
            continue
        if path.resolve() != current:
            _LOG.warning(
                "%s leads to no build that can be read: %s is shown in its place. "
                "Run `dbt build` to publish a new one.",
                directory / CURRENT,
                path.name,
            )
        return found
    is_there = (directory / CURRENT).is_symlink() or (directory / CURRENT).exists()
    return NoBuild("unreadable" if is_there else "never_published")


@contextmanager
def open_published(directory: Path | None = None) -> Iterator[Published]:
    """The newest build of `directory` (default: the setting PUBLISHED_DIR), for a command.

    Where builds are published on a server, the newest one is brought there first.

    Raises:
        SettingError: nothing was published yet, or it cannot be read.
    """
    bring(directory)
    found = newest_build(directory)
    if isinstance(found, NoBuild):
        raise SettingError(_without_build(directory or published_dir(), found))
    try:
        yield found
    finally:
        found.close()


def last_build(directory: Path | None = None) -> LastBuild | None:
    """How the last build of the whole project ended; None where nothing says so."""
    return _last_build(directory or published_dir())


def _candidates(directory: Path) -> list[Path]:
    """The current build, then the other ones from the newest on."""
    current = current_file(directory)
    if current is None:  # the link is gone or leads nowhere: a build beside it will do
        return build_files(directory)
    return [current, *(path for path in build_files(directory) if path.resolve() != current)]


def _without_build(directory: Path, found: NoBuild) -> str:
    if found.reason == "unreadable":
        return (
            f"{directory / CURRENT} cannot be read as a published build. "
            "Run `dbt build` to publish a new one."
        )
    return (
        f"There is no published build at {directory / CURRENT}. Run `dbt build` first, or set "
        "PUBLISHED_DIR to the folder where builds are published."
    )


def _one_line(text: str | None) -> str | None:
    return re.sub(r"\s+", " ", text).strip() if text else None
