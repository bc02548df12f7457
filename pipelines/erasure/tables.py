"""The tables of a warehouse from which somebody is erased: a DuckDB file's, or a database's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from pipelines.config import pipelines_dir, target, warehouse_path
from pipelines.erasure import people
from pipelines.erasure.people import Person
from pipelines.erasure.rewriting import Rewriting, rewrite_duckdb
from pipelines.errors import SettingError, UnreachableError
from pipelines.files import literal, quote
from pipelines.loading.email_hashes import EmailHasher
from pipelines.warehouses import chosen_warehouse
from pipelines.warehouses.base import forget_packages


class ErasableTables(Protocol):
    """A warehouse, as an erasure sees it. Its lock is held by the caller."""

    #: What its receipts say beside what all say.
    notes: tuple[str, ...]

    def describe(self) -> str:
        """What messages call it."""

    def find(self, wanted: str, hasher: EmailHasher) -> Person:
        """Who bears an id. Raises SettingError where nobody does, or two customers."""

    def rows_held(self, rewriting: Rewriting) -> dict[str, int]:
        """`schema.table` -> rows that hold the person; nothing is changed."""

    def erase(self, rewriting: Rewriting, *, is_second: bool) -> Counter[str]:
        """Erase the person; `schema.table` -> changed rows.

        Packages that wait to be loaded are dropped and read again.

        Args:
            is_second: an erasure before was killed, perhaps after its rows were changed.

        Raises:
            UnreachableError: it cannot be opened or written; nothing is changed.
        """


def chosen_tables() -> ErasableTables:
    """The tables of the warehouse that `DBT_TARGET` names.

    Raises:
        SettingError: there is none, or nobody can be erased from it.
    """
    if target() == "postgres":
        warehouse = chosen_warehouse()
        from pipelines.erasure.postgres import PostgresTables

        return PostgresTables(warehouse)  # type: ignore[arg-type]
    if target() != "dev":
        raise SettingError(
            f"forget can erase from DuckDB and PostgreSQL, and DBT_TARGET is {target()}. "
            "docs/settings.md says what to do on Spark."
        )
    path = warehouse_path()
    if not path.is_file():
        raise SettingError(f"There is no warehouse at {path}. Set WAREHOUSE_PATH.")
    return DuckDbTables(path)


@dataclass
class DuckDbTables:
    """A DuckDB file. It is written anew: freed blocks would keep the old bytes."""

    path: Path
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Its path."""
        return str(self.path)

    def find(self, wanted: str, hasher: EmailHasher) -> Person:
        """Who bears an id."""
        with _opened(self.path) as connection:
            return people.find(connection, "warehouse", wanted, hasher)

    def rows_held(self, rewriting: Rewriting) -> dict[str, int]:
        """Rows by table that hold the person."""
        return rows_held(self.path, rewriting)

    def erase(self, rewriting: Rewriting, *, is_second: bool) -> Counter[str]:
        """Write the file anew."""
        forget_packages(pipelines_dir(self.path))
        with _writable(self.path):
            pass  # what a killed process left in its log is folded in
        draft = self.path.with_name(f".{self.path.stem}_erasing.duckdb")
        counts = rewrite_duckdb(self.path, draft, rewriting)
        draft.chmod(self.path.stat().st_mode & 0o777)
        draft.replace(self.path.resolve())
        return counts


def rows_held(path: Path, rewriting: Rewriting) -> dict[str, int]:
    """Rows by table of a DuckDB file, a warehouse or a build, that hold the person."""
    found = {}
    try:
        with _opened(path) as connection:
            tables: dict[tuple[str, str], dict[str, str]] = {}
            for schema, table, column, kind in connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns() "
                "join duckdb_tables() using (database_name, schema_name, table_name) "
                "where database_name = 'warehouse'"
            ).fetchall():
                tables.setdefault((schema, table), {})[column] = kind
            for (schema, table), types in sorted(tables.items()):
                condition = rewriting.touches(list(types), types)
                row = connection.execute(
                    f"select count(*) from warehouse.{quote(schema)}.{quote(table)} "
                    f"where {condition}"
                ).fetchone()
                if row and row[0]:
                    found[f"{schema}.{table}"] = int(row[0])
    except duckdb.Error:
        return {"cannot be read": 0}
    return found


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that reads a file as database `warehouse`.

    Raises:
        UnreachableError: another program has it open for writing.
    """
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    try:
        connection.execute(f"attach {literal(str(path))} as warehouse (read_only)")
    except duckdb.IOException as error:
        connection.close()
        raise UnreachableError(
            f"{path} cannot be opened: is it open in another program? Close that and run again."
        ) from error
    return connection


def _writable(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={"memory_limit": "1GB"})
    except duckdb.IOException as error:
        raise UnreachableError(
            f"{path} is open in another program. Close that and run again: nothing was changed."
        ) from error
