"""What an attack found, each kind closed: see SECURITY.md."""

from __future__ import annotations

import ast
import csv
import importlib.util
import io
import json
import os
import stat
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from rich.console import Console

from dashboards.components.downloads import csv_bytes, xlsx_bytes
from pipelines.alerts.transitions import Alert, message
from pipelines.console import Reporter
from pipelines.errors import LoadError, SettingError, UnreachableError
from pipelines.files import without_password
from pipelines.published.dbt_plugin import make_private
from pipelines.published.questions.adhoc import Rows, run, told_apart
from pipelines.published.reader import NoBuild, Published, newest_build, open_published
from pipelines.warehouses.duckdb_file import DuckDbFile
from support.commands import ROOT


def build(folder: Path, day: int) -> Path:
    """A small published build."""
    folder.mkdir(exist_ok=True)
    path = folder / f"build_2026110{day}T000000_0000000{day}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            create schema monitoring; create schema finance;
            create table monitoring.build as select '2026110{day}T000000_0000000{day}' as build_id,
                timestamp '2026-11-03' as built_at, timestamp '2026-11-03' as as_of,
                'usd' as report_currency, 'UTC' as report_timezone;
            create table finance.days as select {day} as n;
            """
        )
    return path


# -- two columns of one name ------------------------------------------------------------------


def test_columns_of_one_name_stay_under_their_own_headers(tmp_path: Path) -> None:
    published = Published.open(build(tmp_path, 1))
    found = run(
        published,
        "select 1 as n, 'two' as n, date '2026-01-03' as N, 4.50 as x, null as n, true as n_2",
    )
    published.close()
    assert isinstance(found, Rows)
    table = found.answer.table
    assert len({name.lower() for name in table.column_names}) == 6
    header, row = list(csv.reader(io.StringIO(csv_bytes(table).decode())))
    assert header == table.column_names
    assert row == ["1", "two", "2026-01-03", "4.50", "", "True"]
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(table, []))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert all(f'r="{cell}2"' in sheet for cell in "ABCDF")
    assert 'r="E2"' not in sheet  # the null is the fifth, not the last


def test_a_table_with_doubled_names_is_written_by_position() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([Decimal("2.5")])], names=["n", "n"])
    assert csv_bytes(table).decode().splitlines() == ["n,n", "1,2.5"]


def test_names_are_told_apart_without_taking_anothers() -> None:
    assert told_apart(["n", "n_2", "N", "", "n"]) == ["n", "n_2", "N_3", "column_4", "n_4"]


# -- files for their owner only ---------------------------------------------------------------


def test_files_that_others_could_read_are_closed_and_named(tmp_path: Path) -> None:
    warehouse, published, target = (tmp_path / one for one in ("w.duckdb", "published", "target"))
    warehouse.touch()
    warehouse.chmod(0o644)  # whatever mask the tests run under
    kept = build(published, 1)
    kept.chmod(0o444)
    target.mkdir(0o755)
    target.chmod(0o755)
    assert set(make_private(warehouse, published, target)) == {warehouse, kept, target}
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (warehouse, kept, target)]
    assert modes == [0o600, 0o400, 0o700]
    assert make_private(warehouse, published, target) == []


def test_dbts_own_process_writes_for_its_owner_only(tmp_path: Path) -> None:
    """The plugin that every dbt process makes before it opens the warehouse."""
    code = (
        "import os; from dbt.adapters.duckdb.plugins import BasePlugin; os.umask(0o022);"
        "BasePlugin.create('pipelines.published.dbt_plugin', config={});"
        "open('made', 'w').close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env=environment)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


# -- a damaged warehouse ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["text", "cut", "flipped"])
def test_a_damaged_warehouse_is_named_with_the_way_back(tmp_path: Path, how: str) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t as select range as n, n::varchar from range(500000)")
    held = bytearray(path.read_bytes())
    if how == "text":
        held = bytearray(b"not a database" * 1000)
    elif how == "cut":
        held = held[:9000]
    else:
        for place in range(4096, 12288):  # the headers of the file
            held[place] ^= 0xFF
    path.write_bytes(held)
    with pytest.raises(SettingError, match="damaged") as caught, DuckDbFile(path).opened():
        pass
    said = str(caught.value)
    assert "another program" not in said
    assert "readers keep the last one" in said
    assert "loaded anew" in said


def test_a_warehouse_that_is_open_elsewhere_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with (
            pytest.raises(UnreachableError, match="another program"),
            DuckDbFile(path).opened(),
        ):
            pass
        other.communicate(b"")


# -- credentials inside a URL -----------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://someone:{secret}@api.example/v1",
        "postgresql://{secret}@db.example:5432/x",
        "https://api.example/v1?api_key={secret}&day=1",
        "https://api.example/v1?day=1&X-Amz-Signature={secret}",
        "s3://bucket/events?access_token={secret}#x",
    ],
)
def test_a_secret_inside_a_url_is_shown_nowhere(url: str) -> None:
    secret = "hunter2-%40x"
    text = f"BASE_URL is {url.format(secret=secret)}, which cannot be read."
    assert secret not in str(LoadError(text))
    assert secret not in str(SettingError(text))
    said = io.StringIO()
    reporter = Reporter(Console(file=said, width=200), Console(file=said, width=200))
    for show in (reporter.line, reporter.error):
        show(text)
    assert secret not in said.getvalue()
    assert "example" in said.getvalue() or "bucket" in said.getvalue()


def test_what_is_no_secret_stays() -> None:
    for text in (
        "https://api.example/v1/customers?limit=100&starting_after=cus_1",
        "jane@example.com wrote: see https://example.com/a@b",
        "data/warehouse.duckdb",
    ):
        assert without_password(text) == text


# -- a broken link beside a good build --------------------------------------------------------


@pytest.mark.parametrize("how", ["dangling", "broken", "missing"])
def test_readers_fall_back_to_the_newest_build_that_can_be_read(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    for day in (1, 2):
        build(tmp_path, day)
    current = tmp_path / "current.duckdb"
    if how == "dangling":
        current.symlink_to("build_of_yesterday.duckdb")
    elif how == "broken":
        newest = build(tmp_path, 3)
        newest.write_bytes(b"not a database" * 1000)
        current.symlink_to(newest.name)
    with open_published(tmp_path) as published:
        assert published.rows("from finance.days") == [{"n": 2}]
    assert "build_20261102T000000_00000002.duckdb is shown in its place" in caplog.text
    for path in tmp_path.glob("build_*"):
        path.unlink()
    assert isinstance(newest_build(tmp_path), NoBuild)


# -- text out of the data, in messages --------------------------------------------------------


def test_no_bare_domain_becomes_a_link_and_long_names_are_cut() -> None:
    alert = Alert(
        alert_id="margin",
        dimension="customer",
        dimension_value="evil.example/login",
        period_grain="day",
        period_start=date(2026, 11, 1),
        status="open",
        severity="warning",
        audience="finance",
        message="See www.evil.com, EVIL.COM or xn--80ak6aa92e.com now. It cost 12.50 (v2.1). "
        + "z" * 1_000_000,
        sample_size=None,
        first_seen_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    said = message(alert, "fired")
    text = f"{said.title}\n{said.body}"
    for domain in ("evil.com", "EVIL.COM", "evil.example", "80ak6aa92e.com"):
        assert domain not in text
    assert "12.50 (v2.1)" in text
    assert len(text) < 2_000
    assert "…" in text


# -- the first viewers ------------------------------------------------------------------------


def test_all_that_pages_import_is_there_before_the_first_viewers_come() -> None:
    """Several viewers at once met modules that one of them was still importing."""
    wanted = set()
    folders = (ROOT / "dashboards" / name for name in ("app_pages", "panels"))
    for page in (path for folder in folders for path in folder.glob("*.py")):
        for node in ast.walk(ast.parse(page.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted.add(node.module)
                below = {f"{node.module}.{alias.name}" for alias in node.names}
                wanted |= {one for one in below if importlib.util.find_spec(node.module)
                           and (ROOT / f"{one.replace('.', '/')}.py").exists()}  # fmt: skip
    code = "import json, sys, dashboards.app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    there = set(json.loads(done.stdout.splitlines()[-1]))
    assert len(wanted) > 10
    assert not wanted - there


# -- dependencies -----------------------------------------------------------------------------


def test_no_version_of_authlib_with_an_advisory_is_let_in() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    floors = [one for one in listed if one.lower().startswith("authlib")]
    assert floors
    for floor in floors:  # CVE-2025-59420, -61920, -62706, -68158
        version = floor.split(">=")[1].split(",")[0]
        assert tuple(int(one) for one in version.split(".")) >= (1, 6, 6)
