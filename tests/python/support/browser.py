"""A running dashboard, and a viewer in a real Chromium who notes all that goes wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from support.commands import ROOT
from support.ports import free_port

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

#: Address -> title of every page.
PAGES = {
    "": "Overview",
    "revenue": "Revenue",
    "retention": "Retention",
    "ai-cost": "AI cost",
    "profitability": "Profitability",
    "what-if": "What if",
    "usage": "Usage",
    "customers": "Customers",
    "customer?customer=cus_1": "Customer",
    "alerts": "Alerts",
    "data": "Data",
    "sql": "SQL",
}


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """The browser; skips where there is none, unless REQUIRE_CHROMIUM=1 forbids that."""
    if not Path(CHROMIUM).exists():
        reason = "no Chromium: install Debian's package `chromium` to run the page tests"
        if os.environ.get("REQUIRE_CHROMIUM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                *options,
            ],
        )
        yield opened
        opened.close()


@contextmanager
def dashboard(
    published: Path,
    log: Path,
    settings: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    port: int = 0,
) -> Iterator[str]:
    """Serve the builds of a folder; yields the address.

    Args:
        published: the folder.
        log: takes what the server says.
        settings: further environment.
        options: further options of `streamlit run`.
        port: where to listen; 0 for any that is free.
    """
    port = port or free_port()
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboards" / "app.py"),
             "--server.headless=true", f"--server.port={port}", *options],
            cwd=ROOT,
            env={**os.environ, "PUBLISHED_DIR": str(published), **(settings or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/_stcore/health", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(url: str, log: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer from {url}: {log.read_text()[-2000:]}")


@dataclass
class Visit:
    """A viewer's window, and all that it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, url: str, title: str) -> None:
        """Open an address and wait until the page of that title is drawn."""
        self.page.goto(url, timeout=120_000)  # a busy machine is slow, not wrong
        heading = self.page.get_by_role("heading", name=title, exact=True, level=1)
        expect(heading).to_be_visible(timeout=120_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the app has finished its run and drawn what it sent."""
        self.page.wait_for_function(
            "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState"
            " === 'notRunning' && !document.querySelector('[data-testid=stSkeleton]')",
            timeout=120_000,
        )
        self.page.wait_for_timeout(300)

    def assert_clean(self, url: str) -> None:
        """No error in the console, and nobody was asked but the server."""
        assert self.errors == []
        assert self.hosts == {urlsplit(url).netloc}

    def assert_fits(self) -> None:
        """Nothing makes the page wider than the window."""
        too_wide = self.page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(one => one.scrollWidth - one.clientWidth)"
        )
        assert too_wide == [0, 0]


def visit_in(context: BrowserContext) -> Visit:
    """A new window of a context, watched."""
    visit = Visit(context.new_page())
    page = visit.page
    page.on(
        "console", lambda said: visit.errors.append(said.text) if said.type == "error" else None
    )
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    context.on(
        "request",
        lambda asked: (
            visit.hosts.add(urlsplit(asked.url).netloc)
            if asked.url.startswith(("http", "ws"))
            else None
        ),
    )
    page.on("websocket", lambda opened: visit.hosts.add(urlsplit(opened.url).netloc))
    return visit
