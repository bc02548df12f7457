"""A second account beside the first: a name mixed into every id that a vendor gave.

Two companies made with different account names share no id of Stripe or OpenAI, so that both can be
loaded beside each other. Amounts, dates and random choices stay what they are: the ids are renamed
once a company is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from demo.vendors.store import Json, pack, unpack

#: Texts below these keys are words, even where a word is also somebody's id.
_WORDS: Final = frozenset(
    {"name", "code", "description", "display_name", "event_name", "lookup_key", "status", "type"}
)
#: Tables of the store with columns that hold ids as they are.
_COLUMNS: Final = (
    ("objects", ("id", "customer", "parent")),
    ("ledger", ("customer", "reference")),
    ("recurring", ("customer", "subscription", "item", "product", "price")),
    ("meter_usage", ("meter", "customer")),
    ("planted", ("subject",)),
)


def named(id_: str, account: str) -> str:
    """An id of a vendor in the account of that name; without a name it stays what it is."""
    return f"{id_}_{account}" if account else id_


def rename_ids(store: Path, account: str) -> None:
    """Mix the account's name into every id of a store that is complete and not being served."""
    if not account:
        return
    db = sqlite3.connect(store)
    try:
        with db:
            known = set(_ids(db))
            for table, columns in _COLUMNS:
                _rename_columns(db, table, columns, known, account)
            for table, column in (("versions", "body"), ("cost_days", "rows"),
                                  ("usage_days", "rows")):  # fmt: skip
                _rename_bodies(db, table, column, known, account)
            _rename_details(db, known, account)
            db.execute("insert or replace into settings values ('account_name', ?)", (account,))
    finally:
        db.close()


def _ids(db: sqlite3.Connection) -> Iterator[str]:
    """Every id that an object, or a part of one, bears or that a row of usage or cost names."""
    for (id_,) in db.execute("select id from objects"):
        yield str(id_)
    for (body,) in db.execute("select body from versions"):
        yield from _ids_within(unpack(body))
    for (rows,) in db.execute("select rows from cost_days union all select rows from usage_days"):
        for row in unpack(rows):
            yield from (str(value) for key, value in row.items() if key.endswith("_id") and value)


def _ids_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for part in value.values():
            yield from _ids_within(part)
    elif isinstance(value, list):
        for part in value:
            yield from _ids_within(part)


def _renamed(value: Any, known: set[str], account: str) -> Any:
    """The same value with every known id renamed, keys left alone."""
    if isinstance(value, str):
        return named(value, account) if value in known else value
    if isinstance(value, list):
        return [_renamed(part, known, account) for part in value]
    if isinstance(value, dict):
        return {
            key: part if key in _WORDS else _renamed(part, known, account)
            for key, part in value.items()
        }
    return value


def _rename_columns(
    db: sqlite3.Connection, table: str, columns: tuple[str, ...], known: set[str], account: str
) -> None:
    db.create_function(
        "renamed", 1, lambda text: _renamed(text, known, account), deterministic=True
    )
    changes = ", ".join(f"{column} = renamed({column})" for column in columns)
    db.execute(f"update {table} set {changes}")


def _rename_bodies(
    db: sqlite3.Connection, table: str, column: str, known: set[str], account: str
) -> None:
    db.create_function("rewritten", 1, lambda blob: pack(_renamed(unpack(blob), known, account)))
    db.execute(f"update {table} set {column} = rewritten({column})")


def _rename_details(db: sqlite3.Connection, known: set[str], account: str) -> None:
    def rewritten(text: str) -> str:
        detail: Json = _renamed(orjson.loads(text), known, account)
        return orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()

    db.create_function("rewritten_detail", 1, rewritten)
    db.execute("update planted set detail = rewritten_detail(detail)")
