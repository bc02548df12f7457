"""What is left of somebody: a search through the bytes and the texts of every file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb


def files_with(folder: Path, words: Iterable[str], but: Iterable[Path] = ()) -> list[str]:
    """Files below a folder that hold a word: as bytes, or in a cell of a DuckDB or SQLite file,
    whose pages may be packed."""
    left_out = [path.resolve() for path in but]
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if any(path.resolve().is_relative_to(one) for one in left_out):
            continue
        held = path.read_bytes()
        cells = held.decode("latin-1") + "\n".join(cells_of(path, held))
        found += [f"{path.name}: {word}" for word in words if word in cells]
    return found


def cells_of(path: Path, held: bytes) -> list[str]:
    """Every text of a database's file."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            return [
                str(cell)
                for table in tables_of(connection)
                for row in connection.execute(f"from {table}").fetchall()
                for cell in row
                if isinstance(cell, str)
            ]
    if held.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as connection:
            names = connection.execute("select name from sqlite_master where type = 'table'")
            return [
                str(cell)
                for (name,) in names.fetchall()
                for row in connection.execute(f'select * from "{name}"')
                for cell in row
            ]
    return []


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """`"schema"."table"` of every table that is no view."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not internal order by all"
    ).fetchall()
    return [f'"{schema}"."{table}"' for schema, table in rows]


def sums_of(path: Path, schemas: Iterable[str]) -> dict[str, Any]:
    """Rows of every table and the sum of every number in it."""
    wanted = set(schemas)
    found: dict[str, Any] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in tables_of(connection):
            if table.split(".")[0].strip('"') not in wanted:
                continue
            columns = connection.execute(f"describe {table}").fetchall()
            numbers = [
                one[0] for one in columns if one[1].startswith(("DECIMAL", "BIGINT", "HUGE"))
            ]
            asked = ", ".join(["count(*)", *(f'sum("{name}")' for name in numbers)])
            row = connection.execute(f"select {asked} from {table}").fetchone()
            assert row
            found[table] = dict(zip(["rows", *numbers], row, strict=True))
    return found
