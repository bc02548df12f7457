"""Chargebee's API over a company's life: what it shows depends on the day that it is asked.

Rows wrap their objects, pages are followed by an opaque offset, objects that are gone show only to
who asks for them, and `updated_at` filters drop objects that have none.
"""

from __future__ import annotations

import ast
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from support.json_server import Json, JsonServer, Query

KEY = "test_chargebee_key"
PAGE_LIMIT = 2

#: Path of a list -> what its rows wrap.
WRAPPED = {
    "/items": "item",
    "/item_prices": "item_price",
    "/plans": "plan",
    "/addons": "addon",
    "/ramps": "ramp",
    "/coupons": "coupon",
    "/customers": "customer",
    "/subscriptions": "subscription",
    "/invoices": "invoice",
    "/credit_notes": "credit_note",
    "/transactions": "transaction",
    "/events": "event",
}


def seconds(text: str) -> int:
    """Unix seconds of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@dataclass
class ChargebeeCompany:
    """A company's objects at Chargebee.

    Attributes:
        now: the day that the server is asked; set it before a load.
        keeps_events_from: older ones are not told any more.
        events: with the whole subscription each.
        lists: path -> objects.
        statuses: path -> what it answers in place of its list.
        to_come: id of a subscription -> what of it is going to change.
        cuts_lines: bills show one line, and the others to who asks on.
    """

    now: datetime = datetime(2025, 1, 1)
    keeps_events_from: datetime = datetime(2000, 1, 1)
    events: list[Json] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    to_come: dict[str, Json] = field(default_factory=dict)
    cuts_lines: bool = False

    def server(self) -> JsonServer:
        token = b64encode(f"{KEY}:".encode()).decode()
        refusal = {
            "message": "Sorry, authentication failed.",
            "api_error_code": "api_authentication_failed",
        }
        return JsonServer(self.answer, f"Basic {token}", (401, refusal))

    def answer(self, path: str, query: Query) -> tuple[int, Json]:
        path = path.removeprefix("/api/v2")
        if path in self.statuses or path in self._not_in_catalogue():
            return self.statuses.get(path, 400), {
                "message": f"{path} is not for you",
                "api_error_code": "configuration_incompatible",
            }
        if path.startswith("/invoices/"):
            return 200, self._rest_of(path.removeprefix("/invoices/"))
        if path.endswith("/retrieve_with_scheduled_changes"):
            return self._changed(path.split("/")[2])
        if path == "/ramps" and "subscription_id[in]" not in query:
            return 400, {"message": "subscription_id: is required"}
        if path not in WRAPPED:
            return 404, {"message": "no such thing"}
        rows = [one for one in self._rows(path) if self._is_shown(one, query)]
        start = int(query.get("offset", "page-0").removeprefix("page-"))
        page = rows[start : start + min(PAGE_LIMIT, int(query.get("limit", "10")))]
        body: Json = {"list": [_row(path, self._cut(path, one)) for one in page]}
        if start + len(page) < len(rows):
            body["next_offset"] = f"page-{start + len(page)}"
        return 200, body

    def _not_in_catalogue(self) -> tuple[str, ...]:
        return ("/items", "/item_prices") if "/plans" in self.lists else ("/plans", "/addons")

    def _changed(self, subscription_id: str) -> tuple[int, Json]:
        for one in self._rows("/subscriptions"):
            if one["id"] == subscription_id and subscription_id in self.to_come:
                return 200, _row("/subscriptions", {**one, **self.to_come[subscription_id]})
        return 400, {"message": "No changes are scheduled for this subscription"}

    def _rows(self, path: str) -> list[Json]:
        now = int(self.now.replace(tzinfo=UTC).timestamp())
        if path == "/events":
            since = int(self.keeps_events_from.replace(tzinfo=UTC).timestamp())
            return [one for one in self.events if since <= one["occurred_at"] <= now]
        if path == "/subscriptions":
            newest: dict[str, Json] = {}
            for event in sorted(self.events, key=_order):
                if event["occurred_at"] <= now:
                    shown = event["content"]["subscription"]
                    newest[shown["id"]] = {**shown, "updated_at": event["occurred_at"]}
            return list(newest.values())
        return [one for one in self.lists.get(path, []) if _made_at(one) <= now]

    def _is_shown(self, item: Json, query: Query) -> bool:
        if item.get("deleted") and query.get("include_deleted") != "true":
            return False
        named = query.get("subscription_id[in]")
        if named and item.get("subscription_id") not in ast.literal_eval(named):
            return False
        for name in ("updated_at", "occurred_at"):
            since = query.get(f"{name}[after]")
            if since and not (name in item and item[name] > int(since)):
                return False
        return True

    def _cut(self, path: str, item: Json) -> Json:
        if path != "/invoices" or not self.cuts_lines or len(item["line_items"]) < 2:
            return item
        return {**item, "line_items": item["line_items"][:1], "line_items_next_offset": "rest"}

    def _rest_of(self, invoice_id: str) -> Json:
        [found] = [one for one in self.lists["/invoices"] if one["id"] == invoice_id]
        return {
            "invoice": {**found, "line_items": found["line_items"][1:], "line_item_discounts": []}
        }


def _order(event: Json) -> tuple[int, int]:
    return event["occurred_at"], event["content"]["subscription"]["resource_version"]


def _made_at(item: Json) -> Any:
    return item.get("updated_at") or item.get("date") or item.get("created_at") or 0


def _row(path: str, item: Json) -> Json:
    """A row of a list: the object, and beside a subscription whose it is."""
    row = {WRAPPED[path]: item}
    return {**row, "customer": {"id": item["customer_id"]}} if path == "/subscriptions" else row
