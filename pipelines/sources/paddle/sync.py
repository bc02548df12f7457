"""One synchronisation of a Paddle account: events since the last one, then the lists."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.moments import moment_of
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
from pipelines.loading.versions import BATCH_ROWS
from pipelines.sources.paddle.api import PaddleApi, PaddleObject
from pipelines.sources.paddle.tables import (
    ADJUSTMENTS,
    CUSTOMERS,
    DISCOUNTS,
    EVENTS,
    PRICES,
    PRODUCTS,
    SUBSCRIPTIONS,
    TRANSACTIONS,
)

#: Table -> path, filters, permission, whether nothing can be said without it.
LISTS: Final[tuple[tuple[ObjectTable, str, Mapping[str, str], str, bool], ...]] = (
    (PRODUCTS, "/products", {"status": "active,archived"}, "product.read", False),
    (PRICES, "/prices", {"status": "active,archived"}, "price.read", False),
    (DISCOUNTS, "/discounts", {"status": "active,archived,expired,used"}, "discount.read", False),
    (CUSTOMERS, "/customers", {"status": "active,archived"}, "customer.read", False),
    (SUBSCRIPTIONS, "/subscriptions", {}, "subscription.read", True),
    (ADJUSTMENTS, "/adjustments", {}, "adjustment.read", False),
)
EVENTS_PATH: Final = "/events"
TRANSACTIONS_PATH: Final = "/transactions"

#: Secrets of a subscription, and what its events or its list have that the other lacks: no part of
#: its content.
_NO_CONTENT: Final = frozenset(
    {"management_urls", "transaction_id", "next_transaction", "recurring_transaction_details"}
)
_EVENT_CURSOR: Final = "last_event_id"


@dataclass
class PaddleSync:
    """What one run reads of an account."""

    api: PaddleApi
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        self._check_key()
        yield from self._read_events()
        for table, path, filters, permission, is_needed in LISTS:
            yield from self.sync.read_list(
                table,
                path,
                self.api.objects(path, filters),
                is_complete=True,
                permission=permission,
                is_needed=is_needed,
                shape=content_of_subscription if table is SUBSCRIPTIONS else content,
            )
        yield from self._read_transactions()
        yield from self.sync.finish()

    def _check_key(self) -> None:
        """Claim the account, and warn of a key that can do more than read."""
        try:
            said = self.api.account()
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError, BadRequestError):
            return
        account = said.get("account") if isinstance(said.get("account"), dict) else {}
        account_id = (account or {}).get("id") or said.get("account_id")
        if account_id:
            self.context.claim(str(account_id))
        holder = said.get("api_key") if isinstance(said.get("api_key"), dict) else said
        permissions = (holder or {}).get("permissions")
        if isinstance(permissions, list) and any(
            str(one).endswith(".write") for one in permissions
        ):
            name = self.context.account.setting_name("API_KEY")
            self.context.warn(
                f"the key in {name} can write to your account; a key that may only read is enough "
                "and safer."
            )

    def _read_events(self) -> ArrowRows:
        """Heads of new events, and the versions of subscriptions that they hold."""
        cursor = None if self.context.full_refresh else self.sync.state.get(_EVENT_CURSOR)
        try:
            try:
                count = yield from self._read_events_after(cursor)
            except (BadRequestError, NotFoundError):
                if not cursor:
                    raise
                cursor = None  # the event that was read last is no longer kept: all that are
                count = yield from self._read_events_after(cursor)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            self.sync.skip(EVENTS_PATH, f"{error} Permission: that for events.")
            return
        self.sync.done(EVENTS_PATH, count, is_complete=cursor is None)

    def _read_events_after(self, cursor: str | None) -> Generator[tuple[str, pa.Table], None, int]:
        """Read the events after one, or all that are kept; returns how many."""
        params = {"order_by": "id[ASC]", **({"after": cursor} if cursor else {})}
        writer = self.sync.writer(EVENTS)
        known = set(writer.known)
        count = 0
        is_ahead = False
        for order, row in enumerate(self.api.objects(EVENTS_PATH, params)):
            event = self.sync.shaped(EVENTS, row)
            if event is None:
                continue
            happened_at = _moment(event.get("occurred_at"))
            if happened_at and happened_at > self.context.observed_at:
                is_ahead = True  # after the clock: the next run reads it, and those behind it again
                continue
            count += 1
            event_id = event.get("event_id")
            if not isinstance(event_id, str) or event_id not in known:
                self.sync.add(EVENTS, _head(event))
                self._apply(event, happened_at, order)
            if isinstance(event_id, str) and not is_ahead:
                self.sync.state[_EVENT_CURSOR] = event_id
            yield from writer.flush(at_least=BATCH_ROWS)
        return count

    def _apply(self, event: PaddleObject, happened_at: datetime | None, order: int) -> None:
        data = event.get("data")
        is_of_subscription = str(event.get("event_type")).startswith("subscription.")
        if is_of_subscription and isinstance(data, dict) and happened_at:
            known = self.sync.writer(SUBSCRIPTIONS).known.get(str(data.get("id")))
            self.sync.add(
                SUBSCRIPTIONS,
                content_of_subscription(data),
                happened_at=happened_at,
                sequence=order,
                # a list may have shown the change before its event was there
                is_history=known is not None and known.observed_at > happened_at,
            )

    def _read_transactions(self) -> ArrowRows:
        since = self.sync.changed_since(TRANSACTIONS_PATH)
        params = {"updated_at[GT]": f"{since:%Y-%m-%dT%H:%M:%SZ}"} if since else {}
        yield from self.sync.read_list(
            TRANSACTIONS,
            TRANSACTIONS_PATH,
            self.api.objects(TRANSACTIONS_PATH, params),
            is_complete=since is None,
            permission="transaction.read",
            is_needed=True,
            shape=content,
        )
        self.sync.remember_read(TRANSACTIONS_PATH)


def content(item: PaddleObject) -> PaddleObject:
    """An object as it counts: without nulls, so that an event equals its list."""
    return {name: value for name, value in item.items() if value is not None}


def content_of_subscription(item: PaddleObject) -> PaddleObject:
    """The same, without secrets and what only one of event and list says."""
    return {name: value for name, value in content(item).items() if name not in _NO_CONTENT}


def _head(event: PaddleObject) -> PaddleObject:
    data = event.get("data")
    entity_id = data.get("id") if isinstance(data, dict) else None
    return {
        "id": event.get("event_id"),
        "event_type": event.get("event_type"),
        "occurred_at": event.get("occurred_at"),
        "entity_id": entity_id,
    }


def _moment(text: Any) -> datetime | None:
    """Naive UTC time of Paddle's texts; None for what is none."""
    moment = moment_of(text)
    return moment.replace(tzinfo=None) if moment else None
