"""Loads into PostgreSQL and into a lake: the same rows as in DuckDB, each once, kill -9 or not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.postgres_server import PASSWORD, PostgresServer
from support.engine_loads import EngineLoads, LakeLoads, PostgresLoads, alike, contents_of_duckdb
from support.loads import Loads
from support.openai_server import Organisation, cost
from support.openai_server import serve as serve_openai
from support.stripe_server import StripeLists
from support.stripe_server import serve as serve_stripe
from support.world import DAYS, World

pytestmark = pytest.mark.engines

#: Text that a careless copy spoils: quotes, lines, what ends a COPY, what is null in some CSV.
HOSTILE = ["", " ", "NULL", "\\N", "\\.", 'a "b", c', "two\nlines\r\n", "tab\t", "ü😀", "'; --"]

#: A load of one source that kills its process at a step, by warehouse.
KILLED_AT = """
import os, sys
from pipelines.sources.app_events.reader import EventReader
from pipelines.console import Reporter
from pipelines.run import run
from support.dying import die, then_die
if os.environ["DBT_TARGET"] == "postgres":
    from pipelines.warehouses import postgres
    from pipelines.warehouses.postgres import CopyJob as Job, DatabaseClient as Client
    between_tables = (postgres, "copy_batches", 2)
else:
    from pipelines.warehouses.lake import FileJob as Job, LakeClient as Client, OwnLoaderJob
    # two small tables come before the files: the loader's own is the one of events
    between_tables = (OwnLoaderJob, "_put")

