"""A project on another engine that answers questions in DuckDB's SQL, from a copy of its tables."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.published.postgres_schemas import duckdb_type
from pipelines.published.server_copy import read_csv
from support.engine_builds import AREAS, EngineProject


@dataclass
class MirroredProject(EngineProject):
    """`rows` reads a copy of the core and mart tables, made anew after each dbt command.

    Views of Spark are copied with the first question that asks for one: it takes a session.
    """

    is_copied: bool = field(default=False, init=False)

    @property
    def copy(self) -> Path:
        return self.folder / "copy.duckdb"

    def command(
        self, *arguments: str, expect: int | None = 0, timeout: float = 1800
    ) -> subprocess.CompletedProcess[str]:
        self.is_copied = False
        return super().command(*arguments, expect=expect, timeout=timeout)

    def dbt(
        self, *arguments: str, expect: int | None = 0, inner_tests: bool = False
    ) -> subprocess.CompletedProcess[str]:
        self.is_copied = False
        return super().dbt(*arguments, expect=expect, inner_tests=inner_tests)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if not self.is_copied:
            self.copy.unlink(missing_ok=True)
            self._copy(self._sources())
            self.is_copied = True
        try:
            return self._answer(sql)
        except duckdb.CatalogException:
            if self.engine != "spark":
                raise
        self.write_views(AREAS)
        self._copy(self._views_of_spark())
        return self._answer(sql)

    def _answer(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.copy), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def _copy(self, sources: list[tuple[str, str, str]]) -> None:
        with duckdb.connect(str(self.copy)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for schema, name, source in sources:
                connection.execute(f"create schema if not exists {schema}")
                connection.execute(f'create or replace table {schema}."{name}" as from {source}')

    def _sources(self) -> list[tuple[str, str, str]]:
        """(schema, table, what DuckDB reads it from)."""
        return self._of_spark() if self.engine == "spark" else self._of_postgres()

    def _of_spark(self) -> list[tuple[str, str, str]]:
        tables = Path(self.settings["SPARK_WAREHOUSE_DIR"])
        return [found for area in AREAS for found in in_parquet(area, tables / f"{area}.db")]

    def _views_of_spark(self) -> list[tuple[str, str, str]]:
        return [found for area in AREAS for found in in_parquet(area, self.folder / "views" / area)]

    def _of_postgres(self) -> list[tuple[str, str, str]]:
        assert self.server
        database = self.settings["POSTGRES_DATABASE"]
        found: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, kind in self.server.rows(
            database,
            "select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) "
            "from pg_attribute a join pg_class c on c.oid = a.attrelid "
            f"join pg_namespace n on n.oid = c.relnamespace where n.nspname in {AREAS} "
            "and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v') "
            "order by a.attnum",
        ):
            found.setdefault((schema, table), {})[column] = duckdb_type(kind)
        sources = []
        connection = self.server.connect(database)
        try:
            for (schema, table), columns in found.items():
                path = self.folder / f"{schema}.{table}.csv"
                with path.open("wb") as file, connection.cursor() as cursor:
                    cursor.copy_expert(
                        f'copy (select * from {schema}."{table}") to stdout (format csv)', file
                    )
                sources.append((schema, table, read_csv(path, columns)))
        finally:
            connection.close()
        return sources


def in_parquet(schema: str, place: Path) -> list[tuple[str, str, str]]:
    """Tables whose files lie in folders of `place`."""
    return [
        (
            schema,
            folder.name,
            f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true, "
            "union_by_name = true)",
        )
        for folder in sorted(place.glob("*"))
        if any(folder.rglob("*.parquet"))
    ]
