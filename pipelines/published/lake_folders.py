"""The folders `published/<build>` of a lake, which Spark writes after a green build."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import fsspec_from_config

from pipelines.files import literal, quote
from pipelines.published.files import KEPT_BUILDS, SERVER_FACTS, BuildFacts
from pipelines.published.writer import PublishedTable
from pipelines.warehouses.lake import ParquetLake

#: Spark writes it into a folder once every file of it is there.
DONE: Final = "_SUCCESS"
#: The folder of a build with one row per table: what dbt says about it and its columns.
DESCRIPTIONS: Final = "descriptions"


class PublishedFolders:
    """The published builds of a lake, the newest of which counts."""

    def __init__(self, lake: ParquetLake) -> None:
        config = FilesystemConfiguration(bucket_url=lake.url)
        self._files = fsspec_from_config(config)[0]
        self._protocol = "" if lake.local_path else f"{lake.url.split('://')[0]}://"
        self._root = str(lake.local_path or lake.url.split("://", 1)[1])

    def facts(self) -> BuildFacts | None:
        """The row of the newest build's `monitoring.build`."""
        builds = self._builds()
        if not builds:
            return None
        self._build = builds[-1]
        self._remove(builds[:-KEPT_BUILDS])
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            self.prepare(connection)
            names = ", ".join(
                f"cast({name} as timestamp) as {name}" if name in ("built_at", "as_of") else name
                for name in SERVER_FACTS
            )
            row = connection.execute(
                f"select {names} from {self._rows('monitoring/build')}"
            ).fetchone()
        return BuildFacts.of_row(dict(zip(SERVER_FACTS, row or (), strict=True)))

    def tables(self, folder: Path) -> Sequence[PublishedTable]:
        """Every published table, read where it lies."""
        described = self._descriptions()
        found = []
        for path in sorted(self._files.glob(f"{self._build}/*/*/{DONE}")):
            schema, name = str(path).split("/")[-3:-1]
            if (schema, name) != ("monitoring", "build"):
                text, columns = described.get((schema, name), ("", {}))
                found.append(
                    PublishedTable(schema, name, text, columns, rows=self._typed(schema, name))
                )
        return found

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read a bucket through fsspec."""
        if self._protocol:
            connection.register_filesystem(self._files)

    def _builds(self) -> list[str]:
        pattern = f"{self._root}/published/*/monitoring/build/{DONE}"
        return sorted(str(path).removesuffix(f"/monitoring/build/{DONE}")
                      for path in self._files.glob(pattern))  # fmt: skip

    def _remove(self, builds: Sequence[str]) -> None:
        for build in builds:
            with contextlib.suppress(OSError):
                self._files.rm(build, recursive=True)

    def _descriptions(self) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
        """(schema, table) -> its description and those of its columns."""
        if not self._files.exists(f"{self._build}/{DESCRIPTIONS}/{DONE}"):
            return {}  # A build of an earlier version of this project.
        with duckdb.connect() as connection:
            self.prepare(connection)
            rows = connection.execute(
                "select schema_name, table_name, description, column_descriptions "
                f"from {self._rows(DESCRIPTIONS)}"
            ).fetchall()
        return {(schema, name): (text, json.loads(columns)) for schema, name, text, columns in rows}

    def _rows(self, folder: str) -> str:
        """Table function that reads a folder of the build."""
        pattern = f"{self._protocol}{self._build}/{folder}/*.parquet"
        return f"read_parquet({literal(pattern)})"

    def _typed(self, schema: str, name: str) -> str:
        """The rows with times that have no zone, as every published file has them."""
        rows = self._rows(f"{schema}/{name}")
        with duckdb.connect() as connection:
            self.prepare(connection)
            described = connection.execute(f"describe from {rows}").fetchall()
        columns = ", ".join(
            f"cast({quote(column)} as timestamp) as {quote(column)}"
            if kind.startswith("TIMESTAMP")
            else quote(column)
            for column, kind, *_ in described
        )
        return f"(select {columns} from {rows})"
