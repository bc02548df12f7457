"""Two companies beside each other on PostgreSQL: the sums of each alone on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.postgres_server import PostgresServer
from support.commands import Project
from support.engine_builds import EngineProject
from support.two_companies import SUMS, Query, added, alone, sums, two_companies

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def queries(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Query, Query, Query]]:
    """How to ask the first company, the second, and PostgreSQL where both are."""
    folder = tmp_path_factory.mktemp("two_accounts")
    with two_companies(folder) as (home, eu):
        projects = []
        for name, settings in (("home", home), ("eu", alone(eu))):
            project = Project(folder / f"alone_{name}", settings)
            project.load()
            project.dbt("seed")
            project.dbt("run")
            projects.append(project)
        database = postgres.create("two_accounts")
        (folder / "both").mkdir()
        both = EngineProject(folder / "both", home | eu | database, server=postgres)
        both.load()
        both.command("dbt", "--quiet", "seed")
        both.command("dbt", "--quiet", "run")

        def on_postgres(sql: str) -> list[tuple[Any, ...]]:
            return postgres.rows(database["POSTGRES_DATABASE"], sql)

        yield projects[0].rows, projects[1].rows, on_postgres


@pytest.mark.parametrize(("table", "column", "by"), SUMS)
def test_sums_of_both_are_the_sums_of_each_alone(
    queries: tuple[Query, Query, Query], table: str, column: str, by: str
) -> None:
    home, eu, both = (sums(query, table, column, by) for query in queries)
    assert home and eu
    assert both == added(home, eu)
