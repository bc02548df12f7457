"""A small Anthropic organisation served over HTTP; what it answers is `demo.vendors`'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from demo.vendors.anthropic_api import AnthropicOrganisation
from support.listening import listening


@contextmanager
def serve(organisation: AnthropicOrganisation) -> Iterator[AnthropicOrganisation]:
    """Serve `organisation` on a free local port; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = parse_qs(split.query)
            organisation.requests.append((split.path, query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = organisation.answer(split.path, query, headers)
            payload = json.dumps(body).encode()
            if organisation.fault == "half_page":
                organisation.fault = None
                payload = payload[: len(payload) // 2]
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Handler) as organisation.url:
        yield organisation
