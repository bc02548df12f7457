"""One synchronisation of a Stripe account: a full reading, or what changed since the last one.

A full reading pages every list. After that, `/v1/events` (kept 30 days by Stripe) tells what
changed: the snapshot in an event is the object's new version. A list that fits on one page is read
whole each time, because that one request costs no more than asking what is new. A full reading
comes back when the last one is older than the event window, or on `--full-refresh`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pipelines.errors import AccessDeniedError, LoadError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.versions import note_new_fields
from pipelines.sources.stripe.api import StripeApi
from pipelines.sources.stripe.discount_terms import DiscountTerms
from pipelines.sources.stripe.endpoints import (
    CREDIT_BALANCE_TRANSACTIONS,
    DISCOUNTS,
    ENDPOINTS,
    EVENT_WINDOW_DAYS,
    METER_EVENT_SUMMARIES,
    PAGE_SIZE,
    PLANS,
    Endpoint,
)
from pipelines.sources.stripe.events import EventReplay
from pipelines.sources.stripe.settings import BASE_URL
from pipelines.sources.stripe.state import EPOCH, SyncState, epoch
from pipelines.sources.stripe.writers import ArrowRows, ObjectWriters

#: A sync this close to the end of the event window reads everything, to be safe.
WINDOW_MARGIN: Final = timedelta(days=1)
#: Meter summaries of the last days can still grow.
METER_OVERLAP: Final = timedelta(days=3)
#: Meter summaries of a full reading go this far back.
METER_HISTORY: Final = timedelta(days=400)
PRICES_PATH: Final = "/v1/prices"

#: One request of a list that needs a parent: path, parameters, fields to add to its objects.
Call = tuple[str, dict[str, Any], dict[str, Any]]


def needs_full_reading(
    synced_at: datetime | None, now: datetime, *, full_refresh: bool = False
) -> bool:
    """Whether events can no longer tell everything that changed since `synced_at` (naive UTC)."""
    if full_refresh or synced_at is None:
        return True
    return now - synced_at >= timedelta(days=EVENT_WINDOW_DAYS) - WINDOW_MARGIN


@dataclass
class StripeSync:
    """Reads one account into Arrow tables of versions."""

    api: StripeApi
    context: RunContext
    state: SyncState
    writers: ObjectWriters
    terms: DiscountTerms
    _unknown_paths: set[str] = field(default_factory=set)
    _has_prices: bool = True
    _created_since: datetime = EPOCH

    def run(self) -> ArrowRows:
        """Everything this sync has to add, as (table name, Arrow table) in bounded batches."""
        last = self.state.moment("synced_at")
        is_full = self._is_full(last)
        self.context.mode = "full" if is_full else "incremental"
        self._has_prices = self.state.values.get("has_prices", True)
        targets = self._event_targets()
        if not is_full:
            # Asked for before the events of this sync move it on: what was created between the last
            # sync and the newest event would never be read.
            self._created_since = self.state.event_cursor(self.context) or EPOCH
        replay = EventReplay(self.api, self.context, self.state, self.writers, targets, is_full)
        yield from replay.run()
        for endpoint in ENDPOINTS:
            if endpoint.path == PRICES_PATH:
                yield from self._read_prices(endpoint, is_full)
            else:
                yield from self._read_endpoint(endpoint, is_full)
        self._read_discounts()
        yield from self._read_credit_balance_transactions()
        yield from self._read_meter_event_summaries(last if not is_full else None)
        yield from self.writers.flush()
        note_new_fields(self.state.values, self.writers.by_table.values(), self.context.warn)
        self.state.values["has_prices"] = self._has_prices
        self.state.remember("synced_at", self.context.observed_at)

    def _is_full(self, last: datetime | None) -> bool:
        now = self.context.observed_at
        if last and last > now:
            self.context.warn(
                f"the last sync was at {last:%Y-%m-%d %H:%M} UTC, after this run's clock "
                f"({now:%Y-%m-%d %H:%M}); the clock jumped back, so everything is read again."
            )
            return True
        never_read_prices = self.state.values.get("has_prices") is None
        full_refresh = self.context.full_refresh
        return needs_full_reading(last, now, full_refresh=full_refresh) or never_read_prices

    def _event_targets(self) -> dict[str, Endpoint]:
        targets = {one.object_type: one for one in ENDPOINTS if one.object_type}
        if not self._has_prices and PLANS.object_type:
            targets[PLANS.object_type] = PLANS
        return targets

    # -- lists ---------------------------------------------------------------------------------

    def _read_prices(self, endpoint: Endpoint, is_full: bool) -> ArrowRows:
        """Prices, or the plans of an account or server that is too old to have prices."""
        if is_full:
            self._has_prices = True
        if self._has_prices:
            yield from self._read_endpoint(endpoint, is_full)
            self._has_prices = endpoint.path not in self._unknown_paths
        if not self._has_prices:
            yield from self._read_endpoint(PLANS, is_full)

    def _read_endpoint(self, endpoint: Endpoint, is_full: bool) -> ArrowRows:
        try:
            yield from self._read_list_or_changes(endpoint, is_full)
        except AccessDeniedError as error:
            # What comes meanwhile is missed, so the list is read whole once it may be read again.
            self.state.values.get("lists_read", {}).pop(endpoint.path, None)
            if endpoint.is_required:
                raise LoadError(
                    f"{error} Stripe cannot be loaded without it: give the key the permission "
                    f"'{endpoint.permission}'."
                ) from None
            self.writers.skip(endpoint, f"{error} Permission: '{endpoint.permission}'.")
        except NotFoundError as error:
            if endpoint.is_required and endpoint.path != PRICES_PATH:  # older servers have plans
                raise LoadError(
                    f"{error} Every account has this list, so the address is not Stripe's: check "
                    f"{self.context.account.setting_name(BASE_URL)}."
                ) from None
            self._unknown_paths.add(endpoint.path)
            self.writers.skip(endpoint, str(error))

    def _read_list_or_changes(self, endpoint: Endpoint, is_full: bool) -> ArrowRows:
        known = self.writers.of(endpoint).known
        alive = sum(1 for version in known.values() if not version.is_deleted)
        if is_full or alive <= PAGE_SIZE or self._never_read(endpoint):
            yield from self._read_whole_list(endpoint)
        elif endpoint.reads_created:
            yield from self._read_created(endpoint)
        elif endpoint.object_type is None:
            yield from self._read_whole_list(endpoint)
        else:
            reason = "changes come from events"
            self.writers.done(endpoint, 0, is_complete=False, reason=reason)

    def _read_whole_list(self, endpoint: Endpoint) -> ArrowRows:
        now, count = self.context.observed_at, 0
        for item in self.api.objects(endpoint):
            self.writers.add(endpoint, item, now, "list")
            count += 1
            if count % PAGE_SIZE == 0:
                self.context.progress(f"{endpoint.table.name}: {count:,} read")
            yield from self.writers.flush_large(endpoint)
        self.writers.of(endpoint).close_unseen(observed_at=now)
        self.writers.done(endpoint, count, is_complete=True)
        self.state.values.setdefault("lists_read", {})[endpoint.path] = True

    def _read_created(self, endpoint: Endpoint) -> ArrowRows:
        since = min(self._created_since, self._oldest_pending(endpoint))
        count = 0
        for item in self.api.objects(endpoint, {"created[gte]": epoch(since)}):
            self.writers.add(endpoint, item, self.context.observed_at, "list")
            count += 1
            yield from self.writers.flush_large(endpoint)
        self.writers.done(endpoint, count, is_complete=False, reason="new since the last sync")

    def _oldest_pending(self, endpoint: Endpoint) -> datetime:
        """Balance transactions turn from pending to available without any event."""
        if endpoint.path != "/v1/balance_transactions":
            return datetime.max
        rows = self.context.query(
            """
            select min(created) as created
            from balance_transactions as pending
            where status = 'pending' and not exists (
                select 1 from balance_transactions as settled
                where settled.id = pending.id and settled.status <> 'pending'
            )
            """
        )
        oldest = rows[0]["created"] if rows else None
        return oldest if isinstance(oldest, datetime) else datetime.max

    def _never_read(self, endpoint: Endpoint) -> bool:
        return endpoint.path not in self.state.values.get("lists_read", {})

    def _read_discounts(self) -> None:
        """Discounts whose terms no list tells any more."""
        count = self.terms.read(self.api, self.context, self.writers)
        if count:
            self.writers.done(DISCOUNTS, count, is_complete=False)

    # -- lists that need a parent --------------------------------------------------------------

    def _read_credit_balance_transactions(self) -> ArrowRows:
        """Stripe lists these per customer: asked for the customers that ever had a grant."""
        endpoint = CREDIT_BALANCE_TRANSACTIONS
        calls: list[Call] = [
            (endpoint.path, {"customer": customer}, {})
            for customer in self.writers.parents.with_grants()
        ]
        yield from self._read_per_parent(endpoint, calls)

    def _read_meter_event_summaries(self, last: datetime | None) -> ArrowRows:
        """Daily summaries of each meter, for the customers that subscribe to a price of it."""
        now = self.context.observed_at
        start = last - METER_OVERLAP if last else now - METER_HISTORY
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = now.replace(hour=0, minute=0, second=0, microsecond=0)
        window = {
            "start_time": epoch(midnight),
            "end_time": epoch(end + timedelta(days=1)),
            "value_grouping_window": "day",
        }
        endpoint = METER_EVENT_SUMMARIES
        calls: list[Call] = [
            (
                endpoint.path.format(meter=meter),
                {**window, "customer": customer},
                {"customer": customer},
            )
            for meter, customer in self.writers.parents.metered()
        ]
        yield from self._read_per_parent(endpoint, calls)

    def _read_per_parent(self, endpoint: Endpoint, calls: list[Call]) -> ArrowRows:
        count = 0
        try:
            for path, params, added in calls:
                for item in self.api.objects(endpoint, params, path):
                    now = self.context.observed_at
                    self.writers.add(endpoint, {**item, **added}, now, "list")
                    count += 1
                    yield from self.writers.flush_large(endpoint)
        except (AccessDeniedError, NotFoundError) as error:
            self.writers.skip(endpoint, f"{error} Permission: '{endpoint.permission}'.")
            return
        self.writers.done(endpoint, count, is_complete=False)
