"""A server of JSON answers by path and parameters, which remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

#: (path, parameters, headers) -> status, body.
Answers = Callable[[str, dict[str, list[str]], dict[str, str]], tuple[int, Any]]


@dataclass
class JsonServer:
    """What was asked so far, and where."""

    url: str = ""
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)


@contextmanager
def json_server(answers: Answers) -> Iterator[JsonServer]:
    """Serve on a free port until the block ends."""
    server = JsonServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = parse_qs(parts.query)
            server.asked.append((parts.path, params))
            status, body = answers(
                parts.path, params, {k.lower(): v for k, v in self.headers.items()}
            )
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler) as server.url:
        yield server
