"""Loads in this process (fast), and loads that are killed in one of their own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from pipelines.console import Reporter
from pipelines.run import run
from support.commands import ROOT

#: Raw tables that differ from run to run.
RECORDS = ("syncs", "sync_endpoints")
#: Columns that do.
RUN_COLUMNS = ("_dlt_load_id", "_version_id", "_observed_at", "_sequence")


def more(*values: object) -> Any:
    """Further values of parameters, which only `make test-faults` tries."""
    return pytest.param(*values, marks=pytest.mark.faults)


@dataclass
class Loads:
    """A warehouse and the settings to load it with."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    settings: dict[str, str] = field(default_factory=dict)
    shown: str = ""

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def working_folder(self) -> Path:
        return self.folder / ".warehouse_pipelines"

    def environment(self) -> dict[str, str]:
        return {
            "WAREHOUSE_PATH": str(self.warehouse),
            "RUNTIME__REQUEST_BACKOFF_FACTOR": "0",
            "RUNTIME__REQUEST_MAX_ATTEMPTS": "3",
            "PII_HASH_KEY": "a key of the test",
            **self.settings,
        }

    def load(self, *names: str, expect: int = 0, full_refresh: bool = False) -> str:
        """Run; returns everything a person would have seen."""
        for name, value in self.environment().items():
            self.monkeypatch.setenv(name, value)
        stream = io.StringIO()
        console = Console(file=stream, width=240)
        code = run(names, full_refresh=full_refresh, reporter=Reporter(console, console))
        self.shown = stream.getvalue()
        assert code == expect, self.shown
        return self.shown

    def killed(self, script: str, *arguments: str) -> None:
        """Run a script that starts a load and kills its own process; fails if it ends otherwise."""
        done = self.process(script, *arguments)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    def process(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a process of its own."""
        return subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={**os.environ, **self.environment(), "PYTHONPATH": str(ROOT / "tests/python")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every raw table's trusted rows, sorted, without what differs from run to run."""
        tables = self.rows(
            "select schema_name, table_name from duckdb_tables() where schema_name like 'raw_%' "
            "and schema_name <> 'raw_sources' and table_name not like '\\_%' escape '\\' "
            "and table_name not in "
            f"{RECORDS} order by all"
        )
        return {
            f"{schema}.{table}": self.rows(
                f"select columns(lambda name: name not in {RUN_COLUMNS}) "
                f"from {schema}.{table} where _dlt_load_id in "
                f"(select load_id from {schema}._dlt_loads where status = 0) order by all"
            )
            for schema, table in tables
        }

    def check_records(self) -> None:
        """Every complete load is noted once, with one row of `syncs`."""
        schemas = self.rows("select distinct schema_name from duckdb_tables() "
                            "where table_name = '_dlt_loads'")  # fmt: skip
        for (schema,) in schemas:
            loads = f"select load_id from {schema}._dlt_loads"
            [(noted, ids)] = self.rows(f"select count(*), count(distinct load_id) from ({loads})")
            assert noted == ids
            assert self.rows(
                f"select count(*) from {schema}.syncs where _dlt_load_id in ({loads})"
            ) == [(noted,)]


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loads:
    """A warehouse of its own, without any source."""
    for name in os.environ:
        if name.startswith(("SOURCES__", "AS_OF")):
            monkeypatch.delenv(name)
    return Loads(tmp_path, monkeypatch)
