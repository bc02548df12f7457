"""Alerts over a series of builds: what was seen first is remembered, whatever is rebuilt."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.commands import Project

pytestmark = pytest.mark.slow

MODELS = ("dim_alert_rules", "kpi_definitions", "alert_values", "alert_checks",
          "alert_episodes", "alert_sightings", "alerts")  # fmt: skip
FIRST = date(2026, 3, 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("memory"))
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(
            "create schema monitoring; create table monitoring.kpis (metric varchar, "
            "period_grain varchar, period_start date, dimension varchar, dimension_value varchar, "
            "value decimal(38, 9), numerator decimal(38, 9), denominator decimal(38, 9), "
            "sample_size bigint, unit varchar, currency varchar, is_provisional boolean); "
            "create table monitoring.load_freshness_by_source "
            "(source varchar, last_synced_at timestamp, is_stale boolean)"
        )
    project.dbt("seed", "--quiet", "--select", "alert_thresholds")
    return project


def build(project: Project, errors: list[int], *, loaded_days_ago: float = 0, full: bool = False,
          clock: date | None = None) -> list[tuple[Any, ...]]:  # fmt: skip
    """Build at the end of the last day of `errors` (of 1,000 requests each); the alerts then."""
    clock = clock or FIRST + timedelta(days=len(errors))
    stale = loaded_days_ago > 1.5
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("delete from monitoring.kpis")
        for number, count in enumerate(errors):
            connection.execute(
                "insert into monitoring.kpis values ('error_rate', 'day', ?, 'all', 'all', "
                "? / 1000, ?, 1000, 1000, 'share', null, false)",
                [FIRST + timedelta(days=number), count, count],
            )
        connection.execute("delete from monitoring.load_freshness_by_source")
        connection.execute(
            "insert into monitoring.load_freshness_by_source "
            "values ('app_events', cast(? as timestamp) - to_hours(?), ?)",
            [clock, int(24 * loaded_days_ago), stale],
        )
        if stale:
            connection.execute(
                "insert into monitoring.kpis values ('hours_since_sync', 'day', ?, 'all', 'all', "
                "?, null, null, null, 'hours', null, true)",
                [clock, 24 * loaded_days_ago],
            )
    project.settings["AS_OF"] = f"{clock.isoformat()}T00:00:00Z"
    refresh = ["--full-refresh"] if full else []
    project.dbt("run", "--quiet", *refresh, "--select", *MODELS)
    return project.rows(
        "select alert_id, cast(period_start as varchar), status, severity, "
        "cast(cast(first_seen_at as date) as varchar) "
        "from monitoring.alerts order by period_start, alert_id"
    )


def test_what_was_seen_first_outlives_builds_full_refreshes_and_clocks(project: Project) -> None:
    healthy = [10, 10]
    first = ("error_rate_high", "2026-03-03", "open", "warning", "2026-03-04")
    assert build(project, [*healthy, 60]) == [first]

    # Held: the next day was not loaded to its end. One alert says so; the old one stays.
    assert build(project, [*healthy, 60, 500, 500], loaded_days_ago=2) == [
        first,
        ("stale_source", "2026-03-06", "open", "warning", "2026-03-06"),
    ]

    # Loaded: it escalates, and is the same alert; a full refresh forgets nothing.
    escalated = ("error_rate_high", "2026-03-03", "open", "critical", "2026-03-04")
    assert build(project, [*healthy, 60, 500, 500], full=True) == [escalated]

    # Three calm days later it is over, also for a clock that has moved on by a month.
    days = [*healthy, 60, 500, 500, 10, 10, 10]
    over = ("error_rate_high", "2026-03-03", "recovered", "critical", "2026-03-04")
    assert build(project, days, full=True, clock=date(2026, 4, 20)) == [over]


def test_while_data_are_stale_nothing_new_fires_but_that(tmp_path: Path, project: Project) -> None:
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("drop table monitoring.alert_sightings")
    days = [10, 900, 900, 900, 900, 900]
    stale = ("stale_source", "2026-03-07", "open", "critical", "2026-03-07")
    assert build(project, days, loaded_days_ago=4) == [stale]
    fired = ("error_rate_high", "2026-03-02", "open", "critical", "2026-03-07")
    assert build(project, days) == [fired]
