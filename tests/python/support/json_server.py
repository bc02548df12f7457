"""A small HTTP server for a test's own answers: keys, faults to come, a log of requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

Json = dict[str, Any]
Query = dict[str, str]


@dataclass
class JsonServer:
    """What a vendor's server does beside its objects.

    Attributes:
        answer: (path, query) -> status and body; of a POST the query has `body`, and a body that is
            a text is sent as XML.
        authorization: the header that it takes; anything else is refused with `refusal`.
        faults: statuses that the next requests get in place of an answer; 0 is half an
            answer, None a whole one.
        requests: path and query of every request.
        headers: of every request; names as `Accept-Version`, however they were sent.
        url: where it listens.
    """

    answer: Callable[[str, Query], tuple[int, Json | str]]
    authorization: str
    refusal: tuple[int, Json | str] = (401, {"error": {"detail": "no such key"}})
    faults: list[int | None] = field(default_factory=list)
    requests: list[tuple[str, Query]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def respond(
        self, target: str, authorization: str | None, sent: str = ""
    ) -> tuple[int, Json | str, bool]:
        """Status and body, and whether the body is cut."""
        split = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        if sent:
            query["body"] = sent
        self.requests.append((split.path, query))
        if authorization != self.authorization:
            return *self.refusal, False
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            return fault, {"error": {"detail": f"fault {fault}"}}, False
        return *self.answer(split.path, query), fault == 0


@contextmanager
def serve(server: JsonServer) -> Iterator[JsonServer]:
    """Let it listen on a free local port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.respond("")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self.respond(self.rfile.read(length).decode())

        def respond(self, sent: str) -> None:
            server.headers.append({name.title(): text for name, text in self.headers.items()})
            authorization = self.headers.get("Authorization")
            status, body, is_cut = server.respond(self.path, authorization, sent)
            kind = "xml" if isinstance(body, str) else "json"
            payload = (body if isinstance(body, str) else json.dumps(body)).encode()
            if is_cut:
                payload = payload[: len(payload) // 2]
            self.send_response(status)
            self.send_header("Content-Type", f"application/{kind}")
            self.send_header("Content-Length", str(len(payload)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler) as server.url:
        yield server
