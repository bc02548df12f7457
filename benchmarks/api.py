"""The HTTP API: answers a second, kept and not, beside a plain Starlette handler on the same build.

The plain handler serves the same bytes, and asks the same questions where nothing is kept, with the
same server settings, one after the other in one run. Pages beside 200 requests a second are beside
themselves alone; 200,000 rows as Arrow beside DuckDB's own Arrow written to a file.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.clients import Answers, connected, hammer, lines, steady
from benchmarks.dashboard import PAGES, _visit
from benchmarks.measure import ROOT
from benchmarks.published import PublishedDir
from benchmarks.soak import memory_of, served
from pipelines.api.keys import KeyStore

CLIENTS: Final = 8
#: What is promised on two cores that nobody else uses.
LEAST_PER_SECOND: Final = 5_000
MOST_MS: Final = 5
MOST_UNCACHED: Final = 1.3
MOST_RERUNS: Final = 1.5
BESIDE_PER_SECOND: Final = 200
ARROW_ROWS: Final = 200_000
MOST_ARROW_SECONDS: Final = 1.0

_KEPT: Final = "/api/v1/features"
_ASKED: Final = "/api/v1/timeseries"
_FIRST: Final = date(2025, 8, 1)

#: The plain handler: bytes of a file, or the question asked anew and written by orjson.
PLAIN: Final = """
import sys, socket
from datetime import date
from pathlib import Path
import orjson, uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route
from pipelines.published.questions.answers import company
from pipelines.published.questions.answers.spans import Scene, in_report_currency, span
from pipelines.published.reader import newest_build

kept = Path(sys.argv[1]).read_bytes()
build = newest_build()

async def same(request):
    return Response(kept, media_type="application/json")

def answer(start, end):
    period = span(build.facts.as_of, None, date.fromisoformat(start), date.fromisoformat(end))
    scene = Scene(build, period, in_report_currency(build))
    return orjson.dumps({"timeseries": company.timeseries(scene, "day")}, default=str)

async def anew(request):
    given = request.query_params
    body = await run_in_threadpool(answer, given["start"], given["end"])
    return Response(body, media_type="application/json")

app = Starlette(routes=[Route("/same", same), Route("/anew", anew)])
listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run(sockets=[listening])
"""


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Measure it all, small sizes or those that are promised."""
    count = 300 if small else 5_000
    published = PublishedDir(scratch / "published", 300)
    published.path.mkdir()
    published.publish("000000", _many_rows(20_000 if small else ARROW_ROWS))
    _, key = KeyStore(scratch / "api_keys.json").create(
        "bench", ["metrics:read", "customers:read", "export:read"]
    )
    headers = {"authorization": f"Bearer {key}"}
    settings = {
        "PUBLISHED_DIR": str(published.path),
        "API__KEYS_PATH": str(scratch / "api_keys.json"),
        "API__AUDIT_LOG": str(scratch / "audit.jsonl"),
        "API__RATE_PER_MINUTE": "1000000",
        "WAREHOUSE_PATH": str(scratch / "warehouse.duckdb"),
    }
    with served(settings, "--only", "api") as (url, process):
        kept = scratch / "kept.json"
        kept.write_bytes(asyncio.run(_body(url, _KEPT, headers)))
        with _plain(kept, settings) as plain:
            yield from _beside_plain(url, plain, headers, count)
        yield from _arrow(url, process, published.path, headers)
    with served(settings) as (url, _):
        yield from _reruns(url, headers, 1 if small else 5)


def _many_rows(count: int) -> str:
    """SQL of a published table of so many rows, as wide as a line of a bill."""
    return (
        "create table finance.bench_lines as select i as line, 'cus_' || i % 997 as customer, "
        "cast(i as decimal(18, 9)) / 7 as amount, date '2026-01-01' + cast(i % 300 as int) as day, "
        f"'usd' as currency from range({count}) as r(i)"
    )


