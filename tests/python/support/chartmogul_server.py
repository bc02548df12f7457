"""ChartMogul as a test's own server: customers by cursor, attributes, MRR, faults."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

Json = dict[str, Any]
API_KEY = "cm_test_key_5f1e"


@dataclass
class Account:
    """What the account holds.

    Attributes:
        customers: uuid -> external id; one external id may be there twice, of two data sources.
        attributes: uuid -> attribute -> (type, value), as told.
        months: entries of `/v1/metrics/mrr`, in cents.
        faults: statuses that the next requests get.
        broken: uuids whose attributes are refused with 422.
        requests: method and path of every request.
    """

    customers: dict[str, str]
    months: list[Json] = field(default_factory=list)
    currency: str = "USD"
    page: int = 2
    faults: list[int] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    attributes: dict[str, dict[str, tuple[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [one for one in self.requests if one[0] != "GET"]

    def answer(self, method: str, path: str, query: dict[str, str], body: Json) -> tuple[int, Json]:
        self.requests.append((method, path))
        if self.faults:
            status = self.faults.pop(0)
            return status, {"message": f"fault {status}"}
        if (method, path) == ("GET", "/v1/account"):
            return 200, {"name": "Test", "currency": self.currency}
        if (method, path) == ("GET", "/v1/customers"):
            return 200, self._page(query)
        if (method, path) == ("GET", "/v1/metrics/mrr"):
            return 200, {"entries": self.months}
        parts = path.split("/")
        if path.endswith("/attributes/custom") and parts[3] in self.customers:
            return self._attributes(method, parts[3], body)
        return 404, {"message": "no such address"}

    def _page(self, query: dict[str, str]) -> Json:
        entries = [
            {"uuid": uuid, "external_id": external, "data_source_uuid": "ds_1"}
            for uuid, external in self.customers.items()
        ]
        start = int(query.get("cursor", "0"))
        size = min(int(query["per_page"]), self.page)
        end = start + size
        return {
            "entries": entries[start:end],
            "has_more": end < len(entries),
            "cursor": str(end) if end < len(entries) else None,
        }

    def _attributes(self, method: str, uuid: str, body: Json) -> tuple[int, Json]:
        if uuid in self.broken:
            return 422, {"message": "cannot be processed"}
        held = self.attributes.setdefault(uuid, {})
        for one in body["custom"]:
            if method == "DELETE":
                held.pop(one, None)
            else:
                held[one["key"]] = (one["type"], one["value"])
        return 200, {"custom": {key: value for key, (_, value) in held.items()}}


@contextmanager
def serve(account: Account) -> Iterator[Account]:
    """Let it listen on a free local port."""
    expected = "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, answer = 401, {"message": "no such key"}
            if self.headers.get("Authorization") == expected:
                status, answer = account.answer(self.command, split.path, query, body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            if status in (429, 503):
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler) as account.url:
        yield account
