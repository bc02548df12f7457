"""A Stripe account of given objects with a history, as its API shows it at any moment.

Objects are written as of a time, with the event that told it. The server answers for its clock: the
newest version of each object, and the events of the last 30 days. Discounts and their coupons come
whole only where they are expanded, at most four levels deep, as Stripe does it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from demo.timeline import DAY, epoch
from support.stripe_server import Json, StripeLists

PATHS = {
    "customer": "/v1/customers",
    "product": "/v1/products",
    "price": "/v1/prices",
    "coupon": "/v1/coupons",
    "subscription": "/v1/subscriptions",
    "subscription_item": "/v1/subscription_items",
    "subscription_schedule": "/v1/subscription_schedules",
    "invoice": "/v1/invoices",
}


class StripeAccount(StripeLists):
    """What the account was, version by version, and a clock for the server.

    Events of one second are listed in the order of adding, the wrong way round.
    """

    def __init__(self, account: str) -> None:
        super().__init__({}, account)
        self.clock = 0
        self._versions: dict[str, dict[str, list[tuple[int, Json | None]]]] = {}
        self._events: list[Json] = []

    def put(
        self, at: str | int, body: Json, event: str | None = None, previous: Json | None = None
    ) -> None:
        """The object as it is from `at` on, and the event that says so."""
        moment = at if isinstance(at, int) else epoch(at)
        versions = self._versions.setdefault(body["object"], {}).setdefault(body["id"], [])
        versions.append((moment, copy.deepcopy(body)))
        if event:
            self._tell(moment, event, body, previous)

    def delete(self, at: str | int, body: Json, event: str) -> None:
        """The object is gone from `at` on."""
        moment = at if isinstance(at, int) else epoch(at)
        self._versions[body["object"]].setdefault(body["id"], []).append((moment, None))
        self._tell(moment, event, body, None)

    def _tell(self, moment: int, event: str, body: Json, previous: Json | None) -> None:
        shown = _shown(copy.deepcopy(body), set())
        self._events.append(
            {
                "id": f"evt_{self.account}_{len(self._events):05d}",
                "object": "event",
                "type": event,
                "created": moment,
                "api_version": "2026-10-28.endive",
                "data": {"object": shown, "previous_attributes": previous or {}},
                "livemode": False,
            }
        )

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Json]:
        if path == "/v1/account":
            return 200, {"id": self.account, "object": "account"}
        expand = query.get("expand[]", [])
        if any(field.count(".") > 3 for field in expand):
            return 400, {"error": {"message": "You cannot expand more than 4 levels"}}
        if path == "/v1/events":
            first = self.clock - 30 * DAY
            kept = [event for event in self._events if first <= event["created"] <= self.clock]
            self.lists = {path: sorted(kept, key=lambda one: -one["created"])}
            return 200, self._page(path, query)
        kinds = {path: kind for kind, path in PATHS.items()}
        parent, _, object_id = path.rpartition("/")
        if path in kinds:
            wanted = {field.removeprefix("data.") for field in expand}
            items = [_shown(body, wanted) for body in self._now(kinds[path])]
            self.lists = {path: sorted(items, key=lambda one: -one["created"])}
            return 200, self._page(path, query)
        for body in self._now(kinds.get(parent, "")):
            if body["id"] == object_id:
                return 200, _shown(body, set(expand))
        return 404, {"error": {"message": f"No such object: {path}"}}

    def _now(self, kind: str) -> list[Json]:
        if kind == "subscription_item":
            return [item for body in self._now("subscription") for item in body["items"]["data"]]
        found = []
        for versions in self._versions.get(kind, {}).values():
            seen = [body for at, body in versions if at <= self.clock]
            if seen and seen[-1] is not None:
                found.append(copy.deepcopy(seen[-1]))
        return found


def _shown(body: Json, expand: set[str]) -> Json:
    """The object with its discounts as ids, or as far as they are expanded."""
    if body["object"] in ("subscription", "subscription_item", "invoice"):
        body["discounts"] = _discounts(body["discounts"], expand)
    for name in ("items", "lines"):
        if isinstance(body.get(name), dict):
            inside = {
                field.removeprefix(f"{name}.data.")
                for field in expand
                if field.startswith(f"{name}.data.")
            }
            body[name]["data"] = [_shown(element, inside) for element in body[name]["data"]]
    if body["object"] == "coupon" and "applies_to" not in expand:
        body.pop("applies_to", None)
    return body


def _discounts(discounts: Sequence[Any], expand: set[str]) -> list[Any]:
    if not any(field.split(".")[0] == "discounts" for field in expand):
        return [discount["id"] for discount in discounts]
    for discount in discounts:
        coupon = discount["source"]["coupon"]
        if not any(field.startswith("discounts.source.coupon") for field in expand):
            discount["source"]["coupon"] = coupon["id"]
        elif "discounts.source.coupon.applies_to" not in expand:
            coupon.pop("applies_to", None)
    return list(discounts)
