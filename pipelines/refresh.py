"""`usage-vs-revenue refresh`: load, build, publish, alert, in one command for a scheduler.

One at a time, and never beside a load: a build waits for one that is going on, and one that begins
during a build is told that another run is. A step that fails does not stop what can still be done:
sources that loaded are built, alerts are sent from the last good build, the exit code tells of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipelines.alerts import sending
from pipelines.alerts.command import alert
from pipelines.config import target, warehouse_path
from pipelines.console import Reporter
from pipelines.errors import (
    EXIT_ALREADY_RUNNING,
    EXIT_FAILED,
    EXIT_OK,
    EXIT_WRONG_USE,
    ProjectError,
)
from pipelines.locks import hold
from pipelines.published.server_copy import bring
from pipelines.run import run
from pipelines.sources import SOURCES
from pipelines.warehouses import Warehouse, chosen_warehouse

#: Seconds that a build waits for a load that is going on.
PATIENCE: Final = 900.0
#: Setting that names the vendors whose models a build leaves out.
LEAVE_OUT: Final = "LEAVE_OUT_VENDORS"
#: dbt's own exit codes, given as ours: a failed build, and one that could not begin.
_DBT_CODES: Final = {0: EXIT_OK, 1: EXIT_FAILED}


def refresh(*, load: bool, patience: float, reporter: Reporter) -> int:
    """Run the steps; returns 0 if all went well, else 1 (part of it failed, the next run heals),
    2 (wrong use or settings, nothing done) or 3 (another refresh or load is going on)."""
    path = warehouse_path()
    lock = path.with_name(path.name + ".refresh.lock")
    try:
        warehouse = chosen_warehouse()
        busy = f"Another refresh of {warehouse.describe()} is going on. Wait for it to end."
        with hold(lock, busy):
            return _steps(warehouse, load, patience, reporter)
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code


def _steps(warehouse: Warehouse, load: bool, patience: float, reporter: Reporter) -> int:
    codes = []
    if load:
        codes.append(
            _timed("load", lambda: run([], full_refresh=False, reporter=reporter), reporter)
        )
        if codes[-1] in (EXIT_WRONG_USE, EXIT_ALREADY_RUNNING):
            return codes[-1]
    busy = (
        f"A load of {warehouse.describe()} has been going on for {patience:.0f} seconds. "
        "Try again later."
    )
    with warehouse.hold(busy, patience):
        codes.append(_timed("build", lambda: build(warehouse), reporter))
    if target() != "dev":
        codes.append(_timed("publish", lambda: bring_published(reporter), reporter))
    if sending.urls():
        codes.append(_timed("alert", lambda: alert(dry_run=False, reporter=reporter), reporter))
    else:
        reporter.line(f"alert: skipped, set {sending.SETTING} to be told.")
    return EXIT_FAILED if any(codes) else EXIT_OK


def build(warehouse: Warehouse) -> int:
    """`dbt build` in a process of its own, which gives its memory back; our exit code.

    Models of vendors that were never loaded are left out, unless LEAVE_OUT_VENDORS says which.
    """
    dbt = Path(sys.executable).with_name("dbt")
    environment = {LEAVE_OUT: ",".join(vendors_never_loaded(warehouse)), **os.environ}
    done = subprocess.run([str(dbt), "build"], env=environment, check=False)
    return _DBT_CODES.get(done.returncode, EXIT_WRONG_USE)


def vendors_never_loaded(warehouse: Warehouse) -> list[str]:
    """Names of the sources that the warehouse holds no account of; none where it cannot tell."""
    try:
        loaded = {account.kind for account in warehouse.accounts()}
    except ProjectError:
        return []  # dbt says what is wrong with the warehouse
    return [source.name for source in SOURCES if source.name not in loaded]


def bring_published(reporter: Reporter) -> int:
    """Bring the build that a server published into PUBLISHED_DIR; our exit code."""
    try:
        path = bring()
    except ProjectError as error:
        reporter.error(str(error))
        return error.exit_code
    reporter.line(f"publish: {path or 'nothing is newer than what is there'}")
    return EXIT_OK


def _timed(name: str, step: Callable[[], int], reporter: Reporter) -> int:
    started = time.monotonic()
    code = step()
    verdict = "done" if code == EXIT_OK else f"failed with exit code {code}"
    reporter.line(f"{name}: {verdict} in {time.monotonic() - started:.0f} s")
    return code
