"""Paddle's API over a company's life: what it shows depends on the day that it is asked.

Lists page by the last id and cut a page to what the endpoint allows, events are kept for 90 days,
and only transactions can be asked for by the time of their last change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from support.json_server import Json, JsonServer, Query

KEY = "pdl_live_apikey_test"
#: Lists that leave out what is archived, unless they are asked for it.
CATALOGUE = ("/customers", "/products", "/prices", "/discounts")
#: Most rows of a page, whatever is asked for.
PAGE_LIMIT = 3
#: What an event leaves out, and a list has.
SECRET_URLS = {"cancel": "https://buyer.test/cancel?token=secret-of-the-customer"}


@dataclass
class PaddleCompany:
    """A company's objects at Paddle.

    Attributes:
        now: the day that the server is asked; set it before a load.
        events: all events, oldest first, with the whole object in `data`.
        lists: path -> objects; one with `updated_at` or `created_at` in the future does not show.
        refused: paths that the key may not read.
        permissions: what the server says that the key may do.
    """

    now: datetime = datetime(2025, 1, 1)
    events: list[Json] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    permissions: list[str] = field(default_factory=lambda: ["subscription.read"])
    account_id: str | None = None

    def server(self) -> JsonServer:
        return JsonServer(
            self.answer,
            f"Bearer {KEY}",
            (401, {"error": {"code": "invalid_token", "detail": "The API key is not known."}}),
        )

    def answer(self, path: str, query: Query) -> tuple[int, Json]:
        if path == "/":
            account = {"account": {"id": self.account_id}} if self.account_id else {}
            return 200, {"data": {**account, "permissions": self.permissions}}
        if path in self.refused:
            return 403, {"error": {"code": "forbidden", "detail": f"You may not read {path}."}}
        if path == "/events":
            return 200, self._page(path, "event_id", self._events_now(), query)
        if path == "/subscriptions":
            return 200, self._page(path, "id", self._subscriptions_now(), query)
        if path not in self.lists:
            return 404, {"error": {"code": "not_found", "detail": "No such list."}}
        shown = [one for one in self.lists[path] if _changed_at(one) <= self.now]
        if since := query.get("updated_at[GT]"):
            shown = [one for one in shown if _changed_at(one) > _moment(since)]
        if path in CATALOGUE and not query.get("status", "").startswith("active,archived"):
            shown = [one for one in shown if one["status"] == "active"]
        return 200, self._page(path, "id", shown, query)

    def _events_now(self) -> list[Json]:
        oldest = self.now - timedelta(days=90)
        return [one for one in self.events if oldest <= _moment(one["occurred_at"]) <= self.now]

    def _subscriptions_now(self) -> list[Json]:
        newest: dict[str, Json] = {}
        for event in self.events:
            if _moment(event["occurred_at"]) <= self.now:
                newest[event["data"]["id"]] = {**event["data"], "management_urls": SECRET_URLS}
        return list(newest.values())

    def _page(self, path: str, key: str, rows: list[Json], query: Query) -> Json:
        after = query.get("after")
        start = [one[key] for one in rows].index(after) + 1 if after in _keys(rows, key) else 0
        page = rows[start : start + min(PAGE_LIMIT, int(query.get("per_page", "50")))]
        has_more = start + len(page) < len(rows)
        following = {**query, "after": page[-1][key]} if page else query
        pagination = {
            "per_page": PAGE_LIMIT,
            "next": f"https://api.paddle.com{path}?{urlencode(following)}",
            "has_more": has_more,
            "estimated_total": len(rows),
        }
        return {"data": page, "meta": {"request_id": "r", "pagination": pagination}}


def _keys(rows: list[Json], key: str) -> set[Any]:
    return {one[key] for one in rows}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _changed_at(item: Json) -> datetime:
    return _moment(str(item.get("updated_at") or item.get("billed_at") or item.get("created_at")))
