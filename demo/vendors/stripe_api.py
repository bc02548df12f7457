"""Answers as Stripe's API does, from the store, as of a clock.

Read-only: lists (newest first, cursors, limits, filters), retrieval, embedded lists, events of the
last 30 days, both shapes by `Stripe-Version`, restricted keys with permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from demo.company.lives import make_id
from demo.timeline import DAY
from demo.vendors.naming import named
from demo.vendors.replies import Query, Refusal, Reply, bearer, every, first
from demo.vendors.shapes import Renderer, page
from demo.vendors.store import Json, Store, StoredEvent, Version

EVENT_WINDOW: Final = 30 * DAY
DEFAULT_KEY: Final = "rk_test_demo_read_only"


@dataclass(frozen=True)
class Resource:
    """A list endpoint: stored type, permission, and the parameters it filters by.

    `filters` name a field of the stored body (or `customer`/`parent`, which are indexed).
    """

    type: str
    permission: str
    filters: Mapping[str, str]
    has_created: bool = True
    needs: tuple[str, ...] = ()


def _resource(type_: str, permission: str, *names: str, **renamed: str) -> Resource:
    return Resource(type_, permission, {name: name for name in names} | renamed)


RESOURCES: Final[Mapping[str, Resource]] = {
    "customers": _resource("customer", "customer", "email"),
    "products": _resource("product", "product", "active"),
    "prices": _resource("price", "plan", "active", "currency", "product", "type"),
    "plans": _resource("price", "plan", "active", "product"),
    "coupons": _resource("coupon", "coupon"),
    "promotion_codes": _resource("promotion_code", "promotion_code", "active", "code", "coupon"),
    "subscriptions": _resource("subscription", "subscription", "customer", "collection_method"),
    "subscription_schedules": _resource("subscription_schedule", "subscription", "customer"),
    "invoices": _resource(
        "invoice", "invoice", "customer", "status", "collection_method", subscription="parent"
    ),
    "invoiceitems": _resource("invoiceitem", "invoice", "customer", "invoice"),
    "invoice_payments": _resource("invoice_payment", "invoice", "status", invoice="parent"),
    "charges": _resource("charge", "charge", "customer", payment_intent="parent"),
    "refunds": _resource("refund", "charge", "payment_intent", charge="parent"),
    "disputes": _resource("dispute", "dispute", "payment_intent", charge="parent"),
    "credit_notes": _resource("credit_note", "credit_note", "customer", invoice="parent"),
    "balance_transactions": _resource(
        "balance_transaction", "balance", "currency", "type", source="parent"
    ),
    "billing/credit_grants": Resource(
        "billing.credit_grant", "billing_credit_grant", {"customer": "customer"}, has_created=False
    ),
    "billing/credit_balance_transactions": Resource(
        "billing.credit_balance_transaction",
        "billing_credit_grant",
        {"customer": "customer", "credit_grant": "credit_grant"},
        has_created=False,
        needs=("customer",),
    ),
    "billing/meters": Resource(
        "billing.meter", "billing_meter", {"status": "status"}, has_created=False
    ),
    "entitlements/features": Resource(
        "entitlements.feature", "entitlement", {"lookup_key": "lookup_key"}, has_created=False
    ),
}

#: Lists that may be expanded `data.<name>`, and what is known below it.
_ENDED: Final = frozenset({"canceled", "incomplete_expired"})
_COMMON: Final = frozenset({"limit", "starting_after", "ending_before", "expand", "created"})


def _error(status: int, message: str, **more: Any) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": "invalid_request_error", **more}})


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"


class StripeApi:
    """One account. `keys` maps each key to the permissions it lacks (`rk_`: may lack some)."""

    def __init__(self, store: Store, keys: Mapping[str, frozenset[str]] | None = None) -> None:
        self._store = store
        self.keys: dict[str, frozenset[str]] = dict(keys or {DEFAULT_KEY: frozenset()})
        self._account_name = store.setting("account_name", "")
        self._account: Json = orjson.loads(store.setting("stripe_account", "{}"))
        self._versions: list[tuple[int, str]] = [
            (int(since), str(version))
            for since, version in orjson.loads(store.setting("stripe_api_versions", "[]"))
        ]

    @property
    def account_id(self) -> str:
        """Stripe's id of the company's account."""
        return str(self._account.get("id", "acct_demo"))

    def version_at(self, moment: int) -> str:
        """The account's default API version at a moment."""
        current = self._versions[0][1]
        for since, version in self._versions:
            if since <= moment:
                current = version
        return current

    def answer(
        self, method: str, path: str, query: Query, headers: Mapping[str, str], clock: int
    ) -> Reply:
        """Answer a request for `path` (without `/v1/`).

        Raises:
            Refusal: Stripe's error for it.
        """
        lacking = self._authenticate(headers)
        if method != "GET":
            raise _error(403, "The provided key does not have the required permissions: read only.")
        version = headers.get("stripe-version") or self.version_at(clock)
        renderer = Renderer(self._store, clock, version)
        body = self._route(path.strip("/"), query, renderer, lacking)
        return Reply(body, headers={"Stripe-Version": version})

    def _authenticate(self, headers: Mapping[str, str]) -> frozenset[str]:
        key = bearer(headers)
        if key is None:
            raise _error(
                401,
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY').",
            )
        if key not in self.keys:
            raise _error(401, f"Invalid API Key provided: {_masked(key)}")
        return self.keys[key]

    def _permit(self, lacking: frozenset[str], permission: str) -> None:
        if permission in lacking:
            account = self.account_id
            raise _error(
                403,
                "The provided key does not have the required permissions for this endpoint on "
                f"account '{account}'. Having the 'rak_{permission}_read' permission would allow "
                "this request to continue.",
            )

    def _route(self, path: str, query: Query, renderer: Renderer, lacking: frozenset[str]) -> Json:
        parts = path.split("/")
        if path == "account":
            self._permit(lacking, "account")
            return {"object": "account", **self._account}
        if parts[0] == "events":
            self._permit(lacking, "event")
            return (
                self._events(query, renderer)
                if len(parts) == 1
                else self._one_event(parts[1], renderer)
            )
        if path == "subscription_items":
            self._permit(lacking, "subscription")
            return self._subscription_items(query, renderer)
        for width in (2, 1):
            name = "/".join(parts[:width])
            resource = RESOURCES.get(name)
            if resource is None:
                continue
            self._permit(lacking, resource.permission)
            if name == "invoice_payments" and not renderer.is_basil:
                break
            rest = parts[width:]
            if not rest:
                return self._list(name, resource, query, renderer)
            found = self._retrieve(resource, rest[0], renderer)
            if len(rest) == 1:
                if found.is_deleted:
                    return renderer.deleted(found)
                return self._shown(name, found, renderer, every(query, "expand"))
            if len(rest) == 2:
                nested = self._nested(name, rest[1], found, query, renderer)
                if nested is not None:
                    return nested
        raise _error(404, f"Unrecognized request URL (GET: /v1/{path}).")

    # ---- lists -------------------------------------------------------------------------------

    def _limit(self, query: Query) -> int:
        text = first(query, "limit")
        if text is None:
            return 10
        if not text.lstrip("-").isdigit():
            raise _error(400, f"Invalid integer: {text}", param="limit")
        limit = int(text)
        if limit > 100:
            raise _error(
                400,
                f"Invalid integer: {limit}: must be less than or equal to 100",
                param="limit",
                code="parameter_invalid_integer",
            )
        if limit < 1:
            raise _error(
                400,
                f"Invalid integer: {limit}: must be greater than or equal to 1",
                param="limit",
                code="parameter_invalid_integer",
            )
        return limit

    def _created_bounds(self, query: Query) -> tuple[int | None, int | None]:
        low = high = None
        for key, value in query:
            if key == "created":
                low = high = int(value)
            elif key.startswith("created["):
                operator = key[8:-1]
                if operator not in ("gt", "gte", "lt", "lte"):
                    raise _error(400, f"Received unknown parameter: {key}", param=key)
                bound = int(value) + {"gt": 1, "lt": -1}.get(operator, 0)
                if operator.startswith("g"):
                    low = bound if low is None else max(low, bound)
                else:
                    high = bound if high is None else min(high, bound)
        return low, high

    def _check_parameters(self, query: Query, allowed: frozenset[str]) -> None:
        for key, _ in query:
            name = key.partition("[")[0]
            if name not in allowed:
                raise _error(
                    400,
                    f"Received unknown parameter: {name}",
                    param=name,
                    code="parameter_unknown",
                )

    def _list(self, name: str, resource: Resource, query: Query, renderer: Renderer) -> Json:
        allowed = set(_COMMON) | set(resource.filters)
        if not resource.has_created:
            allowed.discard("created")
        if name == "subscriptions":
            allowed |= {"status", "price"}
        self._check_parameters(query, frozenset(allowed))
        for need in resource.needs:
            if first(query, need) is None:
                raise _error(
                    400, f"Missing required param: {need}.", param=need, code="parameter_missing"
                )
        limit = self._limit(query)
        low, high = self._created_bounds(query)
        fields = {
            field: value
            for parameter, field in resource.filters.items()
            if (value := first(query, parameter)) is not None
        }
        found = self._store.newest_first(
            resource.type,
            renderer.clock,
            before=self._cursor(resource.type, query, renderer),
            customer=fields.pop("customer", None),
            parent=fields.pop("parent", None),
            created_from=low,
            created_to=high,
        )
        keep = self._keeper(name, query, fields)
        expand = every(query, "expand")
        for path in expand:
            if path.count(".") > 3:
                raise _error(
                    400, f"You cannot expand more than 4 levels of a property. Property: {path}"
                )
        inside = [p.removeprefix("data.") for p in expand if p.startswith("data.")]
        data: list[Json] = []
        for version in found:
            if not keep(version):
                continue
            if len(data) == limit:
                return page(data, f"/v1/{name}", has_more=True)
            data.append(self._shown(name, version, renderer, inside))
        return page(data, f"/v1/{name}")

    def _cursor(self, type_: str, query: Query, renderer: Renderer) -> tuple[int, int] | None:
        after = first(query, "starting_after")
        if after is None:
            return None
        last = self._store.get(type_, after, renderer.clock)
        if last is None:
            raise _error(
                400,
                f"No such {type_}: '{after}'",
                param="starting_after",
                code="resource_missing",
            )
        return last.created, last.sequence

    def _keeper(
        self, name: str, query: Query, fields: Mapping[str, str]
    ) -> Callable[[Version], bool]:
        status = first(query, "status") if name == "subscriptions" else None
        price = first(query, "price") if name == "subscriptions" else None

        def keep(version: Version) -> bool:
            body = version.body
            if name == "subscriptions" and status != "all":
                now = body["status"]
                if status in (None, ""):
                    if now in _ENDED:
                        return False
                elif status == "ended":
                    if now not in _ENDED:
                        return False
                elif now != status:
                    return False
            if price is not None and all(item["price"] != price for item in body["items"]):
                return False
            if name == "plans" and body["recurring"] is None:
                return False
            return all(_text(body.get(field)) == value for field, value in fields.items())

        return keep

    def _shown(self, name: str, found: Version, renderer: Renderer, expand: list[str]) -> Json:
        if name == "plans":
            return {
                "id": found.id,
                "object": "plan",
                **renderer.plan(found, frozenset()),
                "livemode": renderer.livemode,
            }
        return renderer.render(found, frozenset(expand))

    def _retrieve(self, resource: Resource, id_: str, renderer: Renderer) -> Version:
        found = self._store.get(resource.type, id_, renderer.clock)
        if found is None:
            raise _error(
                404, f"No such {resource.type}: '{id_}'", param="id", code="resource_missing"
            )
        return found

    # ---- nested lists ------------------------------------------------------------------------

    def _slice(self, items: list[Json], url: str, query: Query) -> Json:
        limit, after = self._limit(query), first(query, "starting_after")
        start = 0
        if after is not None:
            ids = [item["id"] for item in items]
            if after not in ids:
                raise _error(400, f"No such object: '{after}'", param="starting_after")
            start = ids.index(after) + 1
        return page(items[start : start + limit], url, has_more=len(items) > start + limit)

    def _subscription_items(self, query: Query, renderer: Renderer) -> Json:
        id_ = first(query, "subscription")
        if id_ is None:
            raise _error(
                400,
                "Missing required param: subscription.",
                param="subscription",
                code="parameter_missing",
            )
        found = self._retrieve(RESOURCES["subscriptions"], id_, renderer)
        inside = [p.removeprefix("data.") for p in every(query, "expand")]
        items = renderer.subscription_items(found, frozenset(inside))
        return self._slice(items, "/v1/subscription_items", query)

    def _nested(
        self, name: str, part: str, found: Version, query: Query, renderer: Renderer
    ) -> Json | None:
        url = f"/v1/{name}/{found.id}/{part}"
        if name == "invoices" and part == "lines":
            return self._slice(renderer.lines(found), url, query)
        if name == "credit_notes" and part == "lines":
            lines = [renderer.credit_note_line(line) for line in found.body["lines"]]
            return self._slice(lines, url, query)
        if name == "charges" and part == "refunds":
            refunds = self._store.newest_first("refund", renderer.clock, parent=found.id)
            return self._slice([renderer.render(refund) for refund in refunds], url, query)
        if name == "billing/meters" and part == "event_summaries":
            return self._meter_summaries(found, query, url)
        return None

    def _meter_summaries(self, meter: Version, query: Query, url: str) -> Json:
        values = {}
        for need in ("customer", "start_time", "end_time"):
            value = first(query, need)
            if value is None:
                raise _error(
                    400, f"Missing required param: {need}.", param=need, code="parameter_missing"
                )
            values[need] = value
        start, end = int(values["start_time"]), int(values["end_time"])
        window = first(query, "value_grouping_window")
        if window not in (None, "day"):
            raise _error(400, "This account groups by day only.", param="value_grouping_window")
        if window == "day" and (start % DAY or end % DAY):
            raise _error(400, "start_time and end_time must align with daily boundaries in UTC.")
        usage = self._store.meter_usage(meter.id, values["customer"], start, end)
        totals: dict[int, int] = {}
        for day, units in usage:
            begins = day if window == "day" else start
            totals[begins] = totals.get(begins, 0) + units
        summaries = [
            {
                "id": make_id("mtrusg", meter.id, values["customer"], begins),
                "object": "billing.meter_event_summary",
                "aggregated_value": total,
                "end_time": begins + DAY if window == "day" else end,
                "livemode": False,
                "meter": meter.id,
                "start_time": begins,
            }
            for begins, total in sorted(totals.items(), reverse=True)
        ]
        return self._slice(summaries, url, query)

    # ---- events ------------------------------------------------------------------------------

    def _event_id(self, event: StoredEvent) -> str:
        letters = make_id("", "event", event.sequence, length=12)[1:]
        return named(f"evt_{event.sequence:012d}{letters}", self._account_name)

    def _event_body(self, event: StoredEvent) -> Json:
        version = self.version_at(event.created)
        renderer = Renderer(self._store, event.created, version)
        name = "plans" if event.type.startswith("plan.") else ""
        now = self._store.version(event.version)
        data: Json = {"object": self._shown(name, now, renderer, [])}
        if event.previous is not None and event.type.endswith(".updated"):
            before = self._shown(name, self._store.version(event.previous), renderer, [])
            data["previous_attributes"] = {
                key: value for key, value in before.items() if data["object"].get(key) != value
            }
        return {
            "id": self._event_id(event),
            "object": "event",
            "api_version": version,
            "created": event.created,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": event.type,
        }

    def _matching_events(self, query: Query, renderer: Renderer) -> Iterator[StoredEvent]:
        low, high = self._created_bounds(query)
        oldest = renderer.clock - EVENT_WINDOW
        before = None
        after = first(query, "starting_after")
        if after is not None:
            last = self._find_event(after)
            if last is None:
                raise _error(
                    400,
                    f"No such event: '{after}'",
                    param="starting_after",
                    code="resource_missing",
                )
            before = (last.created, last.sequence)
        wanted = set(every(query, "types")) | ({t} if (t := first(query, "type")) else set())
        for event in self._store.events(
            oldest if low is None else max(low, oldest),
            renderer.clock if high is None else min(high, renderer.clock),
            before,
        ):
            if not wanted or any(_matches(event.type, pattern) for pattern in wanted):
                yield event

    def _find_event(self, id_: str) -> StoredEvent | None:
        digits = id_[4:16]
        found = self._store.event(int(digits)) if digits.isdigit() else None
        return found if found is not None and self._event_id(found) == id_ else None

    def _events(self, query: Query, renderer: Renderer) -> Json:
        self._check_parameters(query, _COMMON | {"type", "types", "delivery_success"})
        limit = self._limit(query)
        data: list[Json] = []
        for event in self._matching_events(query, renderer):
            if len(data) == limit:
                return page(data, "/v1/events", has_more=True)
            data.append(self._event_body(event))
        return page(data, "/v1/events")

    def _one_event(self, id_: str, renderer: Renderer) -> Json:
        event = self._find_event(id_)
        oldest = renderer.clock - EVENT_WINDOW
        if event is None or not oldest <= event.created <= renderer.clock:
            raise _error(404, f"No such event: '{id_}'", param="id", code="resource_missing")
        return self._event_body(event)


def _matches(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
