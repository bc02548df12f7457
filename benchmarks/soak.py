"""Ten viewers, an API client at 50 a second and a publish a minute: memory, handles, failures.

Ten minutes (`--small`: 75 seconds, a publish each 6 seconds) of `usage-vs-revenue serve`. Memory
and open handles are those of the server's process; they must stay where they are once as many
builds were published as are held.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.clients import Answers, steady
from benchmarks.measure import ROOT
from benchmarks.published import PublishedDir
from pipelines.api.keys import KeyStore
from pipelines.published.files import build_files
from pipelines.published.writer import remove_old_builds

VIEWERS: Final = 10
PER_SECOND: Final = 50
PAGES: Final = (
    "", "revenue", "retention", "ai-cost", "profitability", "usage", "customers", "alerts", "data",
)  # fmt: skip
PATHS: Final = (
    "/api/v1/features", "/api/v1/dashboard", "/api/v1/timeseries", "/api/v1/health",
    "/api/v1/customers", "/api/v1/llm/costs", "/api/v1/analytics/revenue/mrr",
)  # fmt: skip
_LOOKS: Final = (1.0, 3.0)
_SAMPLE_EVERY: Final = 1.0
#: What a page says that could not be shown (`dashboards.components.states`).
_FAILED: Final = b"This page could not be shown"
_UNPUBLISHED: Final = (b"Nothing is published yet", b"The published build cannot be read")


@dataclass
class Soak:
    """What was seen: memory in MiB and open handles over time, pages, answers, failures."""

    answers: Answers = field(default_factory=Answers)
    pages: int = 0
    failed: list[str] = field(default_factory=list)
    publishes: int = 0
    memory: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)

    def growth(self) -> tuple[float, float]:
        """MiB and handles by which the last third is above the middle one, by their medians."""
        return _rise(self.memory), _rise(self.handles)


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Soak it and report."""
    seconds, every = (75.0, 6.0) if small else (600.0, 60.0)
    done = soak(scratch, seconds, every, customers=300)
    memory, handles = done.growth()
    yield (
        f"{seconds:.0f} s, {done.publishes} publishes, {VIEWERS} viewers: {done.pages} pages, "
        f"{len(done.answers.milliseconds):,} answers ({done.answers.per_second:.0f} a second, "
        f"median {done.answers.percentile(0.5):.1f} ms, p95 {done.answers.percentile(0.95):.0f} ms)"
    )
    yield f"failed pages and answers: {len(done.failed)} (at most 0)"
    yield (
        f"memory {statistics.median(done.memory):.0f} MiB, last third over the middle one "
        f"{memory:+.0f} MiB; open handles {statistics.median(done.handles):.0f}, {handles:+.0f}"
    )
    yield from done.failed[:5]


def soak(folder: Path, seconds: float, publish_every: float, customers: int) -> Soak:
    """Serve a folder of builds to viewers and a client while builds are published.

    Args:
        folder: an empty one.
        seconds: how long.
        publish_every: seconds between two publishes.
        customers: size of the company.
    """
    published = PublishedDir(folder / "published", customers)
    published.path.mkdir()
    published.publish("000000")
    _, key = KeyStore(folder / "api_keys.json").create("soak", ["metrics:read", "customers:read"])
    settings = {
        "PUBLISHED_DIR": str(published.path),
        "API__KEYS_PATH": str(folder / "api_keys.json"),
        "API__AUDIT_LOG": str(folder / "audit.jsonl"),
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
    }
    with served(settings) as (url, process):
        return asyncio.run(_all(url, process, published, key, seconds, publish_every))


@contextmanager
def served(settings: Mapping[str, str], *arguments: str) -> Iterator[tuple[str, int]]:
    """`usage-vs-revenue serve` on a free port: its address and its process."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout
            found = re.search(r"http://[^/ ]+:\d+", process.stdout.readline())
            assert found, "the server did not start"
            yield found[0], process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


async def _all(
    url: str, process: int, published: PublishedDir, key: str, seconds: float, every: float
) -> Soak:
    done = Soak()
    ends = time.monotonic() + seconds
    headers = {"authorization": f"Bearer {key}"}

    def is_over() -> bool:
        return time.monotonic() >= ends

    async def publish() -> None:
        while not is_over():
            await asyncio.sleep(every)
            done.publishes += 1
            await asyncio.to_thread(published.publish, f"{done.publishes:06}")
            remove_old_builds(published.path)

    async def sample() -> None:
        while not is_over():
            await asyncio.sleep(_SAMPLE_EVERY)
            done.memory.append(memory_of(process))
            done.handles.append(len(os.listdir(f"/proc/{process}/fd")))  # noqa: PTH208

    client = asyncio.create_task(steady(url, PATHS, headers, PER_SECOND, is_over))
    await asyncio.gather(
        client,
        publish(),
        sample(),
        *(_viewer(url, number, done, ends) for number in range(VIEWERS)),
    )
    done.answers = client.result()
    done.failed += done.answers.failed
    assert build_files(published.path)
    return done


async def _viewer(url: str, number: int, done: Soak, ends: float) -> None:
    """One viewer who opens page after page and now and then comes anew."""
    chance = random.Random(number)
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    while time.monotonic() < ends:
        async with websockets.connect(
            address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            open_timeout=300,  # a busy machine is slow, not wrong
            ping_interval=None,
        ) as viewer:
            for _ in range(10):
                await asyncio.sleep(chance.uniform(*_LOOKS))
                if time.monotonic() >= ends:
                    return
                page = chance.choice(PAGES)
                failure = await _look_at(viewer, page)
                done.pages += 1
                if failure:
                    done.failed.append(f"page {page or 'overview'}: {failure}")


async def _look_at(viewer: websockets.ClientConnection, page: str) -> str:
    """Open a page and read until it is drawn; what failed on it, empty where nothing did."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    await viewer.send(asked.SerializeToString())
    failure = ""
    while True:
        data = await viewer.recv()
        data = data if isinstance(data, bytes) else data.encode()
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.WhichOneof("type") == "delta":
            if message.delta.new_element.WhichOneof("type") == "exception":
                failure = message.delta.new_element.exception.message
            elif _FAILED in data or any(one in data for one in _UNPUBLISHED):
                failure = "could not be shown"
        if message.WhichOneof("type") == "script_finished":
            return failure


def memory_of(process: int) -> float:
    """Resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _rise(values: list[float] | list[int]) -> float:
    third = max(1, len(values) // 3)
    return statistics.median(values[-third:]) - statistics.median(values[third : 2 * third])