step, *names = sys.argv[1:]
{
    "before the first job": lambda: setattr(Client, "create_load_job", die),
    "a job done and not known": lambda: then_die(Job, "run", 2),
    "files read, not yet there": lambda: then_die(EventReader, "load_lines"),
    "one of the loader's tables there": lambda: then_die(*between_tables),
    "all jobs done": lambda: setattr(Client, "complete_load", die),
    "load noted, package not moved": lambda: then_die(Client, "complete_load"),
}[step]()
run(names, full_refresh=False, reporter=Reporter())
"""

STEPS = [
    ("before the first job", "stripe"),
    ("a job done and not known", "stripe"),
    ("all jobs done", "stripe"),
    ("load noted, package not moved", "stripe"),
    ("files read, not yet there", "app_events"),
    ("all jobs done", "app_events"),
]


@pytest.fixture(params=["postgres", "spark"])
def loads(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> EngineLoads:
    for name in os.environ:
        if name.startswith(("SOURCES__", "AS_OF", "DBT_TARGET", "POSTGRES_", "LAKE_URL")):
            monkeypatch.delenv(name)
    if request.param == "spark":
        settings = {"DBT_TARGET": "spark", "LAKE_URL": (tmp_path / "lake").as_uri()}
        return LakeLoads(tmp_path, monkeypatch, settings)
    server: PostgresServer = request.getfixturevalue("postgres")
    settings = server.create(f"loads_{uuid4().hex[:8]}")
    return PostgresLoads(tmp_path, monkeypatch, settings, server=server)


@pytest.fixture
def world(loads: EngineLoads) -> Iterator[World]:
    openai = Organisation(today=DAYS[-1])
    with serve_stripe(StripeLists({})) as stripe, serve_openai(openai):
        made = World(loads.folder, stripe, openai)
        loads.settings |= made.settings()
        yield made


def in_duckdb(loads: EngineLoads) -> dict[str, list[tuple[Any, ...]]]:
    """What one undisturbed run loads from the same world into DuckDB."""
    other = Loads(loads.folder / "duckdb", loads.monkeypatch, {**loads.settings})
    other.settings["DBT_TARGET"] = "dev"
    other.folder.mkdir()
    other.load()
    return contents_of_duckdb(other)


def test_rows_are_those_of_duckdb_however_often_a_run_loads(
    loads: EngineLoads, world: World
) -> None:
    event = {"event_type": "login", "occurred_at": "2026-03-02T10:00:00.123456Z"}
    rows = [
        {**event, "event_id": f"h{number}", "customer_id": "c", "feature": text, "endpoint": text,
         "quantity": "0.000000001", "response_time_ms": 1.5, "is_batch": True, "made": text}
        for number, text in enumerate(HOSTILE)
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (world.events / "hostile.jsonl").write_text(lines, "utf-8")
    world.stripe.lists["/v1/customers"][0] |= {
        "name": 'a "b",\nc', "description": "", "metadata": {"k": "\\N"}, "balance": -12,
    }  # fmt: skip
    loads.load()
    world.grow()  # the second run finds what came since
    world.stripe.lists["/v1/customers"][-1]["name"] = "changed"
    loads.load()
    found = loads.contents()
    before = loads.folder / "duckdb"
    expected = in_duckdb(loads)
    for name in ("raw_openai.cost_buckets", "raw_openai.cost_results"):
        found.pop(name), expected.pop(name)  # as many versions as restatements met
    versions = {row for name in ("raw_stripe.customers",) for row in found.pop(name)}
    assert versions > set(expected.pop("raw_stripe.customers"))
    assert found == expected
    assert before.exists()
    loads.check_records()
    loads.load()
    again = loads.contents()
    assert {name: again[name] for name in found} == found


def test_a_restated_bill_is_a_new_version(loads: EngineLoads, world: World) -> None:
    loads.load("openai")
    amounts = "select amount__value from raw_openai.cost_results"
    before = [row[0] for row in alike(loads.rows(amounts))]
    day = next(iter(world.openai.costs))
    world.openai.costs[day] = [cost("9.125", "restated")]
    loads.load("openai")
    after = [row[0] for row in alike(loads.rows(amounts))]
    assert sorted(after) == sorted([*before, Decimal("9.125")])


@pytest.mark.parametrize(("step", "source"), STEPS)
def test_a_load_killed_at_any_step_is_finished_by_the_next_run(
    loads: EngineLoads, world: World, step: str, source: str
) -> None:
    loads.killed(KILLED_AT, step, source)
    world.grow()
    loads.load()
    assert loads.contents() == in_duckdb(loads)
    loads.check_records()
    before = loads.contents()
    loads.load()
    assert loads.contents() == before
    loads.check_records()


def test_a_loader_killed_between_its_tables_is_finished_by_the_next_run(
    loads: EngineLoads, world: World
) -> None:
    loads.killed(KILLED_AT, "one of the loader's tables there", "app_events")
    world.grow()
    loads.load()
    assert loads.contents() == in_duckdb(loads)
    loads.check_records()


def test_a_second_run_says_that_one_is_going_on(loads: EngineLoads, world: World) -> None:
    loads.load("openai")
    from pipelines.warehouses import chosen_warehouse

    with chosen_warehouse().hold("busy"):
        assert "Another run is loading" in loads.load(expect=3)
    loads.load()


def test_a_warehouse_made_anew_is_loaded_from_the_start(loads: EngineLoads, world: World) -> None:
    loads.killed(KILLED_AT, "before the first job", "stripe")
    loads.load()
    loads.killed(KILLED_AT, "all jobs done", "stripe")
    if isinstance(loads, PostgresLoads):
        for schema in {schema for schema, _ in loads.tables()}:
            loads.rows(f"drop schema {schema} cascade")
    else:
        import shutil

        shutil.rmtree(loads.lake)
    loads.load()
    assert loads.contents() == in_duckdb(loads)
    loads.check_records()


class TestPostgres:
    """What only a server can do wrong."""

    @pytest.fixture
    def server(self, loads: EngineLoads) -> PostgresLoads:
        if not isinstance(loads, PostgresLoads):
            pytest.skip("about the server")
        return loads

    @pytest.mark.parametrize(
        ("name", "value", "said", "code"),
        [
            ("POSTGRES_PASSWORD", "wrong and secret", "password authentication failed", 1),
            ("POSTGRES_PORT", "1", "refused", 1),
            ("POSTGRES_PORT", "many", "is no port number", 2),
            ("POSTGRES_DATABASE", "nowhere", "does not exist", 1),
            ("POSTGRES_HOST", "nowhere.invalid", "cannot be opened", 1),
        ],
    )
    def test_a_server_that_cannot_be_used_is_named_without_its_password(
        self, server: PostgresLoads, world: World, name: str, value: str, said: str, code: int
    ) -> None:
        server.settings[name] = value
        shown = server.load(expect=code)
        assert said in shown
        assert PASSWORD not in shown and "wrong and secret" not in shown
        assert "Traceback" not in shown

    def test_types_are_those_that_an_empty_warehouse_gets(
        self, server: PostgresLoads, world: World
    ) -> None:
        import yaml

        from support.commands import ROOT

        server.load()
        found = {
            (schema, table, column): kind
            for schema, table, column, kind in server.rows(
                "select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) "
                "from pg_attribute a join pg_class c on c.oid = a.attrelid "
                "join pg_namespace n on n.oid = c.relnamespace "
                "where a.attnum > 0 and n.nspname like 'raw%'"
            )
        }
        names = {
            "varchar": "character varying",
            "timestamp": "timestamp without time zone",
        }
        compared = 0
        for path in ROOT.glob("models/staging/*/_*__sources.yml"):
            for source in yaml.safe_load(path.read_text())["sources"]:
                for table in source["tables"]:
                    for column in table["columns"]:
                        key = (source["schema"], table["name"], column["name"])
                        if key in found:
                            kind = column["data_type"].replace("decimal", "numeric")
                            there = re.sub(r"(timestamp|varying)\(\d+\)", r"\1", found[key])
                            assert there == names.get(kind, kind), key
                            compared += 1
        assert compared > 200

    def test_the_server_that_stops_amid_a_load_is_said_and_healed(
        self, server: PostgresLoads, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pipelines.warehouses.postgres import CopyJob

        original = CopyJob._copy

        def stop_first(job: CopyJob, cursor: Any) -> None:
            server.server.stop()
            original(job, cursor)

        with monkeypatch.context() as broken:
            broken.setattr(CopyJob, "_copy", stop_first)
            try:
                shown = server.load("openai", expect=1)
            finally:
                server.server.start()
        assert PASSWORD not in shown
        server.load()
        assert server.contents() == in_duckdb(server)
        server.check_records()


class TestLake:
    """What only a folder can do wrong."""

    def test_a_folder_that_cannot_be_written_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        lake = LakeLoads(tmp_path, monkeypatch, {"DBT_TARGET": "spark"})
        lake.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(tmp_path)
        for url, said in (
            ((tmp_path / "file" / "lake").as_uri(), "cannot be written"),
            ("relative/lake", "is no address"),
            ("", "needs LAKE_URL"),
        ):
            lake.settings["LAKE_URL"] = url
            assert said in lake.load(expect=2)


def test_a_target_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Loads(tmp_path, monkeypatch, {"DBT_TARGET": "oracle"})
    other.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(tmp_path)
    assert "dev, postgres, spark" in other.load(expect=2)
