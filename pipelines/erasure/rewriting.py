"""DuckDB and SQLite files written anew without a person.

A changed row leaves its old bytes behind in a DuckDB file, so the file is copied table by table and
what is personal never reaches the copy. Then the copy takes the file's place in one rename: a kill
at any moment leaves the file as it was, or erased.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson
import pyarrow as pa
from dlt.common.versioned_state import compress_state, decompress_state

from pipelines.erasure.ledger import APP, Ledger, is_weak
from pipelines.erasure.objects import (
    PERSONAL,
    ids_named,
    is_personal,
    plain,
    replaced,
    scrubbed,
)
from pipelines.erasure.people import Person, replacements
from pipelines.files import literal, quote
from pipelines.loading.tables import to_json, value_at
from pipelines.published.writer import STORAGE_VERSION

#: Columns of models and ledgers in which a customer or user stands.
PERSON_COLUMNS: Final = frozenset(
    (
        "customer_id", "app_customer_id", "billing_customer_id", "native_id", "customer",
        "user_id", "subject_id", "dimension_value", "customer_group", "customer_key",
        "account_id", "member_id",
    )
)  # fmt: skip
#: Columns of models that say who it is.
_NAME_COLUMNS: Final = frozenset(
    (
        "customer_name", "email", "email_domain", "first_name", "last_name", "company",
    )
)  # fmt: skip
#: Columns of sentences, in which also a name that others bear is replaced, where the row is theirs.
_SENTENCES: Final = frozenset(
    (
        "message", "title", "body", "reasons", "reason", "description", "label", "text",
    )
)  # fmt: skip
#: Columns of the quarantine that say where a line stood; a weak id there is chance.
_OF_FILES: Final = ("file", "source_table", "field")
#: Names of databases that every connection has, and of the copy.
_TAKEN: Final = ("fresh", "memory", "system", "temp")
#: Bounds of a word, as RE2 knows them.
_BEFORE, _AFTER = r"(^|[^\w-])", r"($|[^\w-])"


@dataclass
class Rewriting:
    """One person, and how text of a DuckDB file becomes text without them.

    Attributes:
        counts: `schema.table` -> rows that were changed, of the file at hand.
        contains: SQL of whether a text holds another, for conditions of the database at hand.
    """

    ledger: Ledger
    person: Person
    counts: Counter[str] = field(default_factory=Counter)
    contains: str = "contains({}, {})"

    def __post_init__(self) -> None:
        self.strong = replacements(self.ledger, self.person, weak=False)
        self.weak = replacements(self.ledger, self.person, weak=True)
        self.forms = self.strong | self.weak
        #: Weak ids that only a provider gives; in models they stand in `native_id` alone.
        self.native = {
            old: of
            for old, of in self.person.ids.items()
            if old in self.weak and of and APP not in of
        }
        self.shown = {old: new for old, new in self.forms.items() if old not in self.native}
        label = next(iter(self.forms.values()), "erased")
        is_customer = self.person.kind == "customer"
        names = sorted(self.person.unique_names, key=len, reverse=True) if is_customer else []
        self.names = {one: label for one in names if one not in self.forms}
        self.label = label

    # -- SQL of models -------------------------------------------------------------------------

    def columns(self, names: Sequence[str], types: Mapping[str, str]) -> dict[str, str]:
        """Column -> SQL that gives it without the person, for a table of a model."""
        texts = [name for name in names if types[name] == "VARCHAR"]
        persons = [name for name in texts if is_person_column(name)]
        listed = ", ".join(literal(one) for one in self.shown) or "null"
        mentions = " or ".join(
            f"coalesce({quote(name)} in ({listed}), false)"
            for name in persons
            if name != "native_id"
        )
        found = {}
        for name in texts:
            column = quote(name)
            sql = self._words(column, {**self.strong, **self.names})
            if name in persons:
                whens = " ".join(self._whens(name, names))
                sql = f"case {whens} else {sql} end" if whens else sql
            if name == "user_id" and mentions and self.person.kind == "customer":
                pseudonym = self.ledger.pseudonym_sql(column)
                sql = f"case when {mentions} then {pseudonym} else {sql} end"
            elif name in _NAME_COLUMNS and mentions and self.person.kind == "customer":
                sql = f"case when {mentions} then null else {sql} end"
            elif name in _SENTENCES and mentions:
                everything = {**self.forms, **self._shared_names(), **self.names}
                sql = f"case when {mentions} then {self._words(column, everything)} else {sql} end"
            found[name] = sql
        return found

    def _whens(self, name: str, names: Sequence[str]) -> Iterator[str]:
        """Cases of a column in which a customer or user stands."""
        column = quote(name)
        if name != "native_id":
            for old, new in self.shown.items():
                yield f"when {column} = {literal(old)} then {literal(new)}"
        elif "source_account" in names:
            for old, sources in self.native.items():
                listed = ", ".join(map(literal, sources))
                yield (
                    f"when {column} = {literal(old)} and source_account in ({listed}) "
                    f"then {literal(self.forms[old])}"
                )

    def touches(self, names: Sequence[str], types: Mapping[str, str]) -> str:
        """SQL condition that holds for every row that may be changed."""
        texts = [name for name in names if types[name] == "VARCHAR"]
        words = [*self.strong, *self.names]
        conditions = [self._has(name, word) for name in texts for word in words]
        listed = ", ".join(literal(one) for one in self.forms)
        conditions += [
            f"coalesce({quote(name)} in ({listed}), false)"
            for name in texts
            if is_person_column(name)
        ]
        return " or ".join(conditions) or "false"

    def touches_raw(self, table: str, types: Mapping[str, str]) -> str:
        """SQL condition of rows of a raw table that may name the person, weak ids included.

        Rows that are nested in an object are known by its version alone; the caller adds those.
        """
        condition = self.touches(list(types), types)
        # a quarantined line may be of any form: there an id may stand without quotes
        words = [one if table == "quarantine" else f'"{one}"' for one in self.weak]
        for column in ("_raw", "raw"):
            if column in types:
                condition += "".join(f" or {self._has(column, one)}" for one in words)
        if "id" in types and self.weak:
            listed = ", ".join(map(literal, self.weak))
            condition += f" or coalesce(id in ({listed}), false)"
        return condition

    def _has(self, column: str, word: str) -> str:
        return f"coalesce({self.contains.format(quote(column), literal(word))}, false)"

    def _shared_names(self) -> dict[str, str]:
        return {
            name: self.label
            for name in sorted(self.person.names, key=len, reverse=True)
            if len(name) > 2 and name not in self.forms
        }

    def _words(self, column: str, words: Mapping[str, str]) -> str:
        """SQL of a text with words replaced; twice, since neighbours share the sign between."""
        if not words:
            return column
        sql = column
        for old, new in words.items():
            pattern = literal(f"{_BEFORE}{_escaped(old)}{_AFTER}")
            put = literal(f"\\1{new}\\2")
            for _ in range(2):
                sql = f"regexp_replace({sql}, {pattern}, {put}, 'g')"
        held = " or ".join(f"contains({column}, {literal(old)})" for old in words)
        return f"case when {held} then {sql} else {column} end"

    # -- rows of raw tables --------------------------------------------------------------------

    def raw_row(
        self, row: dict[str, Any], table: str, source: str, versions: dict[str, dict[str, str]]
    ) -> dict[str, Any] | None:
        """A row of a raw table without the person; None where it stays as it is.

        `versions`: id of a version that names the person -> ids and pseudonyms in it. Rows of
        objects add to it, those of their nested tables are found by it.
        """
        if row.get("_raw"):
            return self._raw_object(row, table, source, versions)
        names = dict(versions.get(row.get("_version_id") or "", {}))
        for column, value in row.items():
            entry = self.ledger.find(
                value, source, names_person=is_person_column(column) or column == "id"
            )
            if entry and column not in ("_version_id", "_dlt_load_id"):
                names[value] = entry.pseudonym
        names |= {old: new for old, new in self.strong.items() if _is_in(old, row)}
        if table == "quarantine" and row.get("raw"):
            names |= self._quarantined(row, source)
        if not names:
            return None
        strong = {old: new for old, new in names.items() if not is_weak(old)}
        return {
            name: self._raw_value(name, value, strong if name in _OF_FILES else names, table)
            for name, value in row.items()
        }

    def _quarantined(self, row: Mapping[str, Any], source: str) -> dict[str, str]:
        """Erased ids in what was refused: an object's by its fields, a line's by its words."""
        if row.get("file"):
            is_events = row.get("source_table") == "events"
            return self.ledger.named_in_line(row["raw"], APP if is_events else source)
        try:
            item = orjson.loads(row["raw"])
        except ValueError:
            return {}
        if not isinstance(item, dict):
            return {}
        return ids_named(item, self.ledger, str(row.get("source_table") or ""), source)

    def _raw_object(
        self, row: dict[str, Any], table: str, source: str, versions: dict[str, dict[str, str]]
    ) -> dict[str, Any] | None:
        item = orjson.loads(row["_raw"])
        if not isinstance(item, dict):
            return None
        names = ids_named(item, self.ledger, table, source)
        if not names:
            return None
        versions[row["_version_id"]] = names
        left = scrubbed(item, names, table)
        text = to_json(left)
        changed = dict(row)
        for column, value in row.items():
            if isinstance(value, str) and not column.startswith("_"):
                changed[column] = self._lifted(column, value, item, left, names, table)
        changed["_raw"] = text
        changed["_content_hash"] = content_hash(text)
        return changed

    def _lifted(
        self, column: str, value: str, item: Any, left: Any, names: Mapping[str, str], table: str
    ) -> Any:
        """A column of an object as the object that is left has it."""
        path = column.replace("__", ".")
        if value_at(item, path) is None:  # derived from it
            return self._raw_value(column, value, names, table)
        now = value_at(left, path)
        if isinstance(now, str) or now is None:
            return now
        if isinstance(now, dict) and value == (value_at(item, path) or {}).get("id"):
            return now.get("id")
        return to_json(now)

    def state(self, packed: str) -> str | None:
        """A state of dlt, a packed text, with its ids replaced; None where it stays as it is."""
        try:
            text = orjson.dumps(decompress_state(packed), default=str).decode()
            held = [old for old in self.strong if old in text]
            for old in held:
                text = text.replace(old, self.strong[old])
            return compress_state(orjson.loads(text)) if held else None
        except (ValueError, KeyError, TypeError):
            return None

    def _raw_value(self, column: str, value: Any, names: Mapping[str, str], table: str) -> Any:
        if not isinstance(value, str) or column in ("_version_id", "_dlt_load_id"):
            return value
        if column == "raw":
            return None
        path = tuple(column.split("__"))
        is_nested = "_" in table or table.startswith(("lines", "items"))
        if plain(path[-1]) in PERSONAL and is_personal(path, is_catalogue=is_nested):
            return None
        return replaced(value, {**names, **self.names})


def rewrite_duckdb(path: Path, draft: Path, rewriting: Rewriting) -> Counter[str]:
    """Write a warehouse or a build anew into `draft`; returns the changed rows by table.

    Raises:
        duckdb.Error, OSError: it cannot be read or the copy not be written; nothing is changed.
    """
    rewriting.counts = Counter()
    draft.unlink(missing_ok=True)
    draft.with_name(draft.name + ".wal").unlink(missing_ok=True)
    config: dict[str, Any] = {
        "memory_limit": "1GB",
        "temp_directory": str(draft.parent / f"{draft.name}.tmp"),
    }
    with duckdb.connect(config=config) as connection:
        # views name the file's own database
        database = path.stem if path.stem not in _TAKEN else "old"
        connection.execute(f"attach {literal(str(path))} as {quote(database)} (read_only)")
        version = f"storage_version {literal(STORAGE_VERSION)}"
        connection.execute(f"attach {literal(str(draft))} as fresh ({version})")
        connection.execute(f"use {quote(database)}")
        connection.execute(f"copy from database {quote(database)} to fresh (schema)")
        for schema, tables in _tables(connection, database).items():
            versions: dict[str, dict[str, str]] = {}
            for table, types in tables.items():
                copy = _TableCopy(connection, database, schema, table, types, rewriting)
                copy.write(versions)
        connection.execute("use memory")
        connection.execute("detach fresh")
    return rewriting.counts


@dataclass
class _TableCopy:
    connection: duckdb.DuckDBPyConnection
    database: str
    schema: str
    table: str
    types: Mapping[str, str]
    rewriting: Rewriting

    def write(self, versions: dict[str, dict[str, str]]) -> None:
        name = f"{quote(self.schema)}.{quote(self.table)}"
        self.old, self.new = f"{quote(self.database)}.{name}", f"fresh.{name}"
        is_raw = self.schema.startswith("raw_")
        if is_raw and self.table == "events" and "_source_file" in self.types:
            self._select(self.rewriting.ledger.columns_of_events(list(self.types)), None)
        elif is_raw:
            self._rows(versions)
        else:
            names = list(self.types)
            condition = self.rewriting.touches(names, self.types)
            if self._count(condition):
                self._select(self.rewriting.columns(names, self.types), condition)
            else:
                self.connection.execute(f"insert into {self.new} from {self.old}")

    def _count(self, condition: str) -> int:
        row = self.connection.execute(
            f"select count(*) from {self.old} where {condition}"
        ).fetchone()
        return int(row[0]) if row else 0

    def _select(self, columns: Mapping[str, str], condition: str | None) -> None:
        """Copy all rows, with other expressions for some columns."""
        listed = ", ".join(
            f"{columns[name]} as {quote(name)}" if name in columns else quote(name)
            for name in self.types
        )
        if condition is None:
            condition = " or ".join(
                f"({columns[name]}) is distinct from {quote(name)}"
                for name in columns
                if name in ("customer_id", "user_id")
            )
        rows = f"from {self.old} where {condition or 'false'}"
        changed = self.connection.execute(f"select count(*) {rows}").fetchone()
        self.connection.execute(f"insert into {self.new} select {listed} from {self.old}")
        self._counted(int(changed[0]) if changed else 0)

    def _counted(self, rows: int) -> None:
        if rows:
            self.rewriting.counts[f"{self.schema}.{self.table}"] += rows

    def _rows(self, versions: dict[str, dict[str, str]]) -> None:
        """A raw table: most rows are copied, those that may name the person are looked at."""
        if self.table == "_dlt_pipeline_state":
            self._states()
            return
        condition = self.rewriting.touches_raw(self.table, self.types)
        if "_version_id" in self.types and versions:
            self.connection.execute(
                "create or replace temp table versions as select unnest(?) as id",
                [list(versions)],
            )
            condition += " or coalesce(_version_id in (select id from temp.versions), false)"
        table = self.connection.execute(
            f"select rowid as _row, * from {self.old} where {condition}"
        ).to_arrow_table()
        source = self.schema.removeprefix("raw_")
        schema = table.drop_columns(["_row"]).schema
        changed, numbers = [], []
        for row in table.to_pylist():
            number = row.pop("_row")
            other = self.rewriting.raw_row(row, self.table, source, versions)
            if other is not None:
                changed.append(other)
                numbers.append(number)
        if not changed:
            self.connection.execute(f"insert into {self.new} from {self.old}")
            return
        self.connection.execute(
            "create or replace temp table changed as select unnest(?) as number", [numbers]
        )
        self.connection.execute(
            f"insert into {self.new} select * from {self.old} "
            "where rowid not in (select number from temp.changed)"
        )
        self.connection.register("rows_left", pa.Table.from_pylist(changed, schema=schema))
        self.connection.execute(f"insert into {self.new} from rows_left")
        self.connection.unregister("rows_left")
        self._counted(len(changed))

    def _states(self) -> None:
        """The states that dlt keeps."""
        table = self.connection.execute(f"from {self.old}").to_arrow_table()
        rows = table.to_pylist()
        changed = 0
        for row in rows:
            left = self.rewriting.state(row["state"])
            if left is not None:
                row["state"] = left
                changed += 1
        self.connection.register("states_left", pa.Table.from_pylist(rows, schema=table.schema))
        self.connection.execute(f"insert into {self.new} from states_left")
        self.connection.unregister("states_left")
        self._counted(changed)


def rewrite_sqlite(path: Path, rewriting: Rewriting) -> int:
    """Replace ids and names in every text of a SQLite file, and write it anew; changed rows.

    Raises:
        sqlite3.Error: it cannot be read or written.
    """
    changed = 0
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma secure_delete = on")
        connection.execute("begin immediate")
        tables = connection.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        ).fetchall()
        for (table,) in tables:
            names = [row[1] for row in connection.execute(f"pragma table_info({quote(table)})")]
            rows = connection.execute(f"select rowid, * from {quote(table)}").fetchall()
            for number, *values in rows:
                left = record_left(dict(zip(names, values, strict=True)), rewriting)
                if list(left.values()) != values:
                    sets = ", ".join(f"{quote(name)} = ?" for name in names)
                    connection.execute(
                        f"update or replace {quote(table)} set {sets} where rowid = ?",
                        [*left.values(), number],
                    )
                    changed += 1
        connection.execute("commit")
        if changed:
            connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()
    return changed


def record_left(row: dict[str, Any], rewriting: Rewriting) -> dict[str, Any]:
    """A row of a ledger, or a saved choice, without the person."""
    words = {**rewriting.strong, **rewriting.names}
    is_theirs = any(
        isinstance(value, str) and value in rewriting.forms and is_person_column(name)
        for name, value in row.items()
    )
    if is_theirs:
        words = {**rewriting.forms, **rewriting._shared_names(), **rewriting.names}
    return {
        name: replaced(value, words) if isinstance(value, str) else value
        for name, value in row.items()
    }


def is_person_column(name: str) -> bool:
    """Whether a customer or user stands in a column of this name."""
    return name in PERSON_COLUMNS or name.endswith(("_customer_id", "_user_id", "__customer"))


def content_hash(text: str) -> str:
    """The hash of an object's text that `versions.py` compares."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _tables(
    connection: duckdb.DuckDBPyConnection, database: str
) -> dict[str, dict[str, dict[str, str]]]:
    """Schema -> table -> column -> type; objects before what is nested in them."""
    rows = connection.execute(
        "select columns.schema_name, columns.table_name, column_name, data_type "
        "from duckdb_columns() as columns join duckdb_tables() as tables "
        "on columns.database_name = tables.database_name "
        "and columns.schema_name = tables.schema_name and columns.table_name = tables.table_name "
        "where columns.database_name = ? and not columns.internal order by column_index",
        [database],
    ).fetchall()
    found: dict[str, dict[str, dict[str, str]]] = {}
    for schema, table, column, kind in rows:
        found.setdefault(schema, {}).setdefault(table, {})[column] = kind
    for tables in found.values():
        ordered = sorted(tables.items(), key=lambda item: "_raw" not in item[1])
        tables.clear()
        tables.update(ordered)
    return found


def _is_in(word: str, row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and word in value for value in row.values())


def _escaped(text: str) -> str:
    """A text as a pattern of RE2 that matches it alone."""
    return "".join(one if one.isalnum() or one in "_ " else f"\\x{{{ord(one):x}}}" for one in text)
