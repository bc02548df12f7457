"""A person erased from a PostgreSQL database: rows changed in one transaction, tables written anew.

Rows that may hold the person come out as text, whatever their types, pass the rules that DuckDB
files pass (rewriting.py), and those that changed take the place of the old ones. So readers see
all of it or nothing, and a kill leaves the database as it was. An updated row leaves its old bytes
in the table's file, so changed tables are then written anew by `vacuum full`, and so are the
server's statistics, which hold frequent values.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import psycopg2

from pipelines.erasure import people
from pipelines.erasure.people import Person
from pipelines.erasure.rewriting import Rewriting
from pipelines.errors import UnreachableError
from pipelines.files import literal, quote
from pipelines.loading.email_hashes import EmailHasher
from pipelines.published.server_copy import read_csv
from pipelines.warehouses.base import forget_packages
from pipelines.warehouses.postgres import PostgresDatabase

#: Schemas that are the project's own, beside `raw_<source>` and `published_<schema>`.
_SCHEMAS: Final = (
    "seeds", "staging", "intermediate", "core",
    "finance", "product", "unit_economics", "monitoring",
)  # fmt: skip
#: What a person is found by: tables and views of models, raw customers.
_KNOWN_BY: Final = (
    ("core", "dim_customers"),
    ("core", "dim_products"),
    ("core", "dim_plans"),
    ("core", "dim_features"),
    ("core", "dim_ai_models"),
    ("intermediate", "int_customer_keys"),
    ("intermediate", "int_billing_customers"),
    ("seeds", "customer_map"),
)
_COLUMNS: Final = r"""
select namespaces.nspname, relations.relname, relations.relkind::text, attributes.attname,
    format_type(attributes.atttypid, null)
from pg_attribute as attributes
inner join pg_class as relations on attributes.attrelid = relations.oid
inner join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
where
    attributes.attnum > 0
    and not attributes.attisdropped
    and relations.relkind in ('r', 'v')
    and (
        namespaces.nspname = any(%s)
        or namespaces.nspname like 'raw\_%%'
        or namespaces.nspname like 'published\_%%'
    )
order by namespaces.nspname, relations.relname, attributes.attnum
"""
_TEXTS: Final = ("text", "character varying", "character", "json", "jsonb")
#: Whether a text, of whichever of these types, holds another.
_CONTAINS: Final = "strpos(cast({} as text), {}) > 0"
_BATCH: Final = 5_000

Tables = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass
class PostgresTables:
    """The tables of the project in a database."""

    database: PostgresDatabase
    notes: tuple[str, ...] = (
        "The server's write-ahead log and its archives keep old pages until they are recycled.",
    )

    def describe(self) -> str:
        """Database, host and port."""
        return self.database.describe()

    def find(self, wanted: str, hasher: EmailHasher) -> Person:
        """Who bears an id: the few tables that say it are copied into a DuckDB in memory."""
        with (
            self._cursor() as cursor,
            tempfile.TemporaryDirectory(prefix="erasure_") as folder,
            duckdb.connect(config={"memory_limit": "1GB"}) as connection,
        ):
            mirror = _Mirror(cursor, connection, Path(folder), _relations(cursor))
            mirror.bring_customers()
            return people.find(connection, "warehouse", wanted, hasher, mirror.bring_events)

    def rows_held(self, rewriting: Rewriting) -> dict[str, int]:
        """Rows by table that hold the person."""
        rewriting.contains = _CONTAINS
        found = {}
        with self._cursor() as cursor:
            for (schema, table), types in _tables(cursor).items():
                condition = rewriting.touches(list(types), types)
                name = f"{quote(schema)}.{quote(table)}"
                cursor.execute(f"select count(*) from {name} where {condition}")
                [count] = cursor.fetchone()
                if count:
                    found[f"{schema}.{table}"] = int(count)
        return found

    def erase(self, rewriting: Rewriting, *, is_second: bool) -> Counter[str]:
        """Change the rows in one transaction, then write the changed tables' files anew."""
        forget_packages(self.database.working_folder())
        rewriting.contains = _CONTAINS
        rewriting.counts = Counter()
        with self._cursor(is_one_transaction=True) as cursor:
            tables = _tables(cursor)
            cursor.execute("create temp table erased_versions (id text) on commit drop")
            cursor.execute("create temp table erased_rows (id tid) on commit drop")
            versions: dict[str, dict[str, str]] = {}
            schema_before = ""
            for (schema, table), types in tables.items():
                if schema != schema_before:
                    schema_before, versions = schema, {}
                    cursor.execute("delete from erased_versions")
                _Table(cursor, schema, table, types, rewriting).erase(versions)
            _rename_build(cursor, rewriting.counts)
        changed = [
            name for name in tables if is_second or f"{name[0]}.{name[1]}" in rewriting.counts
        ]
        with self._cursor() as cursor:
            for schema, table in changed:
                cursor.execute(f"vacuum (full, analyze) {quote(schema)}.{quote(table)}")
            if changed:  # a note beside it is all that the server gives who may not do that
                cursor.execute("vacuum full pg_catalog.pg_statistic")
        rewriting.contains = "contains({}, {})"  # builds are DuckDB files
        return Counter(rewriting.counts)

    @contextmanager
    def _cursor(self, *, is_one_transaction: bool = False) -> Iterator[Any]:
        connection = self.database.connect()
        try:
            connection.autocommit = not is_one_transaction
            with connection.cursor() as cursor:
                yield cursor
            if is_one_transaction:
                connection.commit()
        except psycopg2.Error as error:
            reason = self.database.without_secrets(" ".join(str(error).split()))
            raise UnreachableError(
                f"The erasure could not be finished in {self.describe()} ({reason}). What was not "
                "erased yet stays as it was: mend the cause and run the same command again."
            ) from None
        finally:
            connection.close()


