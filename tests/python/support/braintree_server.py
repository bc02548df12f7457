"""Braintree's gateway over a company's life: typed XML, searches in two steps, nothing but POST."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from support.json_server import Json, JsonServer, Query

MERCHANT, PUBLIC_KEY, PRIVATE_KEY = "merchant1", "a_public_key", "a_private_key"
#: Objects of one answer.
PAGE_SIZE = 50

NAMES = {"/subscriptions": "subscription", "/transactions": "transaction", "/customers": "customer"}


def xml(name: str, value: Any) -> str:
    """A value as Braintree writes it: the type stands on the element."""
    name = name.replace("_", "-")
    if value is None:
        return f'<{name} nil="true"/>'
    if isinstance(value, dict):
        return f"<{name}>{''.join(xml(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, list):
        element = {"statuses": "status-event"}.get(name, name.rstrip("s"))
        return f'<{name} type="array">{"".join(xml(element, one) for one in value)}</{name}>'
    kind = {bool: "boolean", int: "integer", Decimal: "decimal", datetime: "datetime", date: "date"}
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, datetime):
        text = f"{value:%Y-%m-%dT%H:%M:%SZ}"
    typed = f' type="{kind[type(value)]}"' if type(value) in kind else ""
    return f"<{name}{typed}>{escape(text)}</{name}>"


@dataclass
class BraintreeCompany:
    """A company's objects at Braintree.

    Attributes:
        now: the day that the server is asked; set it before a load.
        lists: path -> objects; one that was made later does not show, nor later rows of a history.
        most_ids: an answer holds no more ids than that.
    """

    now: datetime = datetime(2025, 1, 1)
    plans: list[Json] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    most_ids: int = 10_000

    def server(self) -> JsonServer:
        token = b64encode(f"{PUBLIC_KEY}:{PRIVATE_KEY}".encode()).decode()
        refusal = (401, "<api-error-response><message>no such user</message></api-error-response>")
        return JsonServer(self.answer, f"Basic {token}", refusal)

    def answer(self, path: str, query: Query) -> tuple[int, Json | str]:
        path = path.removeprefix(f"/merchants/{MERCHANT}")
        if path.rstrip("/") == "/plans":
            return 200, xml("plans", self.plans)
        where, _, kind = path.rpartition("/")
        if where not in NAMES or "body" not in query:
            return 404, "<errors/>"
        if kind == "advanced_search_ids":
            return 200, self._ids(where, query["body"])
        wanted = re.findall(r"<item>(.*?)</item>", query["body"])
        assert 0 < len(wanted) <= PAGE_SIZE
        items = "".join(
            xml(NAMES[where], self._as_of_now(one))
            for one in self.lists.get(where, [])
            if one["id"] in wanted
        )
        root = {"/transactions": "credit-card-transactions"}.get(where, where.strip("/"))
        return 200, (
            f'<{root} type="collection"><current-page-number type="integer">1'
            f'</current-page-number><page-size type="integer">{PAGE_SIZE}</page-size>'
            f"{items}</{root}>"
        )

    def _ids(self, path: str, body: str) -> str:
        start, end = (
            datetime.fromisoformat(text).replace(tzinfo=None)
            for text in re.findall(r"<(?:min|max)[^>]*>(.*?)</", body)
        )
        end = min(end, self.now)
        by_dispute = "<dispute-date" in body
        found = [
            one["id"]
            for one in self.lists.get(path, [])
            if any(start <= moment <= end for moment in _moments(one, by_dispute))
        ]
        ids = "".join(f"<item>{one}</item>" for one in found[: self.most_ids])
        return (
            f'<search-results><page-size type="integer">{PAGE_SIZE}</page-size>'
            f'<ids type="array">{ids}</ids></search-results>'
        )

    def _as_of_now(self, item: Json) -> Json:
        if "disputes" in item:
            item = {
                **item,
                "disputes": [
                    dispute for one in item["disputes"] if (dispute := self._dispute(one))
                ],
            }
        if "status_history" not in item:
            return item
        history = [one for one in item["status_history"] if one["timestamp"] <= self.now]
        return {**item, "status": history[0]["status"], "status_history": history}

    def _dispute(self, dispute: Json) -> Json | None:
        history = [one for one in dispute["status_history"] if one["timestamp"] <= self.now]
        return (
            {**dispute, "status": history[0]["status"], "status_history": history}
            if (history)
            else None
        )


def _moments(item: Json, by_dispute: bool) -> list[datetime]:
    if not by_dispute:
        return [item["created_at"]]
    return [one["created_at"] for one in item.get("disputes", [])]
