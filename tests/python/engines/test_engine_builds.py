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

from benchmarks.postgres_server import PostgresServer
from benchmarks.spark_cluster import SparkCluster
from demo import DemoServer
from demo.making import DemoCompany, DemoParameters, generate_company, move_clock
from demo.seeds import write_seeds
from demo.tour import whole_settings
from pipelines.published.questions.formatting import headline
from support.commands import ROOT
from support.engine_builds import OF_THE_LOAD, EngineProject, compare, differences

pytestmark = pytest.mark.engines

ENGINES = ("postgres", "spark")
FIRST, SECOND = "2026-11-13T12:00:00Z", "2026-11-15T12:00:00Z"
SIZE = DemoParameters(customers=25, months=5, events=8_000, as_of=FIRST)


@dataclass
class Company:
    """The demo company on DuckDB (`ours`) and on the other engines."""

    company: DemoCompany
    ours: EngineProject
    others: dict[str, EngineProject]
    built: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    seen: list[Any] = field(default_factory=list)

    def load(self, clock: str) -> None:
        """Load all as of a clock."""
        for project in (self.ours, *self.others.values()):
            with DemoServer(self.company.store, clock=clock) as server:
                project.settings |= whole_settings(self.company, server.url) | {"AS_OF": clock}
                project.load()

    def build(self, engine: str) -> Pair:
        """The first build of an engine, once."""
        if engine not in self.built:
            self.built.add(engine)
            self.others[engine].build("--quiet", "--selector", "everything")
        return Pair(self.ours, self.others[engine])

    def build_again(self, engine: str, spark: SparkCluster) -> Pair:
        """The second build of an engine, once, amid what it has to bear."""
        if engine not in self.rebuilt:
            self.rebuilt.add(engine)
            if engine == "postgres":
                self.seen = build_under_a_reader(self.others[engine])
            else:
                run_while_a_worker_dies(self.others[engine], spark)
        return Pair(self.ours, self.others[engine])


@dataclass
class Pair:
    """What DuckDB built and what another engine built of the same company."""

    ours: EngineProject
    other: EngineProject


@pytest.fixture(scope="module")
def company(
    postgres: PostgresServer, spark: SparkCluster, tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """Loaded everywhere; built on DuckDB."""
    folder = tmp_path_factory.mktemp("company")
    demo = generate_company(folder / "demo", SIZE)
    write_seeds(demo.folder / "seeds", demo.parameters)
    settings_of = {
        "duckdb": {"DBT_TARGET": "dev"},
        "postgres": postgres.create("company"),
        "spark": spark.settings("company"),
    }
    projects = {}
    for engine, own in settings_of.items():
        (folder / engine).mkdir()
        # The models of vendors that the company does not use must run there, too.
        settings = {**own, "PII_HASH_KEY": "one for all", "LEAVE_OUT_VENDORS": ""}
        projects[engine] = EngineProject(folder / engine, settings)
    projects["postgres"].server = postgres
    made = Company(demo, projects.pop("duckdb"), projects)
    made.load(FIRST)
    made.ours.build("--quiet")
    return made


@pytest.fixture(params=ENGINES)
def built(request: pytest.FixtureRequest, company: Company) -> Pair:
    """From nothing."""
    return company.build(request.param)


def engines_of(session: pytest.Session) -> list[str]:
    """The engines that the chosen tests are about; tests without a parameter are PostgreSQL's."""
    asked = {"postgres"}
    for item in session.items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            asked.update(item.callspec.params.get(name, "") for name in ("built", "moved"))
    return [engine for engine in ENGINES if engine in asked]


@pytest.fixture(scope="module")
def moved_company(request: pytest.FixtureRequest, company: Company) -> Company:
    """Two days later, loaded everywhere and built on DuckDB."""
    for engine in engines_of(request.session):
        company.build(engine)
    move_clock(company.company, SECOND)
    company.load(SECOND)
    company.ours.command("dbt", "run", "--quiet")
    return company


@pytest.fixture(params=ENGINES)
def moved(request: pytest.FixtureRequest, moved_company: Company, spark: SparkCluster) -> Pair:
    """After the clock moved and an incremental run."""
    return moved_company.build_again(request.param, spark)


def build_under_a_reader(project: EngineProject) -> list[Any]:
    """Publish a new build while a transaction reads that began before.

    Returns what it saw before, after the build, and after its transaction.
    """
    assert project.server
    reader = project.server.connect(project.settings["POSTGRES_DATABASE"])
    reader.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
    seen = [build_and_counts(reader)]
    project.build("--quiet")
    seen.append(build_and_counts(reader))
    reader.commit()
    seen.append(build_and_counts(reader))
    reader.close()
    return seen


def run_while_a_worker_dies(project: EngineProject, spark: SparkCluster) -> None:
    """kill -9 of one of two workers amid the models; a run that fails for it is run again."""
    log = project.folder / "logs" / "dbt.log"
    start = log.stat().st_size
    ended: list[int] = []
    command = ("dbt", "run", "--quiet")
    run = threading.Thread(
        target=lambda: ended.append(project.command(*command, expect=None, timeout=1800).returncode)
    )
    run.start()
    _wait_until(lambda: "OK created sql incremental model" in log.read_text()[start:], 600)
    spark.kill_worker()
    run.join()
    spark.add_worker()
    if ended != [0]:
        project.command(*command, timeout=1800)


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


def test_every_table_from_nothing(built: Pair) -> None:
    assert differences(built.ours, built.other) == []


def test_the_published_file_is_that_of_duckdb(built: Pair) -> None:
    built.other.command("usage-vs-revenue", "publish")
    assert "nothing is newer" in built.other.command("usage-vs-revenue", "publish").stderr
    described = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all"
    )
    assert built.other.published_rows(described) == built.ours.published_rows(described)
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column, *_ in built.ours.published_rows(described):
        if column not in OF_THE_LOAD and table != "build":
            tables.setdefault((schema, table), []).append(column)
    for (schema, table), columns in tables.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f'select {listed} from {schema}."{table}"'
        said = compare(columns, built.ours.published_rows(query), built.other.published_rows(query))
        assert not said, (schema, table, said)


