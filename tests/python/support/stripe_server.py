"""A small server of given Stripe objects: lists with paging, retrieval by id, request log.

The demo server is the one with a whole company and faults; this one serves exactly the objects that
a test hands it, so that what comes out can be compared by eye.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

Json = dict[str, Any]


class StripeLists:
    """What the server answers: path of a list -> objects, newest first. Change it between syncs.

    `account` is the id that `/v1/account` tells; None refuses to tell. `keys` are those that it was
    asked with.
    """

    def __init__(self, lists: dict[str, list[Json]], account: str | None = None) -> None:
        self.lists = lists
        self.account = account
        self.refused: dict[str, int] = {}
        self.requests: list[str] = []
        self.keys: set[str] = set()
        self.url = ""

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Json]:
        for prefix, status in self.refused.items():
            if path.startswith(prefix):
                return status, {"error": {"message": f"refused with {status}"}}
        if path == "/v1/account" and self.account:
            return 200, {"id": self.account, "object": "account"}
        if path in self.lists:
            return 200, self._page(path, query)
        parent, _, object_id = path.rpartition("/")
        for item in self.lists.get(parent, []):
            if item["id"] == object_id:
                return 200, item
        return 404, {"error": {"message": f"Unrecognized request URL (GET: {path})"}}

    def _page(self, path: str, query: dict[str, list[str]]) -> Json:
        items = self.lists[path]
        if since := query.get("created[gte]"):
            items = [item for item in items if item["created"] >= int(since[0])]
        if after := query.get("starting_after"):
            position = [item["id"] for item in items].index(after[0])
            items = items[position + 1 :]
        limit = int(query.get("limit", ["10"])[0])
        return {
            "object": "list",
            "url": path,
            "has_more": len(items) > limit,
            "data": items[:limit],
        }


@contextmanager
def serve(lists: StripeLists) -> Iterator[StripeLists]:
    """Serve `lists` on a free local port; `lists.url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            lists.requests.append(self.path)
            lists.keys.add(self.headers.get("Authorization", "").removeprefix("Bearer "))
            status, body = lists.answer(split.path, parse_qs(split.query))
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler) as lists.url:
        yield lists
