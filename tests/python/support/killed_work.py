"""What `kills` kills, and what must hold after each kill. Each runs in a process of its own."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.api.keys import KeyStore
from pipelines.published import writer
from pipelines.published.files import BuildFacts
from pipelines.published.reader import Published, newest_build
from pipelines.published.writer import Build, PublishedTable

#: Rows of the published table.
ROWS = 5_000
_TABLES = [
    PublishedTable("core", "fct_lines", "One row per line.", {"amount": "What was billed."}),
    PublishedTable("finance", "totals", "One row per build.", {}),
    PublishedTable("monitoring", "kpis", "One row per metric.", {}, as_view=True),
]


def make_warehouse(folder: Path) -> None:
    """The warehouse that is published."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(
            f"""
            create schema core; create schema finance; create schema monitoring;
            create table core.fct_lines as
                select i as id, cast(i as decimal(38, 9)) as amount from range({ROWS}) as r(i);
            create table finance.totals as select sum(amount) as amount from core.fct_lines;
            create view monitoring.kpis as select count(*) as value from core.fct_lines;
            """
        )


def publish(folder: str, number: int) -> None:
    """Publish the warehouse as build `number`."""
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    facts = BuildFacts(f"id_{number:06}", clock, clock, "usd", "UTC")
    with duckdb.connect(str(Path(folder) / "warehouse.duckdb")) as connection:
        writer.publish(connection, Build(Path(folder) / "published", _TABLES, facts))


def is_published(folder: str, number: int) -> None:
    """A reader finds a whole build, and the link leads to it."""
    directory = Path(folder) / "published"
    found = newest_build(directory)
    assert isinstance(found, Published), found
    assert Path(found.path) == (directory / "current.duckdb").resolve()
    whole = found.rows(
        "select count(*) as n, sum(lines.amount) as amount, any_value(totals.amount) as total, "
        "(select value from monitoring.kpis) as value "
        "from core.fct_lines as lines cross join finance.totals as totals"
    )
    assert whole == [{"n": ROWS, "amount": whole[0]["total"], "total": whole[0]["total"],
                      "value": ROWS}], whole  # fmt: skip


def make_key(folder: str, number: int) -> None:
    """Make a key, note its use, revoke the one before."""
    store = KeyStore(Path(folder) / "api_keys.json")
    key, _ = store.create(f"number {number}", ["metrics:read"])
    with (Path(folder) / "told").open("a") as told:
        told.write(key.id + "\n")
        told.flush()
        os.fsync(told.fileno())
    store.note_use(key)
    store.revoke(key.id)


def keys_are_there(folder: str, number: int) -> None:
    """Every key that somebody was told of is in the file."""
    told = Path(folder) / "told"
    known = {key.id for key in KeyStore(Path(folder) / "api_keys.json").all()}
    wanted = set(told.read_text().split()) if told.exists() else set()
    assert wanted <= known
    json.loads((Path(folder) / "api_keys.json").read_text())


WORK = {"publish": publish, "make_key": make_key}
CHECKS = {"publish": is_published, "make_key": keys_are_there}