@dataclass
class _Mirror:
    """The tables by which a person is found, in DuckDB as database `warehouse`."""

    cursor: Any
    connection: duckdb.DuckDBPyConnection
    folder: Path
    relations: Tables

    def bring_customers(self) -> None:
        """Copy customers, keys and names; a view that cannot be read is left out."""
        self.connection.execute("attach ':memory:' as warehouse")
        for (schema, table), types in self.relations.items():
            is_raw = schema.startswith("raw_") and table in ("customers", "accounts")
            if (schema, table) in _KNOWN_BY or (is_raw and "_version_id" in types):
                self._bring(schema, table, types, "true")

    def bring_events(self, ids: Iterable[str]) -> None:
        """Copy where the events that name one of the ids stand, in place of those of before."""
        listed = ", ".join(map(literal, ids)) or "null"
        wanted = ("customer_id", "user_id", "_source_file", "_line")
        for (schema, table), types in self.relations.items():
            if schema.startswith("raw_") and table == "events" and "_source_file" in types:
                columns = {name: types[name] for name in wanted if name in types}
                condition = f"customer_id in ({listed}) or user_id in ({listed})"
                self._bring(schema, table, columns, condition)

    def _bring(self, schema: str, table: str, types: Mapping[str, str], condition: str) -> None:
        path = self.folder / "rows.csv"
        listed = ", ".join(map(quote, types))
        select = f"select {listed} from {quote(schema)}.{quote(table)} where {condition}"
        try:
            _copy_out(self.cursor, select, path)
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error:
            return
        rows = read_csv(path, dict.fromkeys(types, "varchar") | _numbers(types))
        name = f"warehouse.{quote(schema)}.{quote(table)}"
        self.connection.execute(f"create schema if not exists warehouse.{quote(schema)}")
        self.connection.execute(f"create or replace table {name} as from {rows}")


