"""What a server published, brought into PUBLISHED_DIR: once per build, in one rename.

Readers of a server read a file all the same: the dashboard, `kpis`, `alert` and analysts' clients
work alike on every target, and what one page shows is of one build. On DuckDB there is nothing to
bring: `dbt build` itself publishes the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import duckdb

from pipelines.config import published_dir, target
from pipelines.errors import UnreachableError
from pipelines.files import literal
from pipelines.published.files import BuildFacts, current_id
from pipelines.published.writer import Build, PublishedTable, PublishError, publish


class PublishedServer(Protocol):
    """Where a build of a server lies until it is brought here."""

    def facts(self) -> BuildFacts | None:
        """The facts of the build that was published last; None if there is none."""

    def tables(self, folder: Path) -> Sequence[PublishedTable]:
        """That build's tables, with `rows` that DuckDB can read; `folder` is for their files."""

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB reach what `rows` name."""


def bring(directory: Path | None = None) -> Path | None:
    """Make the server's last published build current here; its path, None if nothing is new.

    Raises:
        UnreachableError: the server cannot be reached, or its build cannot be copied.
    """
    if target() == "dev":
        return None
    directory = (directory or published_dir()).resolve()
    with _server() as server:
        facts = server.facts()
        if facts is None or current_id(directory) == facts.build_id:
            return None
        with tempfile.TemporaryDirectory(prefix="published_") as scratch:
            noted = replace(facts, duckdb_version=duckdb.__version__)
            build = Build(directory, server.tables(Path(scratch)), noted)
            try:
                with duckdb.connect() as connection:
                    connection.execute("set TimeZone = 'UTC'")
                    server.prepare(connection)
                    return publish(connection, build)
            except (PublishError, OSError, duckdb.Error) as error:
                raise UnreachableError(
                    f"The published build {facts.build_id} could not be copied into {directory} "
                    f"({error}). Readers keep the one before."
                ) from error


@contextmanager
def _server() -> Iterator[PublishedServer]:
    # the ways to load are slow to import, and readers of a file need none of them
    from pipelines.warehouses import chosen_warehouse

    warehouse: Any = chosen_warehouse()
    if target() == "postgres":
        from pipelines.published.postgres_schemas import open_published_schemas

        with open_published_schemas(warehouse) as schemas:
            yield schemas
    else:
        from pipelines.published.lake_folders import PublishedFolders

        yield PublishedFolders(warehouse)


def read_csv(path: Path, columns: Mapping[str, str], *, is_parallel: bool = True) -> str:
    """Table function that reads CSV rows without a header; nulls are empty, texts quoted if so."""
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({literal(str(path))}, columns = {{{types}}}, header = false, "
        "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"allow_quoted_nulls = false, max_line_size = 16777216, parallel = {is_parallel})"
    )
