"""The dashboard's server: pages and filter changes, alone and with ten viewers; bytes per page.

Measured from the message that asks for a page run to the message that ends it, over the same
websocket that browsers use, on a published file of 10,000 customers (`--small`: 300). The
alternative is Streamlit's empty app on the same machine at the same time.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.measure import ROOT
from benchmarks.published import PublishedDir

VIEWERS: Final = 10
MOST_MS: Final = 300
#: Seconds that a viewer looks at a page before asking for the next, at least and at most.
LOOKS: Final = (1.0, 3.0)

PAGES: Final = (
    "",
    "revenue",
    "retention",
    "ai-cost",
    "profitability",
    "usage",
    "customers",
    "customer",
    "alerts",
    "data",
    "sql",
)
_QUERIES: Final = {"customer": "customer=cus_17"}
_FILTERS: Final = ("range=90d&grain=week", "range=30d&grain=day", "range=12m&currency=EUR")

_EMPTY_APP: Final = "import streamlit as st\n\nst.write('empty')\n"


@dataclass(frozen=True)
class Run:
    """One page run: its page, milliseconds on the server's side of the socket, bytes sent."""

    page: str
    milliseconds: float
    size: int


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Measure pages warm, filter changes, ten viewers at once; then the empty app."""
    customers = 300 if small else 10_000
    published = scratch / "published"
    published.mkdir()
    file = PublishedDir(published, customers).publish("bench")
    yield f"published file of {customers:,} customers: {file.stat().st_size / 2**20:,.0f} MiB"
    with _served(ROOT / "dashboards" / "app.py", {"PUBLISHED_DIR": str(published)}) as url:
        first = asyncio.run(_visit(url, PAGES))
        yield _line("first paint of each page, one viewer, nothing cached", first)
        warm = asyncio.run(_visit(url, PAGES * 5))
        yield _line("pages, one viewer, warm", warm)
        changes = asyncio.run(_change_filters(url))
        yield _line("filter change, one viewer", changes)
        crowd = asyncio.run(_crowd(url))
        yield _line(f"pages and filters, {VIEWERS} viewers at once", crowd, MOST_MS)
        for page in PAGES:
            own = [each for each in warm if each.page == page]
            yield (
                f"  {page or 'overview':14}{_percentile(own, 0.5):6.0f} ms median,"
                f" {_percentile(own, 0.95):6.0f} ms p95, {max(each.size for each in own):9,} bytes"
            )
    empty = scratch / "empty.py"
    empty.write_text(_EMPTY_APP)
    with _served(empty, {}) as url:
        bare = asyncio.run(_visit(url, ("",) * 30))
    yield _line("Streamlit's empty app, warm", bare[5:])
    ratio = _percentile(warm, 0.5) / _percentile(bare[5:], 0.5)
    yield f"median page over the empty app: {ratio:.1f}"


def _percentile(runs: Sequence[Run], share: float) -> float:
    times = sorted(each.milliseconds for each in runs)
    return times[min(len(times) - 1, int(len(times) * share))]


def _line(what: str, runs: Sequence[Run], most: float | None = None) -> str:
    limit = "" if most is None else f" (at most {most:g})"
    return (
        f"{what}: median {_percentile(runs, 0.5):.0f} ms, p95 {_percentile(runs, 0.95):.0f} ms"
        f"{limit}, {statistics.mean(each.size for each in runs):,.0f} bytes, {len(runs)} runs"
    )


async def _ask(socket_: websockets.ClientConnection, page: str, query: str) -> Run:
    """Ask for a page run and read until it has ended."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    started = time.perf_counter()
    await socket_.send(asked.SerializeToString())
    size = 0
    while True:
        data = await socket_.recv()
        size += len(data)
        message = ForwardMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if message.WhichOneof("type") == "script_finished":
            break
    return Run(page, (time.perf_counter() - started) * 1000, size)


def _connect(url: str) -> websockets.connect:
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    return websockets.connect(
        address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
    )


async def _visit(url: str, pages: Sequence[str]) -> list[Run]:
    async with _connect(url) as viewer:
        return [await _ask(viewer, page, _QUERIES.get(page, "")) for page in pages]


async def _change_filters(url: str) -> list[Run]:
    """The page at hand again with other filters, each kept warm by one run before."""
    found = []
    for page in PAGES:
        for round_ in range(2):
            for filters in _FILTERS:
                async with _connect(url) as viewer:
                    await _ask(viewer, page, _QUERIES.get(page, ""))
                    changed = await _ask(viewer, page, filters)
                if round_:
                    found.append(changed)
    return found


async def _viewer(url: str, seed: int, pages: int) -> list[Run]:
    chance = random.Random(seed)
    found = []
    async with _connect(url) as viewer:
        for _ in range(pages):
            await asyncio.sleep(chance.uniform(*LOOKS))
            page = chance.choice(PAGES)
            query = chance.choice(("", *_FILTERS)) or _QUERIES.get(page, "")
            found.append(await _ask(viewer, page, query))
    return found


async def _crowd(url: str, pages: int = 20) -> list[Run]:
    seen = await asyncio.gather(*(_viewer(url, seed, pages) for seed in range(VIEWERS)))
    return [each for viewer in seen for each in viewer]


@contextmanager
def _served(script: Path, settings: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script),
         "--server.headless=true", f"--server.port={port}"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/_stcore/health")
            yield url
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {url}")
