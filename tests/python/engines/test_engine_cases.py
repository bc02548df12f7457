"""The golden cases of revenue and cost on PostgreSQL and Spark: the tests of DuckDB, asked there.

Loads, models and seeds are the engine's; the questions are put to a copy of its tables, because
they are written in DuckDB's SQL.
"""

from __future__ import annotations

from typing import Any

import pytest

from journeys import test_cost_cases as cost_cases
from models import test_mrr_cases as mrr_cases
from support.engine_mirror import MirroredProject
from support.mrr_cases import Played, play

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module", params=["postgres", "spark"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def project_on(
    engine: str,
    name: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> MirroredProject:
    """An empty project on an engine."""
    server = request.getfixturevalue(engine)
    settings = server.create(name) if engine == "postgres" else server.settings(name)
    folder = tmp_path_factory.mktemp(f"{name}_{engine}")
    made = MirroredProject(folder, settings)
    if engine == "postgres":
        made.server = server
    return made


@pytest.fixture(scope="module")
def revenue(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Played:
    project = project_on(engine, "revenue_cases", request, tmp_path_factory)
    cases = list(mrr_cases.CASES.values())
    return play(project.folder, cases, "long_afterwards", project=project)


@pytest.fixture(scope="module")
def cost(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MirroredProject:
    project = project_on(engine, "cost_cases", request, tmp_path_factory)
    cost_cases.play(project)
    return project


@pytest.mark.parametrize("case_id", list(mrr_cases.by_report_currency()))
def test_revenue_case(revenue: Played, case_id: str) -> None:
    mrr_cases.test_case(revenue, case_id)


COST_CASES = [
    name
    for name in vars(cost_cases)
    # the one left out builds once more, which test_engine_builds does at the size of a company
    if name.startswith("test_") and name != "test_a_full_refresh_gives_the_same_tables"
]


@pytest.mark.parametrize("name", COST_CASES)
def test_cost_case(cost: Any, name: str) -> None:
    getattr(cost_cases, name)(cost)
