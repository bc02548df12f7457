"""The published build that a page run shows: one DuckDB file, opened read-only and locked down."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import duckdb
import pyarrow as pa
import streamlit as st

from pipelines.config import SettingError, published_dir, target

_LOG: Final = logging.getLogger("dashboards")

#: DuckDB settings of every connection: it can neither write, nor read other files, nor be changed.
LOCKED_DOWN: Final[dict[str, str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
    "lock_configuration": "true",
}

#: Seconds between looks at a server that publishes (a look is one row).
LOOK_AT_SERVER_EVERY: Final = 15

#: Connections held at once: builds that viewers may still have open when new ones are published.
HELD_BUILDS: Final = 4


@dataclass(frozen=True)
class Build:
    """A published build. `path` is the file's own name, so a new publish never changes it."""

    path: str

    @property
    def name(self) -> str:
        """File name without the suffix, such as `build_20261115T120000`."""
        return Path(self.path).stem


@dataclass(frozen=True)
class NoBuild:
    """There is nothing to show: never published, or the file cannot be opened."""

    reason: Literal["never_published", "unreadable"]


@dataclass(frozen=True)
class Answer:
    """Rows of one mart: the table, the SQL that gives it, the mart's name and its grain."""

    table: pa.Table
    sql: str
    mart: str
    grain: str


def newest_build() -> Build | NoBuild:
    """The build that `current.duckdb` stands for at this moment."""
    if target() != "dev":
        _bring_published(target())
    current = published_dir() / "current.duckdb"
    if not current.exists():
        return NoBuild("unreadable" if current.is_symlink() else "never_published")
    build = Build(str(current.resolve()))
    try:
        connection(build)
    except duckdb.Error:
        return NoBuild("unreadable")
    return build


@st.cache_resource(show_spinner=False, ttl=LOOK_AT_SERVER_EVERY)
def _bring_published(_target: str) -> None:
    """Copy what a server published since the last look; without the server, the last copy stays."""
    from pipelines.published.server_copy import bring

    try:
        bring()
    except SettingError as error:
        _LOG.warning("%s", error)


@st.cache_resource(
    show_spinner=False, max_entries=HELD_BUILDS, on_release=lambda opened: opened.close()
)
def connection(build: Build) -> duckdb.DuckDBPyConnection:
    """The one locked-down connection of this process to a build; use cursors of it."""
    return duckdb.connect(build.path, read_only=True, config=dict(LOCKED_DOWN))


@st.cache_resource(show_spinner=False, max_entries=1024)
def query(build: Build, sql: str) -> pa.Table:
    """Rows of a statement, kept per build. Arrow tables are immutable, so sharing them is safe."""
    with connection(build).cursor() as cursor:
        return cursor.execute(sql).to_arrow_table()


def literal(value: str | date | datetime | int | Decimal) -> str:
    """A value as SQL text, so that the SQL a page shows is the SQL that ran."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return f"timestamp '{moment.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, int | Decimal):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def description(build: Build, mart: str) -> str | None:
    """The mart's description from the dbt docs, as one line; None where the build has none."""
    schema, table = mart.split(".")
    found = query(
        build,
        "select comment from duckdb_tables() "
        f"where schema_name = {literal(schema)} and table_name = {literal(table)} "
        "union all select comment from duckdb_views() "
        f"where schema_name = {literal(schema)} and view_name = {literal(table)}",
    ).column("comment")
    return _one_line(found[0].as_py() if len(found) else None)


def column_description(build: Build, mart: str, column: str) -> str | None:
    """A column's description from the dbt docs, as one line; None where the build has none."""
    schema, table = mart.split(".")
    found = query(
        build,
        "select column_name, comment from duckdb_columns() "
        f"where schema_name = {literal(schema)} and table_name = {literal(table)}",
    )
    texts = dict(zip(*(found.column(name).to_pylist() for name in found.column_names), strict=True))
    return _one_line(texts.get(column))


def _one_line(text: str | None) -> str | None:
    return re.sub(r"\s+", " ", text).strip() if text else None