def _days(number: int) -> tuple[date, date]:
    """Other days for each request, so that nothing is kept."""
    return _FIRST + timedelta(days=number % 40), _FIRST + timedelta(days=100 + number // 40 % 340)


def _beside_plain(url: str, plain: str, headers: Mapping[str, str], count: int) -> Iterator[str]:
    def asked(path: str) -> Callable[[int], str]:
        def path_of(number: int) -> str:
            start, end = _days(number)
            return f"{path}?start={start}&end={end}"

        return path_of

    def measured(at: str, path_of: Callable[[int], str], requests: int) -> Answers:
        asyncio.run(hammer(at, path_of, headers, CLIENTS, 20))  # warm
        return asyncio.run(hammer(at, path_of, headers, CLIENTS, requests))

    ours = measured(url, lambda _: _KEPT, count)
    theirs = measured(plain, lambda _: "/same", count)
    yield (
        f"kept answers, {CLIENTS} clients: {ours.per_second:,.0f} a second (at least "
        f"{LEAST_PER_SECOND:,}), p95 {ours.percentile(0.95):.1f} ms (at most {MOST_MS}); plain "
        f"Starlette handler of the same bytes: {theirs.per_second:,.0f} a second, p95 "
        f"{theirs.percentile(0.95):.1f} ms; ratio {theirs.per_second / ours.per_second:.2f}"
    )
    anew = max(20, count // 10)
    ours = asyncio.run(hammer(url, asked(_ASKED), headers, CLIENTS, anew))
    theirs = asyncio.run(hammer(plain, asked("/anew"), headers, CLIENTS, anew))
    yield (
        f"answers made anew, {CLIENTS} clients: {ours.percentile(0.5):.0f} ms median; plain "
        f"handler with the same question: {theirs.percentile(0.5):.0f} ms; ratio "
        f"{ours.percentile(0.5) / theirs.percentile(0.5):.2f} (at most {MOST_UNCACHED:g})"
    )
    failed = [*ours.failed, *theirs.failed]
    if failed:
        yield f"failed: {len(failed)}, the first {failed[0]}"


def _arrow(url: str, process: int, published: Path, headers: Mapping[str, str]) -> Iterator[str]:
    path = "/api/v1/tables/finance.bench_lines?format=arrow"
    asyncio.run(_body(url, path, headers))
    before = memory_of(process)
    began = time.perf_counter()
    for _ in range(3):
        body = asyncio.run(_body(url, path, headers))
    seconds = (time.perf_counter() - began) / 3
    began = time.perf_counter()
    file = str((published / "current.duckdb").resolve())
    with duckdb.connect(file, read_only=True) as connection:
        rows = connection.execute("from finance.bench_lines").to_arrow_table().num_rows
    alone = time.perf_counter() - began
    yield (
        f"{rows:,} rows as Arrow, {len(body) / 2**20:.1f} MiB: {seconds:.2f} s (at most "
        f"{MOST_ARROW_SECONDS:g}); DuckDB alone {alone:.2f} s; ratio {seconds / alone:.1f}; "
        f"memory {memory_of(process) - before:+.0f} MiB after three"
    )


def _reruns(url: str, headers: Mapping[str, str], rounds: int) -> Iterator[str]:
    pages = tuple(page for page in PAGES if page != "customer") * rounds
    asyncio.run(_visit(url, pages))
    alone = asyncio.run(_visit(url, pages))
    ended = threading.Event()
    found: list[Answers] = []

    def ask() -> None:
        found.append(
            asyncio.run(steady(url, [_KEPT, "/api/v1/health"], headers, BESIDE_PER_SECOND,
                               ended.is_set))
        )  # fmt: skip

    client = threading.Thread(target=ask)
    client.start()
    beside = asyncio.run(_visit(url, pages))
    ended.set()
    client.join()
    medians = [sorted(one.milliseconds for one in each)[len(each) // 2] for each in (alone, beside)]
    yield (
        f"pages, median: {medians[1]:.0f} ms beside {found[0].per_second:.0f} requests a second "
        f"({BESIDE_PER_SECOND} asked for); alone {medians[0]:.0f} ms; ratio "
        f"{medians[1] / medians[0]:.2f} (at most {MOST_RERUNS:g})"
    )


async def _body(url: str, path: str, headers: Mapping[str, str]) -> bytes:
    async with connected(url) as connection:
        status, body = await connection.get(path, lines(headers))
    if status != 200:
        raise RuntimeError(f"{path} was answered with {status}: {body[:300]!r}")
    return body


@contextmanager
def _plain(kept: Path, settings: Mapping[str, str]) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", PLAIN, str(kept)],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()
