"""The demo company on DuckDB, PostgreSQL and Spark: every core and mart table, cell by cell.

Twice: from nothing, and after the clock moved, with late events and a restated bill on the way.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.postgres_server import PostgresServer
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
    """The demo company and what it is loaded and built into, engine by engine."""

    company: DemoCompany
    projects: Mapping[str, EngineProject]
    seen_before: Any = None
    seen_during: Any = None
    seen_after: Any = None

    def refresh(self, clock: str) -> None:
        """Load and build all engines as of a clock."""
        for target in self.projects:
            self.load(target, clock)
            self.projects[target].build("--quiet")

    def load(self, target: str, clock: str) -> None:
        with DemoServer(self.company.store, clock=clock) as server:
            project = self.projects[target]
            project.settings |= demo_settings(self.company, server.url) | {"AS_OF": clock}
            project.load()


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, spark: SparkCluster
) -> Company:
    folder = tmp_path_factory.mktemp("company")
    company = generate_company(folder / "demo", SIZE)
    write_seeds(company.folder / "seeds", company.parameters)
    settings = {
        "dev": {"DBT_TARGET": "dev"},
        "postgres": postgres.create("company"),
        "spark": spark.settings("company"),
    }
    projects = {}
    for target, own in settings.items():
        (folder / target).mkdir()
        projects[target] = EngineProject(
            folder / target, {**own, "PII_HASH_KEY": "one for all"}, server=postgres
        )
    made = Company(company, projects)
    made.refresh(FIRST)
    return made


@pytest.fixture(scope="module")
def moved(built: Company) -> Company:
    """The same company two days later, with a reader whose transaction began before."""
    postgres = built.projects["postgres"]
    assert postgres.server
    reader = postgres.server.connect(postgres.settings["POSTGRES_DATABASE"])
    reader.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
    built.seen_before = build_and_counts(reader)
    move_clock(built.company, SECOND)
    built.refresh(SECOND)
    built.seen_during = build_and_counts(reader)
    reader.commit()
    built.seen_after = build_and_counts(reader)
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


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_every_table_from_nothing(built: Company, target: str) -> None:
    assert differences(built.projects["dev"], built.projects[target]) == []


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_every_table_after_the_clock_moved(moved: Company, target: str) -> None:
    assert differences(moved.projects["dev"], moved.projects[target]) == []


def test_a_reader_of_postgres_sees_one_build_until_its_transaction_ends(moved: Company) -> None:
    assert moved.seen_during == moved.seen_before
    assert moved.seen_after[0] > moved.seen_before[0]
    assert moved.seen_after[1] != moved.seen_before[1]


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_the_published_file_is_that_of_duckdb(moved: Company, target: str) -> None:
    project = moved.projects[target]
    project.command("usage-vs-revenue", "publish")
    assert "nothing is newer" in project.command("usage-vs-revenue", "publish").stderr
    ours, other = moved.projects["dev"], project
    described = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all"
    )
    assert other.published_rows(described) == ours.published_rows(described)
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column, *_ in ours.published_rows(described):
        if column not in OF_THE_LOAD and table != "build":
            tables.setdefault((schema, table), []).append(column)
    for (schema, table), columns in tables.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f'select {listed} from {schema}."{table}"'
        said = compare(columns, ours.published_rows(query), other.published_rows(query))
        assert not said, (schema, table, said)


def test_a_part_and_a_failed_build_publish_nothing_on_postgres(
    moved: Company, tmp_path: Path
) -> None:
    project = moved.projects["postgres"]
    assert project.server
    database = project.settings["POSTGRES_DATABASE"]
    current = "select build_id from published_monitoring.build"
    before = project.server.rows(database, current)
    project.build("--quiet", "--select", "dim_customers")
    assert project.server.rows(database, current) == before
    seeds = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    with (seeds / "features.csv").open("a") as file:
        file.write(",a feature without an id,,,\n")
    project.settings["SEEDS_DIR"] = os.path.relpath(seeds, ROOT)
    try:
        project.build("--quiet", expect=1)
        assert project.server.rows(database, current) == before
    finally:
        project.settings.pop("SEEDS_DIR")


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_the_dashboard_shows_what_the_server_published(
    moved: Company, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moved.projects[target].settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PUBLISHED_DIR", str(tmp_path / "published"))
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "127.0.0.1" if name == "server.address" else real(name)
    )
    app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60).run()
    try:
        assert not app.exception
        said = " ".join(str(one.value) for one in app.caption)
        assert "Data as of 15 Nov 2026, 12:00 UTC" in said
        [row] = moved.projects["dev"].published_rows(
            "select closing_mrr from finance.mrr_movements_by_month where month = '2026-10-01'"
        )
        assert headline(row[0], "usd") in [card.value for card in app.metric]
    finally:
        st.cache_resource.clear()


class TestWorkers:
    """Machines of a cluster go away."""

    def test_a_worker_killed_during_a_build_costs_no_number(
        self, moved: Company, spark: SparkCluster
    ) -> None:
        project = moved.projects["spark"]
        build = threading.Thread(
            target=lambda: ended.append(project.build("--quiet", expect=None).returncode)
        )
        ended: list[int] = []
        log = project.folder / "logs" / "dbt.log"
        start = log.stat().st_size
        build.start()
        _wait_until(lambda: "int_billing" in log.read_text()[start:], 300)
        spark.kill_worker()
        build.join()
        spark.add_worker()
        if ended != [0]:
            project.build("--quiet")
        assert differences(moved.projects["dev"], project) == []


def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)