@dataclass
class _Table:
    """One table, and the rows of it that name the person."""

    cursor: Any
    schema: str
    table: str
    types: Mapping[str, str]
    rewriting: Rewriting

    def erase(self, versions: dict[str, dict[str, str]]) -> None:
        """Put rows without the person in the place of those that name them.

        Args:
            versions: ids of versions that name the person -> ids and pseudonyms in them, of this
                schema; an object's rows add to it.
        """
        self.name = f"{quote(self.schema)}.{quote(self.table)}"
        is_raw = self.schema.startswith("raw_")
        is_state = is_raw and self.table == "_dlt_pipeline_state"
        condition = "true" if is_state else self._condition(is_raw=is_raw)
        if is_raw and versions and "_version_id" in self.types:
            condition += " or _version_id in (select id from erased_versions)"
        with tempfile.TemporaryDirectory(prefix="erasure_") as folder:
            old, new, numbers = (Path(folder) / name for name in ("old", "new", "numbers"))
            listed = ", ".join(map(quote, self.types))
            select = f"select ctid, {listed} from {self.name} where {condition}"
            _copy_out(self.cursor, select, old)
            if old.stat().st_size == 0:
                return
            known = set(versions)
            changed = 0
            with new.open("w", newline="") as rows, numbers.open("w") as ids:
                for number, row in self._changed(old, versions, is_raw=is_raw, is_state=is_state):
                    rows.write(_csv_line(row))
                    ids.write(number + "\n")
                    changed += 1
            if changed:
                self._replace(new, numbers, listed)
                self.rewriting.counts[f"{self.schema}.{self.table}"] += changed
        for version in set(versions) - known:
            self.cursor.execute("insert into erased_versions values (%s)", (version,))

    def _condition(self, *, is_raw: bool) -> str:
        if is_raw and not self._is_events:
            return self.rewriting.touches_raw(self.table, self.types)
        return self.rewriting.touches(list(self.types), self.types)

    @property
    def _is_events(self) -> bool:
        return self.table == "events" and "_source_file" in self.types

    def _changed(
        self,
        path: Path,
        versions: dict[str, dict[str, str]],
        *,
        is_raw: bool,
        is_state: bool,
    ) -> Iterator[tuple[str, Sequence[str | None]]]:
        """(place, row as text) of each row that is another without the person."""
        columns = dict.fromkeys(["_row", *self.types], "varchar")
        names = list(self.types)
        with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
            rows = read_csv(path, columns, is_parallel=False)
            if is_raw and not self._is_events:
                for number, *values in _batches(connection.execute(f"from {rows}")):
                    row = dict(zip(names, values, strict=True))
                    left = self._state(row) if is_state else self._raw(row, versions)
                    if left is not None and left != row:
                        yield number, list(left.values())
                return
            if is_raw:
                sql = self.rewriting.ledger.columns_of_events(names)
            else:
                sql = self.rewriting.columns(names, self.types)
            listed = ", ".join(f"{sql.get(name, quote(name))} as {quote(name)}" for name in names)
            same = ", ".join(map(quote, names))
            found = connection.execute(f"select _row, {same}, {listed} from {rows}")
            for number, *both in _batches(found):
                if both[: len(names)] != both[len(names) :]:
                    yield number, both[len(names) :]

    def _raw(
        self, row: dict[str, Any], versions: dict[str, dict[str, str]]
    ) -> dict[str, Any] | None:
        """A raw row without the person; what is no text passes as it is."""
        texts = {name: value for name, value in row.items() if self.types[name] == "VARCHAR"}
        source = self.schema.removeprefix("raw_")
        left = self.rewriting.raw_row(texts, self.table, source, versions)
        return None if left is None else row | left

    def _state(self, row: dict[str, Any]) -> dict[str, Any] | None:
        left = self.rewriting.state(row["state"])
        return None if left is None else row | {"state": left}

    def _replace(self, new: Path, numbers: Path, listed: str) -> None:
        """Delete the old rows, insert the new ones."""
        self.cursor.execute(f"lock table {self.name} in share row exclusive mode")
        self.cursor.execute("delete from erased_rows")
        with numbers.open("rb") as file:
            self.cursor.copy_expert("copy erased_rows (id) from stdin", file)
        self.cursor.execute(
            f"delete from {self.name} where ctid = any(array(select id from erased_rows))"
        )
        with new.open("rb") as file:
            self.cursor.copy_expert(
                f"copy {self.name} ({listed}) from stdin (format csv, encoding 'utf8')", file
            )


def _rename_build(cursor: Any, counts: Mapping[str, int]) -> None:
    """An erased build gets a name of its own, so that copies of the old one are let go."""
    if any(name.startswith("published_") for name in counts):
        cursor.execute(
            "update published_monitoring.build set build_id = "
            "regexp_replace(build_id, '_[^_]*$', '') || '_' || %s",
            (secrets.token_hex(4),),
        )


def _relations(cursor: Any, kinds: str = "rv") -> Tables:
    """(schema, table) -> column -> VARCHAR where it is text, else the server's name of its type."""
    cursor.execute(_COLUMNS, (list(_SCHEMAS),))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, relation, column, kind in cursor.fetchall():
        if relation in kinds:
            is_text = kind in _TEXTS
            found.setdefault((schema, table), {})[column] = "VARCHAR" if is_text else kind
    return found


def _tables(cursor: Any) -> Tables:
    """Tables alone, by schema; objects before what is nested in them."""
    found = _relations(cursor, "r")
    return dict(sorted(found.items(), key=lambda one: (one[0][0], "_raw" not in one[1], one[0])))


def _numbers(types: Mapping[str, str]) -> dict[str, str]:
    return {name: "bigint" for name, kind in types.items() if kind in ("bigint", "integer")}


def _copy_out(cursor: Any, select: str, path: Path) -> None:
    with path.open("wb") as file:
        cursor.copy_expert(f"copy ({select}) to stdout (format csv, encoding 'utf8')", file)


def _batches(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := found.fetchmany(_BATCH):
        yield from rows


def _csv_line(row: Sequence[str | None]) -> str:
    """A line for COPY: texts are quoted, so that an empty one is no null."""
    cells = ("" if one is None else '"' + one.replace('"', '""') + '"' for one in row)
    return ",".join(cells) + "\n"
