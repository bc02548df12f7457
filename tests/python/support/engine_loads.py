"""Loads into PostgreSQL and into a lake, told like those into DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.postgres_server import PostgresServer
from support.loads import RECORDS, RUN_COLUMNS, Loads

Rows = list[tuple[Any, ...]]


@dataclass
class PostgresLoads(Loads):
    """Loads into a database of a server of the tests."""

    server: PostgresServer = field(default_factory=lambda: PostgresServer(Path(), 0))

    @property
    def database(self) -> str:
        return self.settings["POSTGRES_DATABASE"]

    @property
    def working_folder(self) -> Path:
        return self.folder / f".postgres_127.0.0.1_{self.server.port}_{self.database}_pipelines"

    def rows(self, sql: str) -> Rows:
        return self.server.rows(self.database, sql)

    def tables(self) -> Iterable[tuple[str, str]]:
        return [
            (schema, table)
            for schema, table in self.rows(
                "select table_schema, table_name from information_schema.tables "
                "where table_schema like 'raw%' and table_schema <> 'raw_sources' order by 1, 2"
            )
        ]

    def columns(self, schema: str, table: str) -> list[str]:
        return [
            name
            for (name,) in self.rows(
                "select column_name from information_schema.columns where table_schema = "
                f"'{schema}' and table_name = '{table}' order by ordinal_position"
            )
        ]

    def contents(self) -> dict[str, Rows]:
        return contents(self)

    def check_records(self) -> None:
        check_records(self)


@dataclass
class LakeLoads(Loads):
    """Loads into a folder of Parquet files."""

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def working_folder(self) -> Path:
        [found] = self.folder.glob(".lake_*_pipelines")
        return found

    def rows(self, sql: str) -> Rows:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            for schema, table in self.tables():
                files = f"{self.lake}/{schema}/{table}/*"
                reader = "read_json" if table == "_dlt_loads" else "read_parquet"
                connection.execute(
                    f"create schema if not exists {schema}; create view {schema}.{table} as "
                    f"from {reader}('{files}', union_by_name = true)"
                )
            return connection.execute(sql).fetchall()

    def tables(self) -> Iterable[tuple[str, str]]:
        return [
            (folder.parent.name, folder.name)
            for folder in sorted(self.lake.glob("raw_*/*"))
            if folder.parent.name != "raw_sources"
            and (not folder.name.startswith("_dlt") or folder.name == "_dlt_loads")
            and any(folder.glob("[!.]*"))
        ]

    def columns(self, schema: str, table: str) -> list[str]:
        return [str(row[0]) for row in self.rows(f"describe {schema}.{table}")]

    def contents(self) -> dict[str, Rows]:
        return contents(self)

    def check_records(self) -> None:
        check_records(self)


EngineLoads = PostgresLoads | LakeLoads


def contents(loads: EngineLoads) -> dict[str, Rows]:
    """Every raw table's trusted rows that there are, alike on all engines."""
    found = {}
    for schema, table in loads.tables():
        if table.startswith("_") or table in RECORDS:
            continue
        names = [name for name in loads.columns(schema, table) if name not in RUN_COLUMNS]
        rows = loads.rows(
            f"select {', '.join(sorted(names))} from {schema}.{table} where _dlt_load_id in "
            f"(select load_id from {schema}._dlt_loads where status = 0)"
        )
        if rows:
            found[f"{schema}.{table}"] = alike(rows)
    return found


def contents_of_duckdb(loads: Loads) -> dict[str, Rows]:
    """The same of loads into DuckDB."""
    found = {}
    for name in loads.contents():
        schema, table = name.split(".")
        names = loads.rows(
            "select column_name from duckdb_columns() where schema_name = "
            f"'{schema}' and table_name = '{table}'"
        )
        kept = sorted(str(one) for (one,) in names if one not in RUN_COLUMNS)
        rows = loads.rows(
            f"select {', '.join(kept)} from {name} where _dlt_load_id in "
            f"(select load_id from {schema}._dlt_loads where status = 0)"
        )
        if rows:
            found[name] = alike(rows)
    return found


def check_records(loads: EngineLoads) -> None:
    """Every complete load is noted once, with one row of `syncs`."""
    for schema in sorted({schema for schema, _ in loads.tables()}):
        noted = f"select load_id from {schema}._dlt_loads"
        [(count, ids)] = loads.rows(
            f"select count(*), count(distinct load_id) from ({noted}) as noted"
        )
        assert count == ids
        assert loads.rows(
            f"select count(*) from {schema}.syncs where _dlt_load_id in ({noted})"
        ) == [(count,)]


def alike(rows: Iterable[tuple[Any, ...]]) -> Rows:
    """Rows in one order, with values that compare alike whichever engine gave them."""
    plain = [tuple(map(plain_value, row)) for row in rows]
    return sorted(plain, key=lambda row: tuple((value is None, str(value)) for value in row))


def plain_value(value: Any) -> Any:
    """A value without what an engine's client makes of it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        return number.normalize() if number else Decimal(0)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return value


Fixture = Callable[[], EngineLoads]
