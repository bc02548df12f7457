"""`usage-vs-revenue refresh`: order, locks and exit codes.

The real steps run end to end (test_demo_company_truth.py loads and builds with the command); here
they only note that they were called.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pipelines import refresh
from pipelines.console import Reporter
from pipelines.errors import AlreadyRunningError
from pipelines.locks import hold, warehouse_lock
from pipelines.warehouses.base import LoadedAccount
from pipelines.warehouses.duckdb_file import DuckDbFile


class Steps:
    """Stand-ins of the three steps, each with the exit code that the test wants."""

    def __init__(self, warehouse: Path) -> None:
        self.warehouse = warehouse
        self.called: list[str] = []
        self.codes = {"load": 0, "build": 0, "alert": 0}
        self.output = io.StringIO()
        self.during_build: Callable[[], None] = lambda: None

    def step(self, name: str) -> int:
        self.called.append(name)
        if name == "build":
            self.during_build()
        return self.codes[name]

    def refresh(self, *, load: bool = True, patience: float = 0.0) -> int:
        console = Console(file=self.output, width=160)
        return refresh.refresh(load=load, patience=patience, reporter=Reporter(console, console))


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps(tmp_path / "warehouse.duckdb")
    monkeypatch.setenv("WAREHOUSE_PATH", str(steps.warehouse))
    monkeypatch.setenv("ALERTS__URLS", "json://127.0.0.1/x")
    monkeypatch.setattr(refresh, "run", lambda *_, **__: steps.step("load"))
    monkeypatch.setattr(refresh, "build", lambda _: steps.step("build"))
    monkeypatch.setattr(refresh, "alert", lambda **_: steps.step("alert"))
    return steps


def test_steps_run_in_order_and_their_time_is_said(steps: Steps) -> None:
    assert steps.refresh() == 0
    assert steps.called == ["load", "build", "alert"]
    for name in steps.called:
        assert f"{name}: done in" in steps.output.getvalue()
    assert steps.refresh(load=False) == 0
    assert steps.called[3:] == ["build", "alert"]


def test_without_an_address_alerts_are_skipped_and_said(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS__URLS", "")
    assert steps.refresh() == 0
    assert steps.called == ["load", "build"]
    assert "ALERTS__URLS" in steps.output.getvalue()


@pytest.mark.parametrize(
    ("failing", "code", "called", "expected"),
    [
        ("load", 1, ["load", "build", "alert"], 1),  # the other sources loaded
        ("load", 2, ["load"], 2),
        ("load", 3, ["load"], 3),
        ("build", 1, ["load", "build", "alert"], 1),  # people hear of the last good build
        ("alert", 1, ["load", "build", "alert"], 1),
    ],
)
def test_a_step_that_fails_does_not_stop_what_can_still_be_done(
    steps: Steps, failing: str, code: int, called: list[str], expected: int
) -> None:
    steps.codes[failing] = code
    assert steps.refresh() == expected
    assert steps.called == called


def test_a_second_refresh_is_refused_and_a_load_during_a_build_too(steps: Steps) -> None:
    found: list[object] = []

    def during() -> None:
        found.append(steps.refresh())
        with (
            pytest.raises(AlreadyRunningError),
            hold(warehouse_lock(steps.warehouse), "busy"),
        ):
            pass

    steps.during_build = during
    assert steps.refresh() == 0
    assert found == [3]
    assert steps.called == ["load", "build", "alert"]


def test_a_build_waits_for_a_load_that_is_going_on_but_not_for_ever(steps: Steps) -> None:
    taken = threading.Event()

    def load_elsewhere() -> None:
        with hold(warehouse_lock(steps.warehouse), "busy"):
            taken.set()
            time.sleep(1)

    for patience, code in ((30.0, 0), (0.0, 3)):
        taken.clear()
        thread = threading.Thread(target=load_elsewhere)
        thread.start()
        assert taken.wait(timeout=30)
        assert steps.refresh(load=False, patience=patience) == code
        thread.join()


def test_a_build_is_dbts_own_with_its_exit_code(
    steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    warehouse = DuckDbFile(tmp_path / "warehouse.duckdb")
    warehouse.note_account(LoadedAccount("paddle_eu", "paddle", None))
    dbt = tmp_path / "dbt"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.delenv("LEAVE_OUT_VENDORS", raising=False)
    for code, expected in ((0, 0), (1, 1), (2, 2)):
        dbt.write_text(f'#!/bin/sh\necho "$@ $LEAVE_OUT_VENDORS" >> {tmp_path}/said\nexit {code}\n')
        dbt.chmod(0o755)
        assert refresh.build(warehouse) == expected
    said = (tmp_path / "said").read_text().splitlines()
    assert {line.split()[0] for line in said} == {"build"}
    left_out = said[0].split()[1].split(",")
    assert "recurly" in left_out
    assert "paddle" not in left_out
    monkeypatch.setenv("LEAVE_OUT_VENDORS", "focus")
    refresh.build(warehouse)
    assert (tmp_path / "said").read_text().splitlines()[-1] == "build focus"
