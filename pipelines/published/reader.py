"""The published build, opened read-only: what commands that tell people something read from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config import SettingError, published_dir
from pipelines.published.server_copy import bring
from pipelines.published.writer import CURRENT

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class BuildFacts:
    """What a build says of itself; times are aware UTC."""

    build_id: str
    built_at: datetime
    as_of: datetime
    report_currency: str
    report_timezone: str


class Published:
    """One published build: every answer is of the same file, whatever is published meanwhile."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: list[Any] | None = None) -> Rows:
        """Rows of a query as dictionaries by column name.

        Raises:
            SettingError: the build lacks a table or column, being of an earlier version.
        """
        try:
            cursor = self._connection.execute(sql, parameters or [])
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise SettingError(
                "The published build is of an earlier version of this project. Run `dbt build`. "
                f"({str(error).splitlines()[0]})"
            ) from error
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def facts(self) -> BuildFacts:
        """The build's own row."""
        row = self.rows(
            "select build_id, built_at, as_of, report_currency, report_timezone "
            "from monitoring.build"
        )[0]
        return BuildFacts(
            build_id=str(row["build_id"]),
            built_at=row["built_at"].replace(tzinfo=UTC),
            as_of=row["as_of"].replace(tzinfo=UTC),
            report_currency=str(row["report_currency"]),
            report_timezone=str(row["report_timezone"]),
        )


@contextmanager
def open_published(directory: Path | None = None) -> Iterator[Published]:
    """The current build of `directory` (default: the setting PUBLISHED_DIR).

    Where builds are published on a server, the newest one is brought there first.

    Raises:
        SettingError: nothing was published yet, or it cannot be read.
    """
    bring(directory)
    current = (directory or published_dir()) / CURRENT
    if not current.exists():
        raise SettingError(
            f"There is no published build at {current}. Run `dbt build` first, or set "
            "PUBLISHED_DIR to the folder where builds are published."
        )
    try:
        connection = duckdb.connect(
            str(current.resolve()), read_only=True, config={"enable_external_access": "false"}
        )
    except duckdb.Error as error:
        raise SettingError(f"{current} cannot be read as a published build ({error}).") from error
    try:
        yield Published(connection)
    finally:
        connection.close()
