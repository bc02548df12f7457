"""Lemon Squeezy's API over a company's life: JSON:API, and what it shows depends on the day.

Lists are paged by number and filtered by no change; an object is what it last became, and says when
that was (`updated_at`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from support.json_server import Json, JsonServer, Query

KEY = "lemon_squeezy_key"
PAGE_LIMIT = 2


@dataclass
class LemonSqueezyCompany:
    """A company's objects at Lemon Squeezy.

    Attributes:
        now: the day that the server is asked; set it before a load.
        lists: path -> states of objects, each from its day (`seen`) on; what a later state of the
            same id leaves out stays.
    """

    now: datetime = datetime(2025, 1, 1)
    lists: dict[str, list[Json]] = field(default_factory=dict)

    def server(self) -> JsonServer:
        return JsonServer(self.answer, f"Bearer {KEY}", (401, {"message": "Unauthenticated."}))

    def rows(self, path: str) -> list[Json]:
        """The objects of a list as they are now, newest first."""
        newest: dict[str, Json] = {}
        for state in self.lists[path]:
            seen = str(state.get("seen") or state["created_at"])
            if _moment(seen) <= self.now:
                known = newest.get(state["id"], {})
                newest[state["id"]] = {**known, "updated_at": seen, **state}
        rows = sorted(newest.values(), key=lambda one: (one["created_at"], one["id"]))
        return rows[::-1]

    def answer(self, path: str, query: Query) -> tuple[int, Json]:
        if path not in self.lists:
            return 404, {"errors": [{"status": "404", "detail": "There is no such thing."}]}
        rows = self.rows(path)
        size = min(PAGE_LIMIT, int(query.get("page[size]", "10")))
        number = int(query.get("page[number]", "1"))
        start = (number - 1) * size
        return 200, {
            "meta": {"page": {"currentPage": number, "lastPage": max(1, -(-len(rows) // size)),
                              "perPage": size, "total": len(rows)}},
            "jsonapi": {"version": "1.0"},
            "data": [
                {
                    "type": path.removeprefix("/v1/"),
                    "id": one["id"],
                    "attributes": {
                        name: value for name, value in one.items() if name not in ("id", "seen")
                    },
                }
                for one in rows[start : start + size]
            ],
        }  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
