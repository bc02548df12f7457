"""Events of the last 30 days, and the versions of objects that their snapshots hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pipelines.errors import AccessDeniedError, LoadError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.versions import KnownVersion
from pipelines.sources.stripe.api import StripeApi, StripeObject
from pipelines.sources.stripe.endpoints import EVENT_WINDOW_DAYS, EVENTS, Endpoint
from pipelines.sources.stripe.event_order import newest_first
from pipelines.sources.stripe.state import EPOCH, SyncState, epoch, from_epoch
from pipelines.sources.stripe.writers import ArrowRows, ObjectWriters, all_discounts

#: Object type and id of an object that an event is about.
Key = tuple[str, str]

#: Their `.deleted` event is the end of their life, told with their last state; they stay.
KEPT_WHEN_DELETED: Final = "subscription"
#: What the snapshot of a deletion has even where it holds nothing of the object.
_NAMES_ONLY: Final = frozenset({"id", "object", "deleted", "livemode"})


@dataclass
class EventReplay:
    """Replays events onto the raw tables, newest first, as Stripe lists them.

    The first snapshot met of an object is therefore its newest.

    Attributes:
        targets: `object` of a snapshot -> the endpoint whose table it belongs to.
        is_full: every list is read whole beside this, so snapshots only tell of history.
    """

    api: StripeApi
    context: RunContext
    state: SyncState
    writers: ObjectWriters
    targets: Mapping[str, Endpoint]
    is_full: bool
    _met: set[Key] = field(default_factory=set)
    _incomplete: dict[Key, None] = field(default_factory=dict)

    def run(self) -> ArrowRows:
        """Rows of new events and of the objects in them.

        Raises:
            LoadError: the key may not read events, and they are the only way to see changes.
        """
        cursor = None if self.is_full else self.state.event_cursor(self.context)
        if self.is_full:  # a cursor in the future must not outlive a full reading
            self.state.values.pop("newest_event_at", None)
        try:
            yield from self._replay(cursor)
        except (AccessDeniedError, NotFoundError) as error:
            self.writers.skip(EVENTS, f"{error} Permission: '{EVENTS.permission}'.")
            if not self.is_full:
                raise LoadError(
                    f"{error} Without events only a full reading can tell what changed: give the "
                    f"key the permission '{EVENTS.permission}', or run with --full-refresh."
                ) from None

    def _replay(self, cursor: datetime | None) -> ArrowRows:
        since = cursor or self.context.observed_at - timedelta(days=EVENT_WINDOW_DAYS + 1)
        writer = self.writers.start(EVENTS, self._known_events(since))
        newest = self.state.moment("newest_event_at") or EPOCH
        params = {"created[gte]": epoch(cursor)} if cursor else {}
        order = 0
        for event in newest_first(self.api.objects(EVENTS, params)):
            created = from_epoch(event.get("created"))
            if event.get("id") in writer.known or created > self.context.observed_at:
                continue  # after the clock: the next sync reads it
            newest = max(newest, created)
            self.writers.add(EVENTS, event, created, "list")
            order -= 1
            self._apply(event, created, order)
            yield from self.writers.flush_large(EVENTS)
        self.writers.done(EVENTS, writer.stats.read, is_complete=self.is_full)
        if newest > EPOCH:
            self.state.remember("newest_event_at", newest)
        if not self.is_full:
            self._complete_objects()

    def _known_events(self, since: datetime) -> dict[str, KnownVersion]:
        rows = self.context.query(
            f"""
            select id, _content_hash, _observed_at
            from events
            where created >= timestamp '{since:%Y-%m-%d %H:%M:%S}'
                and _dlt_load_id in (select load_id from _dlt_loads where status = 0)
            """
        )
        return {
            row["id"]: KnownVersion(row["_content_hash"], row["_observed_at"], False)
            for row in rows
        }

    def _apply(self, event: StripeObject, created: datetime, order: int) -> None:
        snapshot = (event.get("data") or {}).get("object")
        if not isinstance(snapshot, dict) or not isinstance(snapshot.get("id"), str):
            return
        object_type = str(snapshot.get("object"))
        endpoint = self.targets.get(object_type)
        if endpoint is None:
            return
        key = (object_type, snapshot["id"])
        is_newest = key not in self._met
        self._met.add(key)
        if str(event.get("type")).endswith(".deleted") and object_type != KEPT_WHEN_DELETED:
            if is_newest:
                self._close(endpoint, snapshot, created, order, event.get("api_version"))
            return
        if endpoint.refetched or any(isinstance(one, str) for one in all_discounts(snapshot)):
            self._incomplete.setdefault(key)
        if endpoint.has_history or (is_newest and not self.is_full):
            self._add(endpoint, snapshot, created, order, event.get("api_version"))

    def _close(
        self,
        endpoint: Endpoint,
        snapshot: StripeObject,
        deleted_at: datetime,
        order: int,
        api_version: Any,
    ) -> None:
        """Mark an object as deleted. Of one that no load has seen the event is all that is left."""
        writer = self.writers.of(endpoint)
        is_unknown = endpoint.has_history and snapshot["id"] not in writer.known
        if is_unknown and snapshot.keys() - _NAMES_ONLY:
            self._add(endpoint, snapshot, deleted_at, order, api_version)
        writer.mark_deleted(snapshot["id"], observed_at=deleted_at, via="event")

    def _add(
        self,
        endpoint: Endpoint,
        snapshot: StripeObject,
        created: datetime,
        order: int,
        api_version: Any,
    ) -> None:
        known = self.writers.of(endpoint).known.get(snapshot["id"])
        if known and not endpoint.has_history and known.observed_at > created:
            return
        self.writers.add(
            endpoint,
            self.api.complete(endpoint, snapshot),
            created,
            "event",
            api_version=api_version,
            sequence=order,
            is_history=endpoint.has_history,
        )

    def _complete_objects(self) -> None:
        """Read whole what a snapshot in an event does not hold (tiers, discount terms)."""
        now = self.context.observed_at
        for object_type, object_id in self._incomplete:
            endpoint = self.targets[object_type]
            writer = self.writers.of(endpoint)
            known = writer.known.get(object_id)
            if known and known.is_deleted:
                continue
            try:
                item = self.api.retrieve(endpoint, object_id)
            except NotFoundError:
                writer.mark_deleted(object_id, observed_at=now, via="retrieve")
                continue
            except AccessDeniedError:
                continue  # its own list reports the missing permission
            if item.get("deleted"):
                writer.mark_deleted(object_id, observed_at=now, via="retrieve")
            else:
                self.writers.add(endpoint, item, now, "retrieve")
