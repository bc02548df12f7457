"""A webhook of our own: takes what apprise posts, and fails or hangs when told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

from support.listening import listening


class Webhook:
    """What arrived, in order. It answers `status`, and nothing at all while `hang` is set."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.refused = 0
        self.status = 200
        self.hang = Event()
        self.reached = Event()
        self.released = Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The address as apprise takes it, with a secret in its path."""
        return f"json://127.0.0.1:{self.port}/hook-s3cret"

    def titles(self) -> list[str]:
        return [str(body["title"]) for body in self.bodies]


@contextmanager
def webhook(port: int = 0) -> Iterator[Webhook]:
    """Serve one on a free local port, or on a given one."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if hook.hang.is_set():
                hook.bodies.append(body)
                hook.reached.set()
                hook.released.wait(timeout=60)
                return
            if hook.status == 200:
                hook.bodies.append(body)
            else:
                hook.refused += 1
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler, port) as url:
        hook.port = int(url.rpartition(":")[2])
        try:
            yield hook
        finally:
            hook.released.set()
