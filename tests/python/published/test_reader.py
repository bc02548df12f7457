"""The one reader: which build it opens, what it may not do, what it says of the build."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import SettingError
from pipelines.published import files
from pipelines.published.files import BuildFacts
from pipelines.published.reader import NoBuild, Published, newest_build, open_published
from pipelines.published.writer import Build, PublishedTable, publish
from support.commands import ROOT

CLOCK = datetime(2026, 11, 28, 12, tzinfo=UTC)
TABLES = [PublishedTable("core", "things", "One row\nper thing.", {"thing": "What it is."})]


def publish_number(folder: Path, number: int) -> Path:
    facts = BuildFacts(f"id_{number}", CLOCK, CLOCK, "eur", "Europe/Berlin", "1.11", "1.5", 1)
    with duckdb.connect() as warehouse:
        warehouse.execute("create schema core")
        warehouse.execute(
            f"create table core.things as select i as thing from range({number}) t(i)"
        )
        return publish(warehouse, Build(folder, TABLES, facts))


def spoil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"not a database" * 1000)


def test_the_facts_of_a_build_come_back_as_they_were_noted(tmp_path: Path) -> None:
    publish_number(tmp_path, 3)
    with open_published(tmp_path) as published:
        assert published.facts == BuildFacts(
            "id_3", CLOCK, CLOCK, "eur", "Europe/Berlin", "1.11", "1.5", 1
        )
        assert published.description("core.things") == "One row per thing."
        assert published.rows("select count(*) as things from core.things") == [{"things": 3}]
        assert published.rows("select thing from core.things where thing = ?", [2]) == [
            {"thing": 2}
        ]


def test_a_build_that_cannot_be_opened_does_not_hide_the_one_before(tmp_path: Path) -> None:
    first, second = publish_number(tmp_path, 1), publish_number(tmp_path, 2)
    spoil(second)
    found = newest_build(tmp_path)
    assert isinstance(found, Published)
    assert found.path == str(first.resolve())
    found.close()
    spoil(first)
    assert newest_build(tmp_path) == NoBuild("unreadable")
    with (
        pytest.raises(SettingError, match=r"current\.duckdb cannot be read"),
        open_published(tmp_path),
    ):
        pass


def test_the_build_that_current_stands_for_wins_over_a_newer_file(tmp_path: Path) -> None:
    first = publish_number(tmp_path, 1)
    publish_number(tmp_path, 2)
    link = tmp_path / "link"
    link.symlink_to(first.name)
    link.replace(tmp_path / "current.duckdb")
    found = newest_build(tmp_path)
    assert isinstance(found, Published)
    assert found.facts.build_id == "id_1"
    found.close()


def test_without_a_build_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Run `dbt build` first"), open_published(tmp_path):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine as select 1",
        "copy (select 1) to 'out.csv'",
        "select * from read_text('pyproject.toml')",
        "set memory_limit = '8GB'",
        "attach 'other.duckdb'",
    ],
)
def test_a_reader_can_only_read(tmp_path: Path, statement: str) -> None:
    publish_number(tmp_path, 1)
    with open_published(tmp_path) as published, pytest.raises(duckdb.Error):
        published.table(statement)


def test_one_open_build_serves_many_threads(tmp_path: Path) -> None:
    publish_number(tmp_path, 5)
    with open_published(tmp_path) as published, ThreadPoolExecutor(8) as pool:
        counts = pool.map(
            lambda i: published.rows(f"select {i} as i, count(*) as n from core.things"), range(64)
        )
        assert [rows[0] for rows in counts] == [{"i": i, "n": 5} for i in range(64)]


def test_a_table_of_another_version_is_a_setting_error(tmp_path: Path) -> None:
    publish_number(tmp_path, 1)
    with (
        open_published(tmp_path) as published,
        pytest.raises(SettingError, match="earlier version"),
    ):
        published.rows("select colour from core.things")


def test_the_note_of_the_last_build_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert files.last_build(tmp_path) is None
    files.note_outcome(tmp_path, 900, ["unique_things"])
    found = files.last_build(tmp_path)
    assert found is not None
    assert (found.is_published, found.failed, found.steps) == (
        False,
        ("unique_things",),
        900,
    )
    assert found.ended_at.tzinfo is UTC
    # A note of an earlier version has no zone, and means UTC.
    (tmp_path / "last_build.json").write_text(
        '{"ended_at": "2026-11-16T04:00:00", "is_published": true, "failed": [], "steps": 3}'
    )
    found = files.last_build(tmp_path)
    assert found is not None
    assert found.ended_at == datetime(2026, 11, 16, 4, tzinfo=UTC)


def imports_of(path: Path) -> set[str]:
    """Top-level packages that a module imports anywhere, also inside of functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_nothing_below_the_pages_imports_streamlit() -> None:
    # `usage-vs-revenue serve` alone starts the dashboard, on the port of the API
    modules = {path for room in ("pipelines", "demo") for path in (ROOT / room).rglob("*.py")}
    modules.remove(ROOT / "pipelines" / "api" / "server.py")
    assert [str(path) for path in modules if {"streamlit", "dashboards"} & imports_of(path)] == []


def test_what_a_build_is_on_disk_needs_no_dbt() -> None:
    published = ROOT / "pipelines" / "published"
    modules = [path for path in published.rglob("*.py") if path.name != "dbt_plugin.py"]
    assert [str(path) for path in modules if "dbt" in imports_of(path)] == []
