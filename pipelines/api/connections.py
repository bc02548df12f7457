"""Bounds of a connection: clients that are slow, silent or many do not keep others waiting.

The server itself bounds how long a connection may rest between two requests. Here, beside that:

    headers         whole within `header_seconds`, else 408 and the end
    body            whole within `body_seconds`, else the end
    answer          `least_bytes` of it taken each `write_seconds`, else the end
    many at once    of connections that have not asked yet the oldest goes, beyond `most_waiting`
"""

from __future__ import annotations

import asyncio
import resource
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

#: Open files that a server of a thousand connections may need.
_OPEN_FILES: Final = 4096
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

_Base: Any = AutoHTTPProtocol


class BoundedProtocol(_Base):  # type: ignore[misc]  # which of the server's two is known when it runs
    """The server's HTTP protocol with bounds; a subclass may have others."""

    header_seconds: ClassVar[float] = 10
    body_seconds: ClassVar[float] = 60
    write_seconds: ClassVar[float] = 30
    least_bytes: ClassVar[int] = 20_000
    most_waiting: ClassVar[int] = 500
    #: Connections that have not asked yet, the oldest first.
    _waiting: ClassVar[OrderedDict[BoundedProtocol, None]] = OrderedDict()

    _timers: dict[str, asyncio.TimerHandle]
    _known: Any = None

    def connection_made(self, transport: Any) -> None:
        """A new connection waits; the one that waits longest may have to go."""
        self._timers = {}
        super().connection_made(transport)
        self._wait(self.header_seconds)
        while len(self._waiting) > self.most_waiting:
            oldest, _ = self._waiting.popitem(last=False)
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request: see whether its headers or its body are whole now."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The next request may be there already, or is waited for."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait(self.timeout_keep_alive + self.header_seconds)
            self._look()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        self._expect_taking()

    def resume_writing(self) -> None:
        """The client took it."""
        super().resume_writing()
        self._stop("take")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._forget()
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.transport.get_protocol() is not self:  # it is a websocket now
            self._forget()
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return
        if cycle is not self._known:
            self._known = cycle
            self._waiting.pop(self, None)
            self._stop("ask")
            self._start("send", self.body_seconds, self._end)
        if not cycle.more_body:
            self._stop("send")

    def _wait(self, seconds: float) -> None:
        self._waiting.pop(self, None)
        self._waiting[self] = None
        self._start("ask", seconds, self._too_slow)

    def _start(self, what: str, seconds: float, do: Callable[[], None]) -> None:
        self._stop(what)
        self._timers[what] = asyncio.get_running_loop().call_later(seconds, do)

    def _stop(self, what: str) -> None:
        timer = self._timers.pop(what, None)
        if timer is not None:
            timer.cancel()

    def _expect_taking(self) -> None:
        """End it unless the client takes something until then, and so on."""
        left = self.transport.get_write_buffer_size()

        def look() -> None:
            if left - self.transport.get_write_buffer_size() < self.least_bytes:
                self.transport.abort()
            else:
                self._expect_taking()

        self._start("take", self.write_seconds, look)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()
            # where not even that is taken
            self._start("take", self.write_seconds, self._end)

    def _end(self) -> None:
        self.transport.abort()

    def _forget(self) -> None:
        self._waiting.pop(self, None)
        for what in tuple(self._timers):
            self._stop(what)


def allow_open_files() -> None:
    """Raise this process's own bound of open files, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
