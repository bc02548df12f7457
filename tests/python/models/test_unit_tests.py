"""dbt's unit tests, which a user's build leaves out: they hold wherever the computer stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import Project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Every model without a row: dbt asks the warehouse for the types of a model's inputs."""
    folder: Path = tmp_path_factory.mktemp("empty")
    project = Project(folder, {"AS_OF": "2026-06-15"})
    project.dbt("seed", "--quiet")
    project.dbt("run", "--quiet")
    return project


@pytest.mark.parametrize(
    "zone",
    [
        "America/Los_Angeles",
        pytest.param("UTC", marks=pytest.mark.slow),
        pytest.param("Africa/Cairo", marks=pytest.mark.slow),
    ],
)
def test_every_unit_test_holds_on_computers_of_any_time_zone(built: Project, zone: str) -> None:
    built.settings["TZ"] = zone
    output = built.dbt("test", "--selector", "unit_tests").stdout
    assert "unit tests in " in output
    assert "failed" not in output
