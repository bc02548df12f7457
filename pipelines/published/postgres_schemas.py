"""The schemas `published_<schema>` of a PostgreSQL database, read as of one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import psycopg2
from psycopg2 import sql

from pipelines.errors import UnreachableError
from pipelines.published.files import SERVER_FACTS, BuildFacts
from pipelines.published.server_copy import read_csv
from pipelines.published.writer import PublishedTable
from pipelines.warehouses.postgres import PostgresDatabase

PREFIX: Final = "published_"

COLUMNS: Final = r"""
select
    namespaces.nspname,
    relations.relname,
    attributes.attname,
    format_type(attributes.atttypid, attributes.atttypmod),
    col_description(relations.oid, attributes.attnum),
    obj_description(relations.oid, 'pg_class')
from pg_attribute as attributes
inner join pg_class as relations on attributes.attrelid = relations.oid
inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
where
    attributes.attnum > 0
    and not attributes.attisdropped
    and relations.relkind = 'r'
    and namespaces.nspname like 'published\_%'
    and (namespaces.nspname, relations.relname) <> ('published_monitoring', 'build')
order by namespaces.nspname, relations.relname, attributes.attnum
"""


@dataclass
class PublishedSchemas:
    """The published tables, in one transaction that sees one build."""

    cursor: Any

    def facts(self) -> BuildFacts | None:
        """The row of `published_monitoring.build`."""
        self.cursor.execute("select to_regclass('published_monitoring.build')")
        if self.cursor.fetchone()[0] is None:
            return None
        names = ", ".join(SERVER_FACTS)
        self.cursor.execute(f"select {names} from published_monitoring.build")
        return BuildFacts.of_row(dict(zip(SERVER_FACTS, self.cursor.fetchone(), strict=True)))

    def tables(self, folder: Path) -> Sequence[PublishedTable]:
        """Every published table, its rows in a CSV file of `folder`."""
        self.cursor.execute(COLUMNS)
        found: defaultdict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for schema, name, *column in self.cursor.fetchall():
            found[schema, name].append(tuple(column))
        return [
            self._table(folder / f"{schema}.{name}.csv", schema, name, columns)
            for (schema, name), columns in found.items()
        ]

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Files of this machine need nothing."""

    def _table(
        self, path: Path, schema: str, name: str, columns: Sequence[tuple[Any, ...]]
    ) -> PublishedTable:
        with path.open("wb") as file:
            self.cursor.copy_expert(
                sql.SQL("copy (select * from {}) to stdout (format csv, encoding 'utf8')").format(
                    sql.Identifier(schema, name)
                ),
                file,
            )
        return PublishedTable(
            schema=schema.removeprefix(PREFIX),
            name=name,
            description=columns[0][3] or "",
            columns={column: text or "" for column, _, text, _ in columns},
            rows=read_csv(path, {column: duckdb_type(kind) for column, kind, *_ in columns}),
        )


@contextmanager
def open_published_schemas(database: PostgresDatabase) -> Iterator[PublishedSchemas]:
    """The published schemas as of now.

    Raises:
        UnreachableError: the server cannot be reached, or what it has is of another version.
    """
    connection = database.connect()
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        with connection.cursor() as cursor:
            yield PublishedSchemas(cursor)
    except psycopg2.Error as error:
        reason = database.without_secrets(" ".join(str(error).split()))
        raise UnreachableError(
            f"What is published in {database.describe()} cannot be read ({reason}). "
            "Run `dbt build`."
        ) from None
    finally:
        connection.close()


def duckdb_type(kind: str) -> str:
    """DuckDB's name of a type as PostgreSQL writes it."""
    names = {
        "timestamp without time zone": "timestamp",
        "timestamp(6) without time zone": "timestamp",
        "double precision": "double",
        "text": "varchar",
    }
    return names.get(kind, "varchar" if kind.startswith("character varying") else kind)
