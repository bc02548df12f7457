"""A small OpenAI organisation whose every bucket is in sight, with the ways in which it can err.

The demo server is the one with a whole company; this one says exactly what a test tells it to,
byte for byte, so that spellings of amounts, paging and refusals can be tried one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

Json = dict[str, object]
Query = dict[str, list[str]]

ADMIN_KEY = "sk-admin-Zq7Wn3secret"
KEYS_SINCE = date(2025, 12, 6)


def seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def cost(value: str, line_item: str, project: str = "proj_a", key: str | None = "key_1") -> str:
    """One result as JSON text; `value` stands in it as written."""
    rest = {"object": "organization.costs.result", "line_item": line_item, "project_id": project}
    members = json.dumps({**rest, "api_key_id": key})[1:-1]
    return f'{{{members}, "amount": {{"value": {value}, "currency": "usd"}}}}'


@dataclass
class Organisation:
    """What the server answers; change it between runs.

    Attributes:
        today: last day that has a bucket.
        costs: day -> results as JSON texts; a day that is absent has an empty bucket.
        no_bucket: days that are left out of the answer altogether.
        usage: endpoint -> day -> results.
        lists: path below `/v1/organization` -> objects.
        refusals: path below `/v1/organization` -> status it is always answered with.
        failures: statuses of the next answers, whatever they are for.
        page_days: buckets per page at most.
        results_per_page: splits a day over pages, None for never.
        refused_dimension: group_by that is answered with 400 on whatever day.
        fault: repeat_token, repeat_page, no_token.
        key: the one that it accepts.
        keys: those that it was asked with.
        name: told in the header `openai-organization`; None tells nothing.
    """

    today: date
    costs: dict[date, list[str]] = field(default_factory=dict)
    no_bucket: set[date] = field(default_factory=set)
    usage: dict[str, dict[date, list[Json]]] = field(default_factory=dict)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    page_days: int = 180
    results_per_page: int | None = None
    refused_dimension: str | None = None
    fault: str | None = None
    key: str = ADMIN_KEY
    keys: set[str] = field(default_factory=set)
    name: str | None = None
    url: str = ""
    requests: list[tuple[str, Query]] = field(default_factory=list)

    def answer(self, path: str, query: Query, key: str) -> tuple[int, str]:
        if self.failures:
            return self.failures.pop(0), '{"error": {"message": "not now"}}'
        self.keys.add(key)
        if key != self.key:
            status = 403 if key.startswith("sk-proj-") else 401
            return status, '{"error": {"message": "Missing scopes: api.usage.read."}}'
        below = path.removeprefix("/v1/organization/")
        if below in self.refusals:
            return self.refusals[below], '{"error": {"message": "refused"}}'
        if below == "costs":
            return self._costs(query)
        if below.startswith("usage/"):
            days = self.usage.get(below.removeprefix("usage/"), {})
            texts = {day: [json.dumps(one) for one in rows] for day, rows in days.items()}
            return self._buckets(query, texts, 31)
        return 200, json.dumps(self._list(below, query))

    def first_days(self, path: str) -> list[date]:
        """Days from which the requests for `path` asked, without further pages."""
        return [
            datetime.fromtimestamp(int(query["start_time"][0]), UTC).date()
            for asked, query in self.requests
            if asked.endswith(path) and "page" not in query
        ]

    def _costs(self, query: Query) -> tuple[int, str]:
        groups = query.get("group_by", [])
        start = datetime.fromtimestamp(int(query["start_time"][0]), UTC).date()
        is_early = "api_key_id" in groups and start < KEYS_SINCE
        if self.refused_dimension in groups or is_early:
            name = self.refused_dimension or "api_key_id"
            return 400, json.dumps({"error": {"message": f"Cannot group by {name} here."}})
        return self._buckets(query, self.costs, 180)

    def _buckets(self, query: Query, days: dict[date, list[str]], most: int) -> tuple[int, str]:
        limit = int(query["limit"][0])
        if limit > most:
            return 400, '{"error": {"message": "limit is too large"}}'
        start = datetime.fromtimestamp(int(query["start_time"][0]), UTC).date()
        pieces = list(self._pieces(start, days))
        size = min(limit, self.page_days)
        number = int(query["page"][0].removeprefix("page_")) if "page" in query else 0
        if self.fault == "repeat_page" and number:
            shown = pieces[:size]
        else:
            shown = pieces[number * size : (number + 1) * size]
        has_more = len(pieces) > (number + 1) * size
        token: str | None = f"page_{number + 1}" if has_more else None
        if self.fault == "repeat_token" and number:
            has_more, token = True, "page_1"
        if self.fault == "no_token":
            has_more, token = True, None
        data = ", ".join(
            f'{{"object": "bucket", "start_time": {seconds(day)}, '
            f'"end_time": {seconds(day) + 86400}, "results": [{", ".join(results)}]}}'
            for day, results in shown
        )
        more, page = json.dumps(has_more), json.dumps(token)
        return 200, (
            f'{{"object": "page", "data": [{data}], "has_more": {more}, "next_page": {page}}}'
        )

    def _pieces(self, start: date, days: dict[date, list[str]]) -> Iterator[tuple[date, list[str]]]:
        day = start
        while day <= self.today:
            results = days.get(day, [])
            if day not in self.no_bucket:
                step = self.results_per_page or max(len(results), 1)
                for position in range(0, max(len(results), 1), step):
                    yield day, results[position : position + step]
            day += timedelta(days=1)

    def _list(self, below: str, query: Query) -> Json:
        items = self.lists.get(below, [])
        after = query.get("after")
        if after:
            items = items[[item["id"] for item in items].index(after[0]) + 1 :]
        limit = 2
        page = items[:limit]
        last = page[-1]["id"] if page else None
        return {"object": "list", "data": page, "last_id": last, "has_more": len(items) > limit}


@contextmanager
def serve(organisation: Organisation) -> Iterator[Organisation]:
    """Serve `organisation` on a free local port; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = parse_qs(split.query)
            organisation.requests.append((split.path, query))
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, body = organisation.answer(split.path, query, key)
            payload = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if organisation.name:
                self.send_header("openai-organization", organisation.name)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Handler) as organisation.url:
        yield organisation
