"""The demo company, loaded and built once for all tests that read its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import DemoParameters, DemoServer, generate_company
from demo.making import DemoCompany, move_clock
from demo.tour import VENDORS_LEFT_OUT, demo_settings, whole_settings
from support.commands import Project


@dataclass
class DemoRun:
    """A company of its own behind a running server, and the project that loads it."""

    company: DemoCompany
    server: DemoServer
    project: Project

    def move_clock(self, clock: str) -> None:
        """Let time pass for vendors, event files and the project alike."""
        move_clock(self.company, clock)
        self.server.clock = clock
        self.project.settings["AS_OF"] = clock


@contextmanager
def demo_run(folder: Path, parameters: DemoParameters, *, whole: bool = False) -> Iterator[DemoRun]:
    """Generate a company into `folder` and serve it; nothing is loaded yet.

    whole: with every vendor that it deals with, whose models take longer to build.
    """
    company = generate_company(folder / "company", parameters)
    with DemoServer(company.store, clock=parameters.as_of) as server:
        settings = (whole_settings if whole else demo_settings)(company, server.url)
        if whole:
            settings["LEAVE_OUT_VENDORS"] = VENDORS_LEFT_OUT
        project = Project(folder, settings, stays_open=True)
        yield DemoRun(company, server, project)