def test_the_dashboard_shows_what_the_server_published(
    built: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in built.other.settings.items():
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
        assert "Data as of 13 Nov 2026, 12:00 UTC" in said
        [row] = built.ours.published_rows(
            "select closing_mrr from finance.mrr_movements_by_month where month = '2026-11-01'"
        )
        assert headline(row[0], "usd") in [card.value for card in app.metric]
        # without the server, pages go on with what they have
        unreachable = {"POSTGRES_PORT": "1", "LAKE_URL": (tmp_path / "nowhere").as_uri()}
        for name, value in unreachable.items():
            monkeypatch.setenv(name, value)
        st.cache_resource.clear()
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60).run()
        assert not app.exception
        assert "Data as of 13 Nov 2026" in " ".join(str(one.value) for one in app.caption)
    finally:
        st.cache_resource.clear()


def test_every_table_after_the_clock_moved(moved: Pair) -> None:
    """On Spark although a worker died on the way."""
    assert differences(moved.ours, moved.other) == []


def test_a_reader_of_postgres_sees_one_build_until_its_transaction_ends(
    moved_company: Company, spark: SparkCluster
) -> None:
    moved_company.build_again("postgres", spark)
    before, during, after = moved_company.seen
    assert during == before
    assert after[0] > before[0]
    assert after[1] != before[1]


def test_a_part_and_a_failed_build_publish_nothing(
    moved_company: Company, spark: SparkCluster, tmp_path: Path
) -> None:
    """On PostgreSQL; the macro that decides is the same elsewhere."""
    project = moved_company.build_again("postgres", spark).other

    def published() -> list[tuple[Any, ...]]:
        assert project.server
        return project.server.rows(
            project.settings["POSTGRES_DATABASE"],
            "select build_id from published_monitoring.build",
        )

    before = published()
    project.build("--quiet", "--select", "dim_customers")
    assert published() == before
    seeds = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    with (seeds / "features.csv").open("a") as file:
        file.write(",a feature without an id,,,\n")
    project.settings["SEEDS_DIR"] = os.path.relpath(seeds, ROOT)
    try:
        project.build("--quiet", expect=1)
        assert published() == before
    finally:
        project.settings.pop("SEEDS_DIR")


def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)
