"""One synchronisation of a Chargebee site: events since the last one, then what lists changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable, to_json
from pipelines.loading.versions import BATCH_ROWS
from pipelines.sources.chargebee.api import ChargebeeApi, ChargebeeObject
from pipelines.sources.chargebee.tables import (
    COUPONS,
    CREDIT_NOTES,
    CUSTOMERS,
    EVENTS,
    INVOICES,
    ITEM_PRICES,
    ITEMS,
    SUBSCRIPTIONS,
    TRANSACTIONS,
)

#: Table -> path, name of the wrapping, whether changes can be asked for, whether it is needed.
LISTS: Final[tuple[tuple[ObjectTable, str, str, bool, bool], ...]] = (
    (ITEMS, "/items", "item", False, False),
    (ITEM_PRICES, "/item_prices", "item_price", False, False),
    (COUPONS, "/coupons", "coupon", False, False),
    (CUSTOMERS, "/customers", "customer", True, False),
    (SUBSCRIPTIONS, "/subscriptions", "subscription", True, True),
    (INVOICES, "/invoices", "invoice", True, True),
    (CREDIT_NOTES, "/credit_notes", "credit_note", True, False),
    (TRANSACTIONS, "/transactions", "transaction", True, False),
)
EVENTS_PATH: Final = "/events"
_PERMISSION: Final = "read-only access to all objects"

#: What changes without a change of the object.
_NO_CONTENT: Final = frozenset({"updated_at", "resource_version", "object"})


@dataclass
class ChargebeeSync:
    """What one run reads of a site."""

    api: ChargebeeApi
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        yield from self._read_events()
        for table, path, name, has_changes, is_needed in LISTS:
            yield from self._read_list(table, path, name, has_changes, is_needed)
        yield from self.sync.finish()

    def _read_list(
        self, table: ObjectTable, path: str, name: str, has_changes: bool, is_needed: bool
    ) -> ArrowRows:
        since = self.sync.changed_since(path) if has_changes else None
        params: dict[str, Any] = {"include_deleted": "true"}
        if since:
            params["updated_at[after]"] = int(since.replace(tzinfo=UTC).timestamp())
        objects = self.api.objects(path, name, params)
        try:
            yield from self.sync.read_list(
                table,
                path,
                self._present(table, path, name, objects),
                is_complete=since is None,
                permission=_PERMISSION,
                is_needed=is_needed,
            )
        except BadRequestError as error:
            if is_needed:
                raise
            self.sync.skip(path, str(error))
            return
        self.sync.remember_read(path)

    def _present(
        self, table: ObjectTable, path: str, name: str, objects: Iterable[ChargebeeObject]
    ) -> Iterator[ChargebeeObject]:
        """Objects that are there, whole; those that are gone are marked so."""
        for item in objects:
            if item.get("deleted"):
                self.sync.writer(table).mark_deleted(
                    str(item.get("id")), observed_at=self.context.observed_at, via="list"
                )
            else:
                yield content(self.api.complete(path, name, item))

    def _read_events(self) -> ArrowRows:
        """Heads of new events, and the versions of subscriptions that they hold."""
        since = self.sync.changed_since(EVENTS_PATH)
        params: dict[str, Any] = {"sort_by[asc]": "occurred_at"}
        if since:
            params["occurred_at[after]"] = int(since.replace(tzinfo=UTC).timestamp())
        writer = self.sync.writer(EVENTS)
        known = set(writer.known)
        count = order = 0
        try:
            for event in in_order(self.api.objects(EVENTS_PATH, "event", params)):
                happened_at = _moment(event.get("occurred_at"))
                if happened_at and happened_at > self.context.observed_at:
                    break  # after the clock: the next run reads it
                count += 1
                order += 1
                if event.get("id") not in known:
                    known.add(str(event.get("id")))
                    self.sync.add(EVENTS, _head(event))
                    self._apply(event, happened_at, order)
                yield from writer.flush(at_least=BATCH_ROWS)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            self.sync.skip(EVENTS_PATH, f"{error} Permission: {_PERMISSION}.")
            return
        self.sync.done(EVENTS_PATH, count, is_complete=since is None)
        self.sync.remember_read(EVENTS_PATH)

    def _apply(self, event: ChargebeeObject, happened_at: datetime | None, order: int) -> None:
        held = event.get("content")
        subscription = held.get("subscription") if isinstance(held, dict) else None
        if not isinstance(subscription, dict) or not happened_at:
            return
        if subscription.get("deleted") or event.get("event_type") == "subscription_deleted":
            self.sync.writer(SUBSCRIPTIONS).mark_deleted(
                str(subscription.get("id")), observed_at=happened_at, via="event"
            )
            return
        known = self.sync.writer(SUBSCRIPTIONS).known.get(str(subscription.get("id")))
        self.sync.add(
            SUBSCRIPTIONS,
            content(subscription),
            happened_at=happened_at,
            sequence=order,
            # a list may have shown the change before its event was there
            is_history=known is not None and known.observed_at > happened_at,
        )


def in_order(events: Iterable[ChargebeeObject]) -> Iterator[ChargebeeObject]:
    """Events of one second by the version of the object that they hold."""
    for _, group in groupby(events, key=lambda event: event.get("occurred_at")):
        yield from sorted(group, key=_resource_version)


def _resource_version(event: ChargebeeObject) -> int:
    held = event.get("content")
    subscription = held.get("subscription") if isinstance(held, dict) else None
    version = (subscription or {}).get("resource_version") or event.get("resource_version")
    return version if isinstance(version, int) else 0


def content(item: ChargebeeObject) -> ChargebeeObject:
    """An object as it counts; each item of a subscription knows the tiers that are its own."""
    kept = {name: value for name, value in item.items() if name not in _NO_CONTENT}
    if kept.get("tiers"):
        kept["tiers_key"] = _tiers_key(kept["tiers"])
    tiers = [one for one in kept.get("item_tiers") or [] if isinstance(one, dict)]
    if tiers:
        kept["subscription_items"] = [
            _with_tiers(one, tiers) for one in kept.get("subscription_items") or []
        ]
    return kept


def _with_tiers(item: ChargebeeObject, tiers: list[ChargebeeObject]) -> ChargebeeObject:
    own = [one for one in tiers if one.get("item_price_id") == item.get("item_price_id")]
    return {**item, "tiers": own, "tiers_key": _tiers_key(own)} if own else item


def _tiers_key(tiers: Any) -> str:
    """Short text that is the same for the same tiers, whatever price they belong to."""
    names = [
        *("starting_unit", "ending_unit", "price", "pricing_type", "package_size"),
        *("starting_unit_in_decimal", "ending_unit_in_decimal", "price_in_decimal"),
    ]
    terms = [
        {name: tier[name] for name in names if tier.get(name) is not None}
        for tier in tiers
        if isinstance(tier, dict)
    ]
    return hashlib.sha256(to_json(terms).encode()).hexdigest()[:8]


def _head(event: ChargebeeObject) -> ChargebeeObject:
    names = ("id", "event_type", "occurred_at", "source")
    return {name: event[name] for name in names if event.get(name) is not None}


def _moment(seconds: Any) -> datetime | None:
    """Naive UTC time of Unix seconds; None for what is none."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
