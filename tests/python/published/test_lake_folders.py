"""The build that Spark leaves in a lake: its facts, its tables and their descriptions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import jinja2
import sqlglot
from sqlglot import exp

from pipelines.published.lake_folders import DONE, PublishedFolders
from pipelines.warehouses.lake import ParquetLake
from support.commands import ROOT

TABLES = [
    {
        "schema": "core",
        "name": "things",
        "description": 'One row per thing that\'s \\ "odd",\nin two lines. ',
        "columns": {"thing": 'What\'s it? A \\ and a "quote".', "made_at": ""},
    },
    {"schema": "monitoring", "name": "kpis", "description": "One row.", "columns": {}},
]


def described_for_spark() -> list[tuple[str, ...]]:
    """The rows of the macro's statement, as Spark reads its literals."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {
        "return": lambda value: value,
        "tojson": json.dumps,
        "_published_tables": lambda: TABLES,
    }
    source = (ROOT / "macros/publishing/publish_on_server.sql").read_text()
    statement = environment.from_string(source).module.published_descriptions()  # type: ignore[attr-defined]
    parsed = sqlglot.parse_one(statement, dialect="spark")
    values = parsed.find(exp.Values)
    assert values is not None
    return [tuple(cell.this for cell in row.expressions) for row in values.expressions]


def write_folder(build: Path, name: str, select: str) -> None:
    folder = build / name
    folder.mkdir(parents=True)
    duckdb.sql(f"copy ({select}) to '{folder}/part.parquet' (format parquet)")
    (folder / DONE).touch()


def write_build(lake: Path, build_id: str) -> Path:
    build = lake / "published" / build_id
    write_folder(
        build, "core/things", "select 7 as thing, timestamptz '2026-01-01 00:00:00Z' as made_at"
    )
    write_folder(build, "monitoring/kpis", "select 1 as value")
    write_folder(
        build,
        "monitoring/build",
        f"select '{build_id}' as build_id, timestamptz '2026-11-28 12:00:00Z' as built_at, "
        "timestamptz '2026-11-28 11:00:00Z' as as_of, 'usd' as report_currency, "
        "'UTC' as report_timezone, '1.11' as dbt_version, 2 as tables",
    )
    return build


def write_descriptions(build: Path) -> None:
    duckdb.sql("create or replace table described (a varchar, b varchar, c varchar, d varchar)")
    duckdb.default_connection().executemany(
        "insert into described values (?, ?, ?, ?)", described_for_spark()
    )
    write_folder(
        build,
        "descriptions",
        "select a as schema_name, b as table_name, c as description, d as column_descriptions "
        "from described",
    )


def test_descriptions_travel_in_the_build(tmp_path: Path) -> None:
    build = write_build(tmp_path, "20261128T120000_a")
    write_descriptions(build)
    folders = PublishedFolders(ParquetLake(tmp_path.as_uri(), tmp_path))
    facts = folders.facts()
    assert facts is not None
    assert (facts.build_id, facts.as_of) == (
        "20261128T120000_a",
        datetime(2026, 11, 28, 11, tzinfo=UTC),
    )
    things, kpis = folders.tables(tmp_path)
    assert (things.schema, things.name) == ("core", "things")
    assert things.description == TABLES[0]["description"].strip()  # type: ignore[attr-defined]
    assert things.columns == TABLES[0]["columns"]
    assert (kpis.name, kpis.description) == ("kpis", "One row.")


def test_a_build_of_an_earlier_version_has_no_descriptions(tmp_path: Path) -> None:
    write_build(tmp_path, "20261128T120000_a")
    folders = PublishedFolders(ParquetLake(tmp_path.as_uri(), tmp_path))
    assert folders.facts() is not None
    assert {table.description for table in folders.tables(tmp_path)} == {""}
