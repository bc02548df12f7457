"""The project's commands as a user runs them: in a process of their own, with settings as given."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4
from zlib import crc32

import duckdb
import yaml
from rich.console import Console

from pipelines.console import Reporter
from pipelines.run import run
from support.warm_dbt import WarmDbt
from support.warm_scripts import WarmScripts

ROOT = Path(__file__).resolve().parents[3]
#: Where dbt keeps what it parsed, and a link to the project whose turn it is. dbt parses everything
#: anew wherever the warehouse's path is another, so the tests of a process share one.
SHARED = Path(tempfile.mkdtemp(prefix="dbt_"))
#: What the warm dbts of all workers of a test run parse: each choice of vendors once.
PARSED = Path(
    tempfile.gettempdir(), f"dbt_{os.environ.get('PYTEST_XDIST_TESTRUNUID', uuid4().hex)}"
)
#: A warm dbt for each choice of vendors.
WARM_DBT: dict[str, WarmDbt] = {}
WARM_SCRIPTS = WarmScripts(ROOT)
#: Vendors that a project builds only where its settings name one of them.
_VENDORS = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
FURTHER_VENDORS = sorted(
    {*_VENDORS["billing_vendors"], *_VENDORS["cost_vendors"]} - {"stripe", "openai"}
)
#: The selector `inner_tests`, for builds of a part, which cannot name a selector.
INNER_TESTS = (
    "path:models/staging,test_type:generic",
    "path:models/intermediate,test_type:generic",
)
#: The warm dbt of the last project with models of its own, by its target folder.
OWN_WARM_DBT: dict[Path, WarmDbt] = {}


@dataclass
class Project:
    """A warehouse of its own in a temporary folder, and the commands run on it.

    Attributes:
        folder: holds the warehouse, the published builds and dbt's target.
        settings: environment names -> values, added to every command.
        root: the checkout that commands run in.
        stays_open: `rows` leaves the warehouse open until the next command. Opening it takes
            longer than most questions; meanwhile nobody else may write.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    root: Path = ROOT
    stays_open: bool = False
    _reader: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def target(self) -> Path:
        """dbt's target folder: shared by all projects with the models of the same vendors."""
        if self.root != ROOT:
            return self.root.parent / "target"
        return SHARED / f"target_{crc32(self.vendors_left_out.encode()):08x}"

    @property
    def vendors_left_out(self) -> str:
        """Most tests are about Stripe and OpenAI, and need no models of others."""
        if "LEAVE_OUT_VENDORS" in self.settings:
            return self.settings["LEAVE_OUT_VENDORS"]
        named = " ".join(self.settings).lower()
        kinds = {value for name, value in self.settings.items() if name.endswith("__KIND")}
        is_used = any(f"sources__{one}__" in named or one in kinds for one in FURTHER_VENDORS)
        return "" if is_used else ",".join(FURTHER_VENDORS)

    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SOURCES__", "DLT_", "DBT_", "REPORT_"))
        }
        kept |= {
            "WAREHOUSE_PATH": str(self.warehouse),
            "PUBLISHED_DIR": str(self.published),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_WRITE_JSON": "false",
            "DBT_THREADS": "1",  # two workers test at a time
            "LEAVE_OUT_VENDORS": self.vendors_left_out,
            "COLUMNS": "160",
        }
        return {**kept, **self.settings}

    def _take_turn(self) -> dict[str, str]:
        """Lead the shared path to this project's warehouse; returns the setting that says so."""
        link = SHARED / "project"
        link.unlink(missing_ok=True)
        link.symlink_to(self.folder.resolve())
        return {"WAREHOUSE_PATH": str(link / self.warehouse.name)}

    def command(
        self, *arguments: str, expect: int | None = 0, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a console script of the project's environment; fails unless it exits as expected."""
        self._close()
        environment = self.environment()
        if arguments[0] == "dbt":
            environment |= self._take_turn()
            if "SEEDS_DIR" in self.settings:  # parsed otherwise
                environment["DBT_TARGET_PATH"] = str(self.folder / "target")
        if "DLT_CONFIG_FOLDER" in environment:  # read when dlt is imported
            done = self._cold_run(arguments, environment, timeout)
        else:
            done = WARM_SCRIPTS.run(arguments, environment, self.root, self.folder, timeout)
        return _checked(done, arguments, expect)

    def _cold_run(
        self, arguments: Sequence[str], environment: dict[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        executable = Path(sys.executable).with_name(arguments[0])
        return subprocess.run(
            [str(executable), *arguments[1:]],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def dbt(
        self, *arguments: str, expect: int | None = 0, inner_tests: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """`dbt build`, `run`, `seed` or `test` for the tables it makes, without dbt's start and
        without unit tests, which have a test of their own; with the tests of staging and
        intermediate tables where asked for."""
        if arguments[0] == "build" and "unit_test" not in arguments:
            arguments = (*arguments, "--exclude-resource-type", "unit_test")
            if not inner_tests:
                arguments = (*arguments, "--exclude", *INNER_TESTS)
        if "--vars" in arguments:  # parsed otherwise
            return self.command("dbt", *arguments, expect=expect)
        self._close()
        environment = self.environment() | self._take_turn()
        done = self._warm_dbt().run(arguments, environment, self.folder, self.root)
        return _checked(done, ("dbt", *arguments), expect)

    def _warm_dbt(self) -> WarmDbt:
        if self.target.parent == SHARED:
            name = self.target.name
            return WARM_DBT.setdefault(name, WarmDbt(PARSED / name))
        if self.target not in OWN_WARM_DBT:
            while OWN_WARM_DBT:
                OWN_WARM_DBT.popitem()[1].close()
            OWN_WARM_DBT[self.target] = WarmDbt()
        return OWN_WARM_DBT[self.target]

    def load(self, *names: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """`dlt pipeline run NAME...`"""
        return self.command("dlt", "pipeline", "run", *names, expect=expect)

    def load_here(self, *names: str) -> None:
        """The same load in this process: many of them need no start of their own."""
        self._close()
        stream = io.StringIO()
        console = Console(file=stream, width=240)
        with patch.dict(os.environ, self.environment(), clear=True):
            code = run(names, full_refresh=False, reporter=Reporter(console, console))
        assert code == 0, stream.getvalue()

    def build(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """`dbt build`"""
        return self.command("dbt", "build", *arguments, expect=expect)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        reader = self._reader or duckdb.connect(str(self.warehouse), read_only=True)
        try:
            return reader.execute(sql).fetchall()
        finally:
            self._reader = reader
            if not self.stays_open:
                self._close()

    def _close(self) -> None:
        if self._reader:
            self._reader.close()
        self._reader = None

    def published_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the current published build."""
        with duckdb.connect(str(self.published / "current.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def _checked(
    done: subprocess.CompletedProcess[str], arguments: Sequence[str], expect: int | None
) -> subprocess.CompletedProcess[str]:
    """The ended command; raises AssertionError with its output unless it exited as expected."""
    if expect is not None and done.returncode != expect:
        raise AssertionError(
            f"{' '.join(arguments)} exited with {done.returncode}, not {expect}\n"
            f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        )
    return done
