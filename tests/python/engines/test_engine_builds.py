"""The demo company on DuckDB, PostgreSQL and Spark: every core and mart table, cell by cell.

Twice: from nothing, and after the clock moved, with late events and a restated bill on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from pipelines.demo import DemoServer
from pipelines.demo.company import DemoCompany, DemoParameters, generate_company, move_clock
from pipelines.demo.seeds import write_seeds
from pipelines.demo.tour import demo_settings
from support.engine_builds import EngineProject, differences
from support.postgres_server import PostgresServer
from support.spark_cluster import SparkCluster

pytestmark = pytest.mark.engines

FIRST, SECOND = "2026-11-13T12:00:00Z", "2026-11-15T12:00:00Z"
SIZE = DemoParameters(customers=25, months=5, events=8_000, as_of=FIRST)


@dataclass
class Company:
    """The demo company and what it is loaded and built into, engine by engine."""

    company: DemoCompany
    projects: Mapping[str, EngineProject]

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
def moved(built: Company) -> Iterator[Company]:
    move_clock(built.company, SECOND)
    built.refresh(SECOND)
    return built


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_every_table_from_nothing(built: Company, target: str) -> None:
    assert differences(built.projects["dev"], built.projects[target]) == []


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_every_table_after_the_clock_moved(moved: Company, target: str) -> None:
    assert differences(moved.projects["dev"], moved.projects[target]) == []
