"""Polar's API over a company's life: what it shows depends on the day that it is asked.

Lists are paged by number and filtered by nothing; an object is what it last became, and says when
that was (`modified_at`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from support.json_server import Json, JsonServer, Query

KEY = "polar_oat_secret"
PAGE_LIMIT = 2


@dataclass
class PolarCompany:
    """A company's objects at Polar.

    Attributes:
        now: the day that the server is asked; set it before a load.
        lists: path -> states of objects, each from its day (`seen`) on; what a later state of the
            same id leaves out stays.
    """

    now: datetime = datetime(2025, 1, 1)
    lists: dict[str, list[Json]] = field(default_factory=dict)

    def server(self) -> JsonServer:
        refusal = {"error": "invalid_token", "error_description": "The access token is invalid."}
        return JsonServer(self.answer, f"Bearer {KEY}", (401, refusal))

    def rows(self, path: str) -> list[Json]:
        """The objects of a list as they are now, oldest first."""
        newest: dict[str, Json] = {}
        for state in self.lists[path]:
            seen = str(state.get("seen") or state["created_at"])
            if _moment(seen) <= self.now:
                changed = {"modified_at": state["seen"]} if "seen" in state else {}
                newest[state["id"]] = {**newest.get(state["id"], {}), **changed, **state}
        rows = [
            {name: value for name, value in one.items() if name != "seen"}
            for one in newest.values()
        ]
        return sorted(rows, key=lambda one: (_moment(one["created_at"]), one["id"]))

    def answer(self, path: str, query: Query) -> tuple[int, Json]:
        if path not in self.lists:
            return 404, {"error": "ResourceNotFound", "detail": "Not found"}
        limit = int(query.get("limit", "10"))
        if limit > 100:
            return 422, {"error": "RequestValidationError", "detail": []}
        rows = self.rows(path)
        size = min(PAGE_LIMIT, limit)
        start = (int(query.get("page", "1")) - 1) * size
        return 200, {
            "items": rows[start : start + size],
            "pagination": {"total_count": len(rows), "max_page": -(-len(rows) // size)},
        }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
