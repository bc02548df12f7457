"""Clients of the API that cost little themselves: plain sockets, connections that are kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Answers:
    """What clients got: milliseconds of each answer, and those that were no 200."""

    milliseconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which a share of the answers came."""
        times = sorted(self.milliseconds)
        return times[min(len(times) - 1, int(len(times) * share))]


class Connection:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, path: str, headers: str) -> tuple[int, bytes]:
        """Status and body of a GET. Raises OSError, EOFError where the server ends it."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        if b"content-length:" in head:
            size = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            return status, await self._reader.readexactly(size)
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)
        return status, body


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection to a server."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**20)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def lines(headers: Mapping[str, str]) -> str:
    """Headers as they are sent."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


async def hammer(
    url: str, path_of: Callable[[int], str], headers: Mapping[str, str], clients: int, count: int
) -> Answers:
    """So many clients that each ask again as soon as they are answered; `count` each."""
    found = Answers()
    sent = lines(headers)

    async def one(number: int) -> None:
        async with connected(url) as connection:
            for each in range(count):
                began = time.perf_counter()
                status, body = await connection.get(path_of(number * count + each), sent)
                found.milliseconds.append((time.perf_counter() - began) * 1000)
                if status != 200:
                    found.failed.append(f"{status} {body[:200]!r}")

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(clients)))
    found.seconds = time.perf_counter() - began
    return found


async def steady(
    url: str,
    paths: Sequence[str],
    headers: Mapping[str, str],
    per_second: float,
    until: Callable[[], bool],
) -> Answers:
    """One client that asks so often a second, however long answers take to come, until told."""
    found = Answers()
    sent = lines(headers)
    began = time.perf_counter()
    async with connected(url) as connection:
        number = 0
        while not until():
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked = time.perf_counter()
            status, body = await connection.get(paths[number % len(paths)], sent)
            found.milliseconds.append((time.perf_counter() - asked) * 1000)
            if status != 200:
                found.failed.append(f"{status} {body[:200]!r}")
            number += 1
    found.seconds = time.perf_counter() - began
    return found
