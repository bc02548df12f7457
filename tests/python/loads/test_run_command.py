"""The contract of `dlt pipeline run`: exit codes, messages, one run at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from pipelines.config import parse_as_of
from pipelines.errors import SettingError
from pipelines.sources import BY_NAME
from support.commands import Project
from support.stripe_server import StripeLists, serve


def test_without_any_source_nothing_is_loaded_and_each_missing_setting_is_named(
    project: Project,
) -> None:
    done = project.load(expect=2)
    for name in (
        "SOURCES__STRIPE__API_KEY",
        "SOURCES__OPENAI__ADMIN_KEY",
        "SOURCES__APP_EVENTS__BUCKET_URL",
    ):
        assert name in done.stderr
    assert not project.warehouse.exists()


def test_an_unknown_source_is_wrong_use(project: Project) -> None:
    done = project.load("strpie", expect=2)
    assert "strpie" in done.stderr
    assert ", ".join(BY_NAME) in " ".join(done.stderr.split())


def test_a_named_source_without_its_setting_is_wrong_use(project: Project) -> None:
    done = project.load("stripe", expect=2)
    assert "SOURCES__STRIPE__API_KEY" in done.stderr


def test_a_second_run_says_that_one_is_going_on(project: Project) -> None:
    project.settings["SOURCES__STRIPE__API_KEY"] = "rk_test_x"
    with project.warehouse.with_name("warehouse.duckdb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = project.load(expect=3)
    assert "Another run" in done.stderr


def test_a_failing_source_does_not_stop_the_others(project: Project, tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    with serve(StripeLists({})) as stripe:
        stripe.refused["/v1"] = 401
        project.settings |= {
            "SOURCES__STRIPE__API_KEY": "rk_test_wrong",
            "SOURCES__STRIPE__BASE_URL": stripe.url,
            "SOURCES__APP_EVENTS__BUCKET_URL": str(tmp_path / "events"),
        }
        done = project.load(expect=1)
    assert "SOURCES__STRIPE__API_KEY" in done.stderr
    assert "rk_test_wrong" not in done.stdout + done.stderr
    assert project.rows("select count(*) from raw_app_events.syncs") == [(1,)]
    assert len(stripe.requests) == 1  # a refused key is not tried again


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", "2026-01-01T25:00"])
def test_a_clock_that_cannot_be_read_is_a_wrong_setting(project: Project, value: str) -> None:
    project.settings |= {"AS_OF": value, "SOURCES__STRIPE__API_KEY": "rk_test_x"}
    assert "AS_OF" in project.load(expect=2).stderr


def test_a_day_as_clock_means_its_end() -> None:
    assert parse_as_of("2026-01-31").isoformat() == "2026-02-01T00:00:00+00:00"
    assert parse_as_of("2026-01-31T12:00:00+02:00").isoformat() == "2026-01-31T10:00:00+00:00"
    with pytest.raises(SettingError):
        parse_as_of("31.01.2026")


def test_a_warehouse_that_is_a_folder_is_a_wrong_setting(project: Project) -> None:
    project.settings |= {
        "SOURCES__STRIPE__API_KEY": "rk_test_x",
        "WAREHOUSE_PATH": str(project.folder),
    }
    assert "WAREHOUSE_PATH" in project.load(expect=2).stderr


def test_a_warehouse_that_is_no_database_is_a_wrong_setting(project: Project) -> None:
    project.warehouse.write_text("not a database, but long enough to be looked at" * 100)
    project.settings["SOURCES__STRIPE__API_KEY"] = "rk_test_x"
    assert "WAREHOUSE_PATH" in project.load(expect=2).stderr


def test_the_console_script_runs_the_same(project: Project) -> None:
    done = project.command("usage-vs-revenue", "run", "stripe", expect=2)
    assert "SOURCES__STRIPE__API_KEY" in done.stderr


def test_help_says_the_exit_codes(project: Project) -> None:
    done = project.command("dlt", "pipeline", "run", "--help")
    assert "--full-refresh" in done.stdout
    assert "another run is going on" in " ".join(done.stdout.split())
