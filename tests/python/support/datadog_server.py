"""A Datadog organisation, served on a port of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.vendors.datadog_api import API_KEY, APP_KEY, DatadogOrganisation
from support.listening import listening


@contextmanager
def serve(organisation: DatadogOrganisation) -> Iterator[DatadogOrganisation]:
    """Serve `organisation` on a free local port; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.respond(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self.respond(json.loads(self.rfile.read(length)))

        def respond(self, sent: Any) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            organisation.requests.append((split.path, query, sent))
            keys = (self.headers.get("DD-API-KEY"), self.headers.get("DD-APPLICATION-KEY"))
            is_throttled = organisation.throttled > 0
            if is_throttled:
                organisation.throttled -= 1
                status, body = 429, {"errors": ["Too many requests"]}
            elif keys != (API_KEY, APP_KEY):
                status, body = 401, {"errors": [f"no such keys {keys}"]}
            else:
                status, body = organisation.answer(split.path, query, sent)
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if is_throttled:
                self.send_header("X-RateLimit-Reset", "1")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Handler) as organisation.url:
        yield organisation
