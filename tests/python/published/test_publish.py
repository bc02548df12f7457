"""Publishing: only green builds of the whole project, in one rename, three kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines.published import writer
from pipelines.published.files import BuildFacts
from pipelines.published.writer import Build, PublishedTable, PublishError
from support.commands import ROOT, Project

TABLES = [
    PublishedTable("core", "fct_lines", "One row per line.", {"amount": "What's billed."}),
    PublishedTable("monitoring", "kpis", "One row per metric.", {}),
]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema core; create schema monitoring")
        connection.execute(
            "create table core.fct_lines as select i as id, cast(i as decimal(38, 9)) as amount "
            "from range(5000) as r(i)"
        )
        connection.execute("create view monitoring.kpis as select 1 as value")
        yield connection


def facts(number: int) -> BuildFacts:
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    return BuildFacts(f"id_{number}", clock, clock, "usd", "UTC")


def build(folder: Path, number: int) -> Build:
    return Build(folder / "published", TABLES, facts(number))


def current_id(folder: Path) -> str:
    with duckdb.connect(str(folder / "published" / "current.duckdb"), read_only=True) as reader:
        row = reader.execute("select build_id from monitoring.build").fetchone()
    assert row
    return str(row[0])


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "published").glob("[!.]*"))


def test_a_build_is_copied_with_its_descriptions(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    path = writer.publish(warehouse, build(tmp_path, 1))
    assert files(tmp_path) == ["build_id_1.duckdb", "current.duckdb"]
    assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    with duckdb.connect(str(tmp_path / "published" / "current.duckdb"), read_only=True) as reader:
        assert reader.execute("select count(*), sum(amount) from core.fct_lines").fetchall() == [
            (5000, sum(range(5000)))
        ]
        assert reader.execute("from monitoring.kpis").fetchall() == [(1,)]
        assert reader.execute("select build_id, as_of from monitoring.build").fetchall() == [
            ("id_1", datetime(2026, 1, 1))
        ]
        assert reader.execute(
            "select comment from duckdb_tables() where table_name = 'fct_lines'"
        ).fetchall() == [("One row per line.",)]
        assert reader.execute(
            "select data_type, comment from duckdb_columns() where column_name = 'amount'"
        ).fetchall() == [("DECIMAL(38,9)", "What's billed.")]
        (version,) = reader.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()[0]
        assert version.startswith("v1.5.0")


def test_a_view_is_published_as_a_view_on_the_copied_tables(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute(
        "create view core.fct_doubled as with lines as ("
        'select * from "warehouse"."core"."fct_lines"'
        ") select id, amount * 2 as amount from lines where id > 10"
    )
    view = PublishedTable(
        "core", "fct_doubled", "One row per line.", {"amount": "Twice."}, as_view=True
    )
    writer.publish(warehouse, Build(tmp_path / "published", [*TABLES, view], facts(1)))
    warehouse.execute("delete from core.fct_lines")  # what readers see is the build's own copy
    with duckdb.connect(str(tmp_path / "published" / "current.duckdb"), read_only=True) as reader:
        assert reader.execute("select count(*), min(amount) from core.fct_doubled").fetchall() == [
            (4989, 22)
        ]
        assert reader.execute(
            "select comment from duckdb_views() where view_name = 'fct_doubled'"
        ).fetchall() == [("One row per line.",)]
        assert reader.execute(
            "select comment from duckdb_columns() "
            "where table_name = 'fct_doubled' and column_name = 'amount'"
        ).fetchall() == [("Twice.",)]


def test_three_builds_are_kept_and_the_newest_is_current(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for number in range(1, 6):
        writer.publish(warehouse, build(tmp_path, number))
        assert current_id(tmp_path) == f"id_{number}"
    kept = ["build_id_3.duckdb", "build_id_4.duckdb", "build_id_5.duckdb"]
    assert files(tmp_path) == [*kept, "current.duckdb"]


def test_a_reader_keeps_the_build_it_opened(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    writer.publish(warehouse, build(tmp_path, 1))
    script = (
        "import duckdb, sys; reader = duckdb.connect(sys.argv[1], read_only=True); "
        "print('open', flush=True); sys.stdin.readline(); "
        "print(reader.execute('select build_id, (select count(*) from core.fct_lines) "
        "from monitoring.build').fetchone(), flush=True)"
    )
    path = tmp_path / "published" / "current.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "open\n"
        for number in range(2, 6):  # the reader's own file is gone after this
            writer.publish(warehouse, build(tmp_path, number))
        answer, _ = reader.communicate("\n", timeout=60)
    assert answer == "('id_1', 5000)\n"
    assert current_id(tmp_path) == "id_5"


@pytest.mark.parametrize("step", ["check_draft", "make_current", "remove_old_builds"])
def test_a_killed_build_leaves_the_last_good_one(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection, step: str
) -> None:
    writer.publish(warehouse, build(tmp_path, 1))
    warehouse.execute("checkpoint")
    warehouse.close()
    killed = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        import duckdb
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_publish import build, writer
        writer.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        folder = Path(sys.argv[1])
        writer.publish(duckdb.connect(str(folder / "warehouse.duckdb")), build(folder, 2))
        """
    )
    support = str(ROOT / "tests" / "python")
    done = subprocess.run(
        [sys.executable, "-c", killed, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": support},
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    # After the rename the new build is complete, before it the old one is still there.
    assert current_id(tmp_path) == ("id_2" if step == "remove_old_builds" else "id_1")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as again:
        writer.publish(again, build(tmp_path, 3))
    assert current_id(tmp_path) == "id_3"
    assert not list((tmp_path / "published").glob(".draft_*"))


def test_a_copy_that_differs_is_not_published(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.publish(warehouse, build(tmp_path, 1))
    honest = writer.write_draft

    def lose_a_row(connection: duckdb.DuckDBPyConnection, of: Build) -> dict[str, int]:
        rows = honest(connection, of)
        with duckdb.connect(str(of.draft)) as draft:
            draft.execute("delete from core.fct_lines where id = 7")
        return rows

    monkeypatch.setattr(writer, "write_draft", lose_a_row)
    with pytest.raises(PublishError, match=r"fct_lines.* has 4999 rows in the copy, 5000"):
        writer.publish(warehouse, build(tmp_path, 2))
    assert current_id(tmp_path) == "id_1"


def test_a_log_that_a_writing_client_left_does_no_harm(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    writer.publish(warehouse, build(tmp_path, 1))
    (tmp_path / "published" / "current.duckdb.wal").write_bytes(b"not of this build")
    writer.publish(warehouse, build(tmp_path, 2))
    assert files(tmp_path) == ["build_id_1.duckdb", "build_id_2.duckdb", "current.duckdb"]
    assert current_id(tmp_path) == "id_2"


def test_two_builds_do_not_publish_at_once(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    with (
        writer._single_publisher(folder),
        pytest.raises(PublishError, match="Another build is being published"),
    ):
        writer.publish(warehouse, build(tmp_path, 1))
    assert files(tmp_path) == []


# -- through `dbt build` -----------------------------------------------------------------------


class SmallProject:
    """Two models and a test, with the macros, profile and plugin of the real project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dbt"
        self.commands = Project(folder)
        self.commands.settings["DBT_PROFILES_DIR"] = str(ROOT)
        # A copy: dbt writes compiled files beside sources that lie outside of its project.
        shutil.copytree(ROOT / "macros", self.folder / "macros")
        shutil.copy(ROOT / "selectors.yml", self.folder)
        flags = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["flags"]
        self._write(
            "dbt_project.yml",
            """
            name: usage_vs_revenue
            version: 0.1.0
            profile: usage_vs_revenue
            flags: FLAGS
            on-run-start: ["{{ announce_build() }}"]
            on-run-end: ["{{ publish_build(results) }}", "{{ report_build(results) }}"]
            """.replace("FLAGS", json.dumps(flags)),
        )
        self._write(
            "models/models.yml",
            """
            version: 2
            models:
              - name: fct_things
                description: One row per thing.
                config: {schema: core, materialized: table}
                columns: [{name: thing_id, description: The thing., data_tests: [unique]}]
              - name: fct_events
                description: One row per event.
                config: {schema: core, materialized: table, meta: {publish: false}}
            unit_tests:
              - name: events_have_an_id
                model: fct_events
                given: []
                expect: {rows: [{event_id: 1}]}
            """,
        )
        self._write("models/fct_events.sql", "select 1 as event_id")
        self.things(1, 2)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def add_inner_model_that_fails_its_test(self) -> None:
        self._write(
            "models/staging/staging.yml",
            """
            version: 2
            models: [{name: stg_twice, columns: [{name: id, data_tests: [unique]}]}]
            """,
        )
        self._write("models/staging/stg_twice.sql", "select 1 as id union all select 1")

    def things(self, *ids: int) -> None:
        rows = " union all ".join(f"select {number} as thing_id" for number in ids)
        self._write("models/fct_things.sql", rows)

    def build(self, *arguments: str, expect: int = 0) -> str:
        done = self.commands.command(
            "dbt", "build", "--project-dir", str(self.folder), *arguments, expect=expect
        )
        return done.stdout + done.stderr

    def published(self) -> list[tuple[int]]:
        return self.commands.published_rows("select thing_id from core.fct_things order by 1")


def test_dbt_build_publishes_if_all_of_it_is_green_and_says_so_in_three_lines(
    tmp_path: Path,
) -> None:
    project = SmallProject(tmp_path)
    first, *last = project.build().splitlines()
    assert first.startswith("Running 3 steps. The log is ")
    assert [line.split(" in ")[0] for line in last] == [
        "Done: 2 models, 1 test",
        f"Published: {project.commands.published / 'current.duckdb'}",
        "Nothing needs a look.",
    ]
    log = (project.commands.folder / "logs" / "dbt.log").read_text()
    assert "OK created sql table model core.fct_things" in log
    assert project.published() == [(1,), (2,)]
    tables = project.commands.published_rows(
        "select schema_name || '.' || table_name from duckdb_tables() order by 1"
    )
    assert tables == [("core.fct_things",), ("monitoring.build",)]
    assert project.commands.published_rows(
        "select comment from duckdb_columns() where column_name = 'thing_id'"
    ) == [("The thing.",)]

    project.things(1, 2, 3)
    for part in (["--select", "fct_things"], ["--exclude-resource-type", "test"]):
        assert "Not published: this was a part of the project" in project.build(*part)
    assert "Not published: it was built without rows" in project.build("--empty")
    project.things(1, 2, 2)
    output = project.build(expect=1)
    assert "Got 1 result, configured to fail if != 0" in output
    assert "Done: 2 models; 1 failed in" in output
    assert "Not published: 1 of 3 steps" in output
    assert "Look at: 1 failure (unique_fct_things_thing_id)" in output
    assert project.published() == [(1,), (2,)]
    note = json.loads((project.commands.published / "last_build.json").read_text())
    assert (note["is_published"], note["failed"]) == (False, ["unique_fct_things_thing_id"])

    # A reader in another process does not hold a build up.
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(project.commands.published / "current.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "open\n"
        project.things(4)
        project.build()
        reader.communicate("\n", timeout=60)
    assert project.published() == [(4,)]
    note = json.loads((project.commands.published / "last_build.json").read_text())
    assert (note["is_published"], note["failed"], note["steps"]) == (True, [], 3)

    # What cannot be published makes the command fail, and says why.
    project.commands.settings["PUBLISHED_DIR"] = str(project.commands.warehouse)
    output = project.build(expect=1)
    assert "The build is green but was not published" in output


def test_unit_tests_are_run_by_whoever_asks_for_them_and_publishing_needs_none(
    tmp_path: Path,
) -> None:
    project = SmallProject(tmp_path)
    output = project.build("--selector", "everything", "--log-level", "info")
    assert "2 models, 1 test, 1 unit test in" in output
    assert "OK created sql table model core.fct_things" in output
    assert project.published() == [(1,), (2,)]
    project.things(4)
    assert project.build("--exclude", "test_type:unit", "--quiet") == ""
    assert project.published() == [(4,)]


def test_tests_of_inner_tables_are_run_by_whoever_asks_for_them(tmp_path: Path) -> None:
    project = SmallProject(tmp_path)
    project.add_inner_model_that_fails_its_test()
    assert "3 models, 1 test in" in project.build("--log-level", "info")
    assert project.published() == [(1,), (2,)]
    assert "1 failure (unique_stg_twice_id)" in project.build("--selector", "everything", expect=1)


READER = (
    "import duckdb, sys; reader = duckdb.connect(sys.argv[1], read_only=True); "
    "print('open', flush=True); sys.stdin.readline()"
)
