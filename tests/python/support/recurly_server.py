"""Recurly's API over a company's life: what it shows depends on the day that it is asked.

Lists come in the order of their changes and page by an address that is a path alone; a request
without the vendor's media type is refused. There are no events.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from support.json_server import Json, JsonServer, Query

KEY = "recurly_private_key"
PAGE_LIMIT = 2


@dataclass
class RecurlyCompany:
    """A company's objects at Recurly.

    Attributes:
        now: the day that the server is asked; set it before a load.
        states: what a subscription is from a day (`seen`) on.
        lists: path -> objects; one with `updated_at` in the future does not show.
    """

    now: datetime = datetime(2025, 1, 1)
    states: list[Json] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)

    def server(self) -> JsonServer:
        token = b64encode(f"{KEY}:".encode()).decode()
        refusal = {"error": {"type": "unauthorized", "message": "API Key not valid."}}
        server = JsonServer(self.answer, f"Basic {token}", (401, refusal))

        def answer(path: str, query: Query) -> tuple[int, Json]:
            if server.headers[-1].get("Accept") != "application/vnd.recurly.v2021-02-25":
                return 406, {"error": {"message": "Accept header is not acceptable."}}
            return self.answer(path, query)

        server.answer = answer
        return server

    def answer(self, path: str, query: Query) -> tuple[int, Json]:
        if path == "/subscriptions":
            newest: dict[str, Json] = {}
            for state in self.states:
                if _moment(state["seen"]) <= self.now:
                    known = newest.get(state["id"], {})
                    newest[state["id"]] = {**known, **state, "updated_at": state["seen"]}
            rows = [
                {name: value for name, value in one.items() if name != "seen"}
                for one in newest.values()
            ]
        elif path in self.lists:
            rows = [one for one in self.lists[path] if _changed_at(one) <= self.now]
        else:
            return 404, {"error": {"type": "not_found", "message": "Couldn't find it."}}
        assert query.get("sort") == "updated_at"
        assert query.get("order") == "asc"
        rows = sorted(rows, key=_changed_at)
        if since := query.get("begin_time"):
            rows = [one for one in rows if _changed_at(one) >= _moment(since)]
        start = int(query.get("cursor", "0"))
        page = rows[start : start + min(PAGE_LIMIT, int(query.get("limit", "20")))]
        has_more = start + len(page) < len(rows)
        following = urlencode({**query, "cursor": start + len(page)})
        return 200, {
            "object": "list",
            "has_more": has_more,
            "next": f"{path}?{following}" if has_more else None,
            "data": page,
        }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _changed_at(item: Json) -> datetime:
    return _moment(str(item.get("updated_at") or item["created_at"]))
