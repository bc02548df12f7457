"""One synchronisation of a Chargebee site: events since the last one, then what lists changed."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, NotFoundError
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
from pipelines.loading.versions import BATCH_ROWS
from pipelines.sources.chargebee.api import ChargebeeApi, ChargebeeObject
from pipelines.sources.chargebee.shapes import (
    content,
    item_of,
    item_price_of,
    of_ramp,
    of_renewal,
)
from pipelines.sources.chargebee.tables import (
    COUPONS,
    CREDIT_NOTES,
    CUSTOMERS,
    EVENTS,
    INVOICES,
    ITEM_PRICES,
    ITEMS,
    SCHEDULED_CHANGES,
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

#: Lists of the newer catalogue, and what the older has in their place.
_CATALOGUE: Final = frozenset({"/items", "/item_prices"})
_OLDER_CATALOGUE: Final = (("/plans", "plan"), ("/addons", "addon"))
_IS_OLDER: Final = "the site has product catalogue 1.0, so its plans and addons are read"

RAMPS_PATH: Final = "/ramps"
RENEWALS_PATH: Final = "/subscriptions/{id}/retrieve_with_scheduled_changes"
#: Subscriptions whose ramps are asked for at once.
_RAMPS_AT_ONCE: Final = 50
#: Whether the ramps of all that run were read, so that only changes need be asked for.
_RAMPS_READ: Final = "ramps_read"
_IS_OVER: Final = frozenset({"cancelled", "transferred"})


@dataclass
class ChargebeeSync:
    """What one run reads of a site."""

    api: ChargebeeApi
    context: RunContext
    sync: ObjectSync
    _running: set[str] = field(default_factory=set)
    _with_ramps: set[str] = field(default_factory=set)
    _to_change: dict[str, Any] = field(default_factory=dict)
    _knows_events: bool = False

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        yield from self._read_events()
        is_older = yield from self._read_catalogue()
        for table, path, name, has_changes, is_needed in LISTS:
            if path not in _CATALOGUE:
                yield from self._read_list(table, path, name, has_changes, is_needed)
        yield from self._read_renewals()
        if not is_older:
            yield from self._read_ramps()
        yield from self.sync.finish()

    def _read_catalogue(self) -> Generator[tuple[str, pa.Table], None, bool]:
        """What is sold; returns whether the site has the older catalogue."""
        is_older = False
        for table, path, name, has_changes, is_needed in LISTS:
            if path not in _CATALOGUE:
                continue
            if is_older:
                self._is_elsewhere(path)
                continue
            try:
                yield from self._read_list(table, path, name, has_changes, is_needed)
            except BadRequestError as error:
                is_older = yield from self._read_plans_and_addons()
                if is_older:
                    self._is_elsewhere(path)
                else:
                    self.sync.skip(path, str(error))
        return is_older

    def _is_elsewhere(self, path: str) -> None:
        self.context.endpoints.append(EndpointResult(path, "skipped", _IS_OLDER, 0, False))

    def _read_plans_and_addons(self) -> Generator[tuple[str, pa.Table], None, bool]:
        """Items and prices of the older catalogue; returns whether the site has one."""
        refused = {}
        for path, kind in _OLDER_CATALOGUE:
            try:
                yield from self.sync.read_list(
                    ITEM_PRICES,
                    path,
                    self._sold(path, kind),
                    is_complete=True,
                    permission=_PERMISSION,
                )
            except BadRequestError as error:
                refused[path] = str(error)
        if len(refused) == len(_OLDER_CATALOGUE):
            return False
        for path, reason in refused.items():
            self.sync.skip(path, reason)
        return True

    def _sold(self, path: str, kind: str) -> Iterator[ChargebeeObject]:
        """Prices of plans or addons; the items beside them are added on the way."""
        for row in self.api.objects(path, kind, {"include_deleted": "true"}):
            sold = self.sync.shaped(ITEM_PRICES, row)
            price = self.sync.shaped(ITEM_PRICES, sold, partial(item_price_of, kind))
            if sold is None or price is None:
                continue
            if sold.get("deleted") or sold.get("status") == "deleted":
                for table in (ITEMS, ITEM_PRICES):
                    self.sync.writer(table).mark_deleted(
                        str(price["id"]), observed_at=self.context.observed_at, via="list"
                    )
                continue
            self.sync.add(ITEMS, item_of(kind, sold))
            yield price

    def _read_list(
        self, table: ObjectTable, path: str, name: str, has_changes: bool, is_needed: bool
    ) -> ArrowRows:
        since = self.sync.changed_since(path) if has_changes else None
        params: dict[str, Any] = {"include_deleted": "true"}
        if since:
            params["updated_at[after]"] = int(since.replace(tzinfo=UTC).timestamp())
        objects = self.api.objects(path, name, params)
        try:
            is_read = yield from self.sync.read_list(
                table,
                path,
                self._present(table, path, name, objects),
                is_complete=since is None,
                permission=_PERMISSION,
                is_needed=is_needed,
                shape=content,
            )
        except BadRequestError as error:
            if is_needed or path in _CATALOGUE:
                raise
            self.sync.skip(path, str(error))
            return
        if is_read:
            self.sync.remember_read(path)

    def _present(
        self, table: ObjectTable, path: str, name: str, objects: Iterable[Any]
    ) -> Iterator[Any]:
        """Objects that are there, whole; those that are gone are marked so."""
        for item in objects:
            if not isinstance(item, dict):
                yield item
            elif item.get("deleted"):
                self.sync.writer(table).mark_deleted(
                    str(item.get("id")), observed_at=self.context.observed_at, via="list"
                )
            else:
                if table is SUBSCRIPTIONS:
                    self._note_plans(item)
                yield self.api.complete(path, name, item)

    # -- what is planned -------------------------------------------------------------------------

    def _note_plans(self, subscription: ChargebeeObject) -> None:
        """Remember of a subscription that was listed what has to be asked about it."""
        name = str(subscription.get("id"))
        if str(subscription.get("status")) in _IS_OVER:
            return
        self._running.add(name)
        if subscription.get("has_scheduled_changes"):
            self._to_change[name] = subscription.get("changes_scheduled_at") or subscription.get(
                "current_term_end"
            )

    def _read_renewals(self) -> ArrowRows:
        """How subscriptions will be, of those that say that something changes when they renew."""
        if self._to_change:
            yield from self._read_planned(RENEWALS_PATH, self._renewals())

    def _renewals(self) -> Iterator[ChargebeeObject]:
        for name, changed_at in sorted(self._to_change.items()):
            try:
                changed = self.api.object(
                    RENEWALS_PATH.format(id=quote(name, safe="")), "subscription"
                )
            except NotFoundError:
                continue  # it went away since it was listed
            yield of_renewal({**changed, "id": name}, changed_at)

    def _read_ramps(self) -> ArrowRows:
        """Ramps of subscriptions that may have new ones.

        They are listed for named subscriptions only: the first time for all that run, then for
        those that changed and those that an event names; for all where no events may be read.
        """
        asked = self._running | self._with_ramps
        if not self._knows_events or not self.sync.state.get(_RAMPS_READ):
            known = self.sync.writer(SUBSCRIPTIONS).known
            asked |= {name for name, one in known.items() if not one.is_deleted}
        if asked:
            is_read = yield from self._read_planned(RAMPS_PATH, self._ramps(sorted(asked)))
            self.sync.state[_RAMPS_READ] = is_read

    def _ramps(self, subscriptions: list[str]) -> Iterator[ChargebeeObject]:
        for start in range(0, len(subscriptions), _RAMPS_AT_ONCE):
            names = json.dumps(subscriptions[start : start + _RAMPS_AT_ONCE])
            params = {"include_deleted": "true", "subscription_id[in]": names}
            for row in self.api.objects(RAMPS_PATH, "ramp", params):
                if (ramp := self.sync.shaped(SCHEDULED_CHANGES, row)) is None:
                    continue
                if ramp.get("deleted"):
                    self.sync.writer(SCHEDULED_CHANGES).mark_deleted(
                        str(ramp.get("id")), observed_at=self.context.observed_at, via="list"
                    )
                elif (planned := self.sync.shaped(SCHEDULED_CHANGES, ramp, of_ramp)) is not None:
                    yield planned

    def _read_planned(
        self, path: str, objects: Iterable[ChargebeeObject]
    ) -> Generator[tuple[str, pa.Table], None, bool]:
        """Read what is planned; returns whether that could be read."""
        try:
            return (
                yield from self.sync.read_list(
                    SCHEDULED_CHANGES, path, objects, is_complete=False, permission=_PERMISSION
                )
            )
        except BadRequestError as error:
            self.sync.skip(path, str(error))
            return False

    # -- events ----------------------------------------------------------------------------------

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
            rows = self.api.objects(EVENTS_PATH, "event", params)
            events = (event for row in rows if (event := self.sync.shaped(EVENTS, row)) is not None)
            for event in in_order(events):
                happened_at = _moment(event.get("occurred_at"))
                if happened_at and happened_at > self.context.observed_at:
                    break  # after the clock: the next run reads it
                count += 1
                order += 1
                if str(event.get("id")) not in known:
                    known.add(str(event.get("id")))
                    self.sync.add(EVENTS, _head(event))
                    self._apply(event, happened_at, order)
                yield from writer.flush(at_least=BATCH_ROWS)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            self.sync.skip(EVENTS_PATH, f"{error} Permission: {_PERMISSION}.")
            return
        self._knows_events = True
        self.sync.done(EVENTS_PATH, count, is_complete=since is None)
        self.sync.remember_read(EVENTS_PATH)

    def _apply(self, event: ChargebeeObject, happened_at: datetime | None, order: int) -> None:
        held = event.get("content")
        subscription = held.get("subscription") if isinstance(held, dict) else None
        ramp = held.get("ramp") if isinstance(held, dict) else None
        if isinstance(ramp, dict) and ramp.get("subscription_id"):
            self._with_ramps.add(str(ramp["subscription_id"]))
        if not isinstance(subscription, dict) or not happened_at:
            return
        if subscription.get("deleted") or event.get("event_type") == "subscription_deleted":
            self.sync.writer(SUBSCRIPTIONS).mark_deleted(
                str(subscription.get("id")), observed_at=happened_at, via="event"
            )
            return
        known = self.sync.writer(SUBSCRIPTIONS).known.get(str(subscription.get("id")))
        kept = self.sync.shaped(SUBSCRIPTIONS, subscription, content)
        if kept is None:
            return
        self.sync.add(
            SUBSCRIPTIONS,
            kept,
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


def _head(event: ChargebeeObject) -> ChargebeeObject:
    names = ("id", "event_type", "occurred_at", "source")
    return {name: event[name] for name in names if event.get(name) is not None}


def _moment(seconds: Any) -> datetime | None:
    """Naive UTC time of Unix seconds; None for what is none."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
