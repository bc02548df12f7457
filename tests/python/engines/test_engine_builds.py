"""The demo company on PostgreSQL and on Spark: every core and mart table is that of DuckDB.

Cell by cell, twice: from nothing, and after the clock moved, with late events and a restated bill.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.spark_cluster import SparkCluster
from dashboards.components.formatting import headline
from pipelines.demo import DemoServer
from pipelines.demo.company import DemoCompany, DemoParameters, generate_company, move_clock
from pipelines.demo.seeds import write_seeds
from pipelines.demo.tour import demo_settings
from support.commands import ROOT
from support.engine_builds import OF_THE_LOAD, EngineProject, compare, differences

pytestmark = pytest.mark.engines

FIRST, SECOND = "2026-11-13T12:00:00Z", "2026-11-15T12:00:00Z"
SIZE = DemoParameters(customers=25, months=5, events=8_000, as_of=FIRST)


@dataclass
class Company:
    """The demo company on DuckDB (`ours`) and on another engine."""

    company: DemoCompany
    ours: EngineProject
    other: EngineProject
    seen: list[Any] = field(default_factory=list)

    @property
    def engine(self) -> str:
        return self.other.engine

    def refresh(self, clock: str) -> None:
        """Load and build both as of a clock."""
        for project in (self.ours, self.other):
            with DemoServer(self.company.store, clock=clock) as server:
                project.settings |= demo_settings(self.company, server.url) | {"AS_OF": clock}
                project.load()
            project.build("--quiet")

    def postgres_rows(self, sql: str) -> list[tuple[Any, ...]]:
        assert self.other.server
        return self.other.server.rows(self.other.settings["POSTGRES_DATABASE"], sql)


@pytest.fixture(scope="module", params=["postgres", "spark"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    engine = request.param
    folder = tmp_path_factory.mktemp(f"company_{engine}")
    company = generate_company(folder / "demo", SIZE)
    write_seeds(company.folder / "seeds", company.parameters)
    server = request.getfixturevalue(engine)
    settings = server.create("company") if engine == "postgres" else server.settings("company")
    projects = []
    for name, own in (("duckdb", {"DBT_TARGET": "dev"}), (engine, settings)):
        (folder / name).mkdir()
        projects.append(EngineProject(folder / name, {**own, "PII_HASH_KEY": "one for all"}))
    ours, other = projects
    if engine == "postgres":
        other.server = server
    made = Company(company, ours, other)
    made.refresh(FIRST)
    return made


@pytest.fixture(scope="module")
def moved(built: Company) -> Company:
    """The same company two days later; on PostgreSQL with a reader that began before."""
    move_clock(built.company, SECOND)
    if built.engine == "spark":
        built.refresh(SECOND)
        return built
    assert built.other.server
    reader = built.other.server.connect(built.other.settings["POSTGRES_DATABASE"])
    reader.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
    built.seen.append(build_and_counts(reader))
    built.refresh(SECOND)
    built.seen.append(build_and_counts(reader))
    reader.commit()
    built.seen.append(build_and_counts(reader))
    reader.close()
    return built


def build_and_counts(reader: Any) -> tuple[str, dict[str, int]]:
    """The published build that a reader sees, and the rows of its tables."""
    with reader.cursor() as cursor:
        cursor.execute("select build_id from published_monitoring.build")
        [(build_id,)] = cursor.fetchall()
        cursor.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema like 'published%'"
        )
        counts = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"select count(*) from {name}")
            [counts[name]] = cursor.fetchone()
    return str(build_id), counts


def test_every_table_from_nothing(built: Company) -> None:
    assert differences(built.ours, built.other) == []


def test_every_table_after_the_clock_moved(moved: Company) -> None:
    assert differences(moved.ours, moved.other) == []


def test_a_reader_of_postgres_sees_one_build_until_its_transaction_ends(moved: Company) -> None:
    if moved.engine != "postgres":
        pytest.skip("a lake has folders, not transactions")
    before, during, after = moved.seen
    assert during == before
    assert after[0] > before[0]
    assert after[1] != before[1]


def test_the_published_file_is_that_of_duckdb(moved: Company) -> None:
    moved.other.command("usage-vs-revenue", "publish")
    assert "nothing is newer" in moved.other.command("usage-vs-revenue", "publish").stderr
    described = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all"
    )
    assert moved.other.published_rows(described) == moved.ours.published_rows(described)
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column, *_ in moved.ours.published_rows(described):
        if column not in OF_THE_LOAD and table != "build":
            tables.setdefault((schema, table), []).append(column)
    for (schema, table), columns in tables.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f'select {listed} from {schema}."{table}"'
        said = compare(columns, moved.ours.published_rows(query), moved.other.published_rows(query))
        assert not said, (schema, table, said)


def test_the_dashboard_shows_what_the_server_published(
    moved: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moved.other.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PUBLISHED_DIR", str(tmp_path / "published"))
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "127.0.0.1" if name == "server.address" else real(name)
    )
    try:
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60).run()
        assert not app.exception
        said = " ".join(str(one.value) for one in app.caption)
        assert "Data as of 15 Nov 2026, 12:00 UTC" in said
        [row] = moved.ours.published_rows(
            "select closing_mrr from finance.mrr_movements_by_month where month = '2026-10-01'"
        )
        assert headline(row[0], "usd") in [card.value for card in app.metric]
        # without the server, pages go on with what they have
        unreachable = {"POSTGRES_PORT": "1", "LAKE_URL": (tmp_path / "nowhere").as_uri()}
        for name, value in unreachable.items():
            monkeypatch.setenv(name, value)
        st.cache_resource.clear()
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60).run()
        assert not app.exception
        assert "Data as of 15 Nov 2026" in " ".join(str(one.value) for one in app.caption)
    finally:
        st.cache_resource.clear()


def test_a_part_and_a_failed_build_publish_nothing(moved: Company, tmp_path: Path) -> None:
    if moved.engine != "postgres":
        pytest.skip("the macro that decides is the same")
    current = "select build_id from published_monitoring.build"
    before = moved.postgres_rows(current)
    moved.other.build("--quiet", "--select", "dim_customers")
    assert moved.postgres_rows(current) == before
    seeds = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    with (seeds / "features.csv").open("a") as file:
        file.write(",a feature without an id,,,\n")
    moved.other.settings["SEEDS_DIR"] = os.path.relpath(seeds, ROOT)
    try:
        moved.other.build("--quiet", expect=1)
        assert moved.postgres_rows(current) == before
    finally:
        moved.other.settings.pop("SEEDS_DIR")


def test_a_worker_killed_during_a_build_costs_no_number(
    moved: Company, request: pytest.FixtureRequest
) -> None:
    if moved.engine != "spark":
        pytest.skip("one server has no workers")
    spark: SparkCluster = request.getfixturevalue("spark")
    log = moved.other.folder / "logs" / "dbt.log"
    start = log.stat().st_size
    ended: list[int] = []
    run = ("dbt", "run", "--quiet")
    build = threading.Thread(
        target=lambda: ended.append(moved.other.command(*run, expect=None, timeout=1800).returncode)
    )
    build.start()
    _wait_until(lambda: "OK created sql table model" in log.read_text()[start:], 600)
    spark.kill_worker()
    build.join()
    spark.add_worker()
    if ended != [0]:
        moved.other.command(*run, timeout=1800)
    assert differences(moved.ours, moved.other) == []


def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)
