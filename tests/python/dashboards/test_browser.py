"""The pages in a real Chromium: no console error, no outside request, both themes, 390 pixels."""

from __future__ import annotations

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from support.published import HOSTILE_NAMES, PublishedDir, hostile_rows

pytestmark = pytest.mark.page

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong

ROOT = Path(__file__).parents[3]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ADDRESSES = ("", "data")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        reason = "no Chromium: install Debian's package `chromium` to run the page tests"
        if os.environ.get("REQUIRE_CHROMIUM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
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
            ],
        )
        yield opened
        opened.close()


@dataclass
class Server:
    """A running dashboard, and the folder whose current build it shows."""

    url: str
    published: PublishedDir
    builds: int = 0

    def publish(self, *statements: str, filled: bool = True) -> None:
        """Publish a build under a name that this server has not seen."""
        self.builds += 1
        self.published.publish(f"{self.builds:04}", *statements, filled=filled)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    published = PublishedDir(folder / "published")
    published.path.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "dashboards/app.py",
             "--server.headless=true", f"--server.port={port}"],
            cwd=ROOT,
            env={**os.environ, "PUBLISHED_DIR": str(published.path)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(f"http://127.0.0.1:{port}", published)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer from {url}")


@dataclass
class Visit:
    """A viewer's window, and all that it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, url: str, title: str) -> None:
        self.page.goto(url)
        expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Wait until the app has finished its run and drawn what it sent."""
        self.page.wait_for_function(
            "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState"
            " === 'notRunning'",
            timeout=30_000,
        )
        self.page.wait_for_timeout(500)

    def assert_clean(self, server: Server) -> None:
        assert self.errors == []
        assert self.hosts == {urlsplit(server.url).netloc}


def _visit(context: BrowserContext) -> Visit:
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
    page.on("websocket", lambda socket: visit.hosts.add(urlsplit(socket.url).netloc))
    return visit


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield _visit(context)
    context.close()


def _title(address: str) -> str:
    return "Data" if address == "data" else "Overview"


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_published(server: Server, visit: Visit, address: str) -> None:
    (server.published.path / "current.duckdb").unlink(missing_ok=True)
    visit.open(f"{server.url}/{address}", "Nothing is published yet")
    expect(visit.page.get_by_text("dbt build")).to_be_visible()
    visit.assert_clean(server)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_empty_build(server: Server, visit: Visit, address: str) -> None:
    server.publish(filled=False)
    visit.open(f"{server.url}/{address}", _title(address))
    assert visit.page.get_by_text("could not be shown").count() == 0
    visit.assert_clean(server)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_filled_build(
    server: Server, browser: Browser, address: str, width: int, theme: str
) -> None:
    server.publish()
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if theme == "dark" else "light",
    )
    visit = _visit(context)
    visit.open(f"{server.url}/{address}", _title(address))
    if not address:
        expect(
            visit.page.get_by_test_id("stPlotlyChart").first.locator("svg.main-svg").first
        ).to_be_visible()
    background = visit.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (background == "rgb(255, 255, 255)") == (theme == "light")
    too_wide = visit.page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(one => one.scrollWidth - one.clientWidth)"
    )
    assert too_wide == [0, 0]
    visit.assert_clean(server)
    context.close()


def test_filters_stand_in_the_address_and_come_back_from_it(
    server: Server, visit: Visit, browser: Browser
) -> None:
    server.publish()
    visit.open(server.url, "Overview")
    cards = visit.page.get_by_test_id("stMetricValue")
    month = cards.all_inner_texts()
    visit.page.get_by_role("radio", name="7d").click()
    expect(cards.nth(2)).not_to_have_text(month[2])
    visit.settle()
    week = cards.all_inner_texts()
    assert "range=7d" in visit.page.url
    with browser.new_context() as other:
        pasted = _visit(other)
        pasted.open(visit.page.url, "Overview")
        expect(pasted.page.get_by_test_id("stMetricValue")).to_have_text(week)
    visit.assert_clean(server)


def test_a_new_publish_appears_by_itself(server: Server, visit: Visit) -> None:
    server.publish()
    visit.open(server.url, "Overview")
    requests = visit.page.get_by_test_id("stMetricValue").nth(2)
    expect(requests).to_have_text("209,240")
    server.publish(
        "insert into product.usage_by_endpoint_day values ('2026-11-14', '/new', 1, 0, false)",
    )
    expect(requests).to_have_text("209,241")
    visit.assert_clean(server)


def test_the_download_equals_the_mart_and_runs_nothing(server: Server, visit: Visit) -> None:
    server.publish(hostile_rows())
    visit.open(f"{server.url}/?range=7d", "Overview")
    visit.page.get_by_role("button", name="Data").first.click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert rows[0] == ["date", "series", "value", "is_provisional"]
    assert ["2026-11-14", HOSTILE_NAMES[0], "9000.000000000", "False"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    visit.assert_clean(server)


@pytest.mark.parametrize("address", ADDRESSES)
def test_hostile_names_do_nothing(server: Server, visit: Visit, address: str) -> None:
    server.publish(hostile_rows())
    page = visit.page
    visit.open(f"{server.url}/{address}", _title(address))
    if not address:
        # the legend, and what the pointer shows over a bar
        legend = page.get_by_test_id("stPlotlyChart").first.locator(".legendtext")
        expect(legend.first).to_be_visible()
        shown = " ".join(legend.all_text_contents())
        assert '<a href="http://evil.test/b">click</a>' in shown
        bar = page.get_by_test_id("stPlotlyChart").first.locator(".bars .point path").last
        bar.hover(force=True)
        page.get_by_role("radio", name="Table").first.click()
        visit.settle()
    assert page.locator("a[href*='evil']").count() == 0
    assert page.locator("img[src*='evil']").count() == 0
    assert page.evaluate("window.pwned") is None
    visit.assert_clean(server)
