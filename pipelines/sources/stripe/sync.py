"""One synchronisation of a Stripe account: a full reading, or what changed since the last one.

A full reading pages every list. After that, `/v1/events` (kept 30 days by Stripe) tells what
changed: the snapshot in an event is the object's new version. A list that fits on one page is read
whole each time, because that one request costs no more than asking what is new. A full reading
comes back when the last one is older than the event window, or on `--full-refresh`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from pipelines.errors import AccessDeniedError, LoadError, NotFoundError
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.versions import BATCH_ROWS, KnownVersion, VersionWriter, note_new_fields
from pipelines.sources.stripe.api import StripeApi, StripeObject
from pipelines.sources.stripe.endpoints import (
    CREDIT_BALANCE_TRANSACTIONS,
    ENDPOINTS,
    EVENT_WINDOW_DAYS,
    EVENTS,
    METER_EVENT_SUMMARIES,
    PAGE_SIZE,
    PLANS,
    Endpoint,
)
from pipelines.sources.stripe.settings import BASE_URL

ArrowRows = Iterator[tuple[str, pa.Table]]

#: A sync this close to the end of the event window reads everything, to be safe.
WINDOW_MARGIN: Final = timedelta(days=1)
#: Events can appear a little after their time; they are asked for again this far back.
EVENT_OVERLAP: Final = timedelta(hours=1)
#: Meter summaries of the last days can still grow.
METER_OVERLAP: Final = timedelta(days=3)
EPOCH: Final = datetime(1970, 1, 1)
PRICES_PATH: Final = "/v1/prices"


@dataclass
class SyncState:
    """What a sync remembers for the next one, kept in dlt's source state (plain JSON values)."""

    values: dict[str, Any]

    def moment(self, name: str) -> datetime | None:
        """A remembered naive UTC time."""
        text = self.values.get(name)
        return datetime.fromisoformat(text) if text else None

    def remember(self, name: str, moment: datetime) -> None:
        """Remember a naive UTC time."""
        self.values[name] = moment.isoformat()


def needs_full_reading(
    synced_at: datetime | None, now: datetime, *, full_refresh: bool = False
) -> bool:
    """Whether events can no longer tell everything that changed since `synced_at` (naive UTC)."""
    if full_refresh or synced_at is None:
        return True
    return now - synced_at >= timedelta(days=EVENT_WINDOW_DAYS) - WINDOW_MARGIN


def epoch(moment: datetime) -> int:
    """Unix seconds of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def from_epoch(seconds: Any) -> datetime:
    """Naive UTC time of Unix seconds; the epoch's start where there are none."""
    return datetime.fromtimestamp(int(seconds or 0), UTC).replace(tzinfo=None)


def discounts_seen(item: StripeObject) -> list[Any]:
    """Discounts of an object in either shape: the list `discounts`, or the single `discount`."""
    several = item.get("discounts")
    found = list(several) if isinstance(several, list) else []
    single = item.get("discount")
    return found if found or not single else [single]


def derived_fields(item: StripeObject) -> dict[str, Any]:
    """Fields that are lifted into columns but are not in the object under that name."""
    email = item.get("email")
    domain = EmailHasher.domain(email) if isinstance(email, str) else None
    return {"discounts_seen": discounts_seen(item), "email_domain": domain or None}


@dataclass
class StripeSync:
    """Reads one account into Arrow tables of versions."""

    api: StripeApi
    context: RunContext
    state: SyncState
    hasher: EmailHasher
    api_version: str
    _writers: dict[str, VersionWriter] = field(default_factory=dict)
    _unknown_paths: set[str] = field(default_factory=set)
    _grant_customers: set[str] = field(default_factory=set)
    _price_meters: dict[str, str] = field(default_factory=dict)
    _price_customers: set[tuple[str, str]] = field(default_factory=set)
    _has_prices: bool = True

    def run(self) -> ArrowRows:
        """Everything this sync has to add, as (table name, Arrow table) in bounded batches."""
        now = self.context.observed_at
        last = self.state.moment("synced_at")
        if last and last > now:
            self.context.warn(
                f"the last sync was at {last:%Y-%m-%d %H:%M} UTC, after this run's clock "
                f"({now:%Y-%m-%d %H:%M}); the clock jumped back, so everything is read again."
            )
        is_full = (
            needs_full_reading(last, now, full_refresh=self.context.full_refresh)
            or (last is not None and last > now)
            or self.state.values.get("has_prices") is None
        )
        self.context.mode = "full" if is_full else "incremental"
        self._has_prices = self.state.values.get("has_prices", True)
        yield from self._read_events(is_full)
        for endpoint in ENDPOINTS:
            if endpoint.path == PRICES_PATH:
                yield from self._read_prices(endpoint, is_full)
            else:
                yield from self._read_endpoint(endpoint, is_full)
        yield from self._read_credit_balance_transactions()
        yield from self._read_meter_event_summaries(last if not is_full else None)
        for writer in self._writers.values():
            yield from writer.flush()
        note_new_fields(self.state.values, self._writers.values(), self.context.warn)
        self.state.values["has_prices"] = self._has_prices
        self.state.remember("synced_at", now)

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
            if endpoint.is_required:
                raise LoadError(
                    f"{error} Stripe cannot be loaded without it: give the key the permission "
                    f"'{endpoint.permission}'."
                ) from None
            self._skip(endpoint, f"{error} Permission: '{endpoint.permission}'.")
        except NotFoundError as error:
            if endpoint.is_required and endpoint.path != PRICES_PATH:  # older servers have plans
                raise LoadError(
                    f"{error} Every account has this list, so the address is not Stripe's: check "
                    f"{self.context.account.setting_name(BASE_URL)}."
                ) from None
            self._unknown_paths.add(endpoint.path)
            self._skip(endpoint, str(error))

    def _read_list_or_changes(self, endpoint: Endpoint, is_full: bool) -> ArrowRows:
        writer = self._writer(endpoint)
        alive = sum(1 for version in writer.known.values() if not version.is_deleted)
        if is_full or alive <= PAGE_SIZE or self._never_read(endpoint):
            yield from self._read_whole_list(endpoint, writer)
        elif endpoint.reads_created:
            yield from self._read_created(endpoint, writer)
        elif endpoint.object_type is None:
            yield from self._read_whole_list(endpoint, writer)
        else:
            self._done(endpoint, 0, is_complete=False, reason="changes come from events")

    def _read_whole_list(self, endpoint: Endpoint, writer: VersionWriter) -> ArrowRows:
        count = 0
        for item in self.api.objects(endpoint):
            self._add(endpoint, writer, item, self.context.observed_at, "list")
            count += 1
            if count % PAGE_SIZE == 0:
                self.context.progress(f"{endpoint.table.name}: {count:,} read")
            yield from writer.flush(at_least=BATCH_ROWS)
        writer.close_unseen(observed_at=self.context.observed_at)
        self._done(endpoint, count, is_complete=True)
        self.state.values.setdefault("lists_read", {})[endpoint.path] = True

    def _read_created(self, endpoint: Endpoint, writer: VersionWriter) -> ArrowRows:
        since = min(self._event_cursor() or EPOCH, self._oldest_pending(endpoint))
        count = 0
        for item in self.api.objects(endpoint, {"created[gte]": epoch(since)}):
            self._add(endpoint, writer, item, self.context.observed_at, "list")
            count += 1
            yield from writer.flush(at_least=BATCH_ROWS)
        self._done(endpoint, count, is_complete=False, reason="new since the last sync")

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

    # -- events --------------------------------------------------------------------------------

    def _event_cursor(self) -> datetime | None:
        """Events are asked for from here: the newest one seen, a little before it."""
        newest = self.state.moment("newest_event_at")
        if newest is None:
            return None
        if newest > self.context.observed_at + EVENT_OVERLAP:
            self.context.warn(
                f"the newest event is dated {newest:%Y-%m-%d %H:%M} UTC, after this run's clock; "
                "events are read from the last sync on."
            )
            newest = self.state.moment("synced_at") or self.context.observed_at
        return newest - EVENT_OVERLAP

    def _read_events(self, is_full: bool) -> ArrowRows:
        """New events, and the versions of objects that their snapshots hold.

        Newest first, as Stripe lists them: the first snapshot met of an object is its newest.
        """
        cursor = None if is_full else self._event_cursor()
        since = cursor or self.context.observed_at - timedelta(days=EVENT_WINDOW_DAYS + 1)
        writer = self._new_writer(EVENTS, self._known_events(since))
        params = {"created[gte]": epoch(cursor)} if cursor else {}
        if is_full:  # a cursor in the future must not outlive a full reading
            self.state.values.pop("newest_event_at", None)
        newest = self.state.moment("newest_event_at") or EPOCH
        targets = self._event_targets()
        refetch: dict[tuple[str, str], None] = {}
        met: set[tuple[str, str]] = set()
        order = 0
        try:
            for event in self.api.objects(EVENTS, params):
                created = from_epoch(event.get("created"))
                if event.get("id") in writer.known or created > self.context.observed_at:
                    continue  # after the clock: the next sync reads it
                newest = max(newest, created)
                self._add(EVENTS, writer, event, created, "list")
                order -= 1
                self._apply_event(event, created, order, targets, met, refetch, is_full)
                yield from writer.flush(at_least=BATCH_ROWS)
        except (AccessDeniedError, NotFoundError) as error:
            self._skip(EVENTS, f"{error} Permission: '{EVENTS.permission}'.")
            if not is_full:
                raise LoadError(
                    f"{error} Without events only a full reading can tell what changed: give the "
                    f"key the permission '{EVENTS.permission}', or run with --full-refresh."
                ) from None
            return
        self._done(EVENTS, writer.stats.read, is_complete=is_full)
        if newest > EPOCH:
            self.state.remember("newest_event_at", newest)
        if not is_full:
            self._refetch(refetch, targets)

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

    def _event_targets(self) -> dict[str, Endpoint]:
        targets = {one.object_type: one for one in ENDPOINTS if one.object_type}
        if not self._has_prices and PLANS.object_type:
            targets[PLANS.object_type] = PLANS
        return targets

    def _apply_event(
        self,
        event: StripeObject,
        created: datetime,
        order: int,
        targets: Mapping[str, Endpoint],
        met: set[tuple[str, str]],
        refetch: dict[tuple[str, str], None],
        is_full: bool,
    ) -> None:
        snapshot = (event.get("data") or {}).get("object")
        if not isinstance(snapshot, dict) or not isinstance(snapshot.get("id"), str):
            return
        object_type = str(snapshot.get("object"))
        endpoint = targets.get(object_type)
        if endpoint is None:
            return
        key = (object_type, snapshot["id"])
        is_newest = key not in met
        met.add(key)
        writer = self._writer(endpoint)
        if str(event.get("type")).endswith(".deleted") and object_type != "subscription":
            if is_newest:
                writer.mark_deleted(snapshot["id"], observed_at=created, via="event")
            return
        if endpoint.refetched or any(isinstance(one, str) for one in discounts_seen(snapshot)):
            refetch.setdefault(key)
        if endpoint.has_history or (is_newest and not is_full):
            known = writer.known.get(snapshot["id"])
            if known and not endpoint.has_history and known.observed_at > created:
                return
            complete = self.api.complete(endpoint, snapshot)
            self._add(
                endpoint,
                writer,
                complete,
                created,
                "event",
                api_version=event.get("api_version"),
                sequence=order,
                is_history=endpoint.has_history,
            )

    def _refetch(
        self, keys: Mapping[tuple[str, str], None], targets: Mapping[str, Endpoint]
    ) -> None:
        """Read whole what a snapshot in an event does not hold (tiers, discount terms)."""
        for object_type, object_id in keys:
            endpoint = targets[object_type]
            writer = self._writer(endpoint)
            known = writer.known.get(object_id)
            if known and known.is_deleted:
                continue
            try:
                item = self.api.retrieve(endpoint, object_id)
            except NotFoundError:
                writer.mark_deleted(object_id, observed_at=self.context.observed_at, via="retrieve")
                continue
            except AccessDeniedError:
                continue  # its own list reports the missing permission
            if item.get("deleted"):
                writer.mark_deleted(object_id, observed_at=self.context.observed_at, via="retrieve")
            else:
                self._add(endpoint, writer, item, self.context.observed_at, "retrieve")

    # -- lists that need a parent --------------------------------------------------------------

    def _read_credit_balance_transactions(self) -> ArrowRows:
        """Stripe lists these per customer: asked for the customers that ever had a grant."""
        rows = self.context.query("select distinct customer from credit_grants")
        customers = {row["customer"] for row in rows if row["customer"]} | self._grant_customers
        yield from self._read_per_parent(
            CREDIT_BALANCE_TRANSACTIONS,
            [
                (CREDIT_BALANCE_TRANSACTIONS.path, {"customer": one}, {})
                for one in sorted(customers)
            ],
        )

    def _read_meter_event_summaries(self, last: datetime | None) -> ArrowRows:
        """Daily summaries of each meter, for the customers that subscribe to a price of it."""
        rows = self.context.query(
            """
            select distinct prices.recurring__meter as meter, subscriptions.customer as customer
            from subscription_items as items
            join subscriptions as subscriptions
                on subscriptions._version_id = items._version_id
            join prices as prices on prices.id = items.price
            where prices.recurring__meter is not null and subscriptions.customer is not null
            """
        )
        pairs = {(row["meter"], row["customer"]) for row in rows} | {
            (self._price_meters[price], customer)
            for price, customer in self._price_customers
            if price in self._price_meters
        }
        start = last - METER_OVERLAP if last else self.context.observed_at - timedelta(days=400)
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = self.context.observed_at.replace(hour=0, minute=0, second=0, microsecond=0)
        window = {
            "start_time": epoch(midnight),
            "end_time": epoch(end + timedelta(days=1)),
            "value_grouping_window": "day",
        }
        yield from self._read_per_parent(
            METER_EVENT_SUMMARIES,
            [
                (
                    METER_EVENT_SUMMARIES.path.format(meter=meter),
                    {**window, "customer": customer},
                    {"customer": customer},
                )
                for meter, customer in sorted(pairs)
            ],
        )

    def _read_per_parent(
        self,
        endpoint: Endpoint,
        calls: list[tuple[str, dict[str, Any], dict[str, Any]]],
    ) -> ArrowRows:
        """Lists that are asked for once per parent: (path, parameters, fields to add)."""
        writer = self._writer(endpoint)
        count = 0
        try:
            for path, params, added in calls:
                for item in self.api.objects(endpoint, params, path):
                    self._add(endpoint, writer, {**item, **added}, self.context.observed_at, "list")
                    count += 1
                    yield from writer.flush(at_least=BATCH_ROWS)
        except (AccessDeniedError, NotFoundError) as error:
            self._skip(endpoint, f"{error} Permission: '{endpoint.permission}'.")
            return
        self._done(endpoint, count, is_complete=False)

    # -- writing -------------------------------------------------------------------------------

    def _writer(self, endpoint: Endpoint) -> VersionWriter:
        name = endpoint.table.name
        if name not in self._writers:
            self._new_writer(endpoint, self.context.known_versions(name))
        return self._writers[name]

    def _new_writer(self, endpoint: Endpoint, known: dict[str, KnownVersion]) -> VersionWriter:
        name = endpoint.table.name
        writer = VersionWriter(
            endpoint.table, self.context.load_id, known, self.context.stats_for(name)
        )
        self._writers[name] = writer
        return writer

    def _add(
        self,
        endpoint: Endpoint,
        writer: VersionWriter,
        item: StripeObject,
        observed_at: datetime,
        via: str,
        *,
        api_version: str | None = None,
        sequence: int | None = None,
        is_history: bool = False,
    ) -> None:
        self._note_parents(endpoint, item)
        scrubbed = self.hasher.scrub(item)
        writer.add(
            scrubbed,
            observed_at=observed_at,
            via=via,
            api_version=api_version or self.api_version,
            derived=derived_fields(scrubbed),
            sequence=sequence,
            is_history=is_history,
        )

    def _note_parents(self, endpoint: Endpoint, item: StripeObject) -> None:
        """Remember whose grants and meters must be asked for one by one."""
        name = endpoint.table.name
        if name == "credit_grants" and (customer := _id_of(item.get("customer"))):
            self._grant_customers.add(customer)
        elif name == "prices" and (meter := (item.get("recurring") or {}).get("meter")):
            self._price_meters[str(item.get("id"))] = meter
        elif name == "subscriptions" and (customer := _id_of(item.get("customer"))):
            for element in (item.get("items") or {}).get("data") or []:
                price = element.get("price")
                if isinstance(price, dict) and (price.get("recurring") or {}).get("meter"):
                    self._price_meters[str(price["id"])] = price["recurring"]["meter"]
                if price_id := _id_of(price):
                    self._price_customers.add((price_id, customer))

    def _never_read(self, endpoint: Endpoint) -> bool:
        return endpoint.path not in self.state.values.get("lists_read", {})

    def _done(
        self, endpoint: Endpoint, count: int, *, is_complete: bool, reason: str | None = None
    ) -> None:
        self.context.endpoints.append(
            EndpointResult(endpoint.path, "loaded", reason, count, is_complete)
        )

    def _skip(self, endpoint: Endpoint, reason: str) -> None:
        self.context.endpoints.append(EndpointResult(endpoint.path, "skipped", reason, 0, False))
        self.context.warn(f"skipped {endpoint.path}: {reason}")


def _id_of(reference: Any) -> str | None:
    """The id of a reference, expanded or not."""
    if isinstance(reference, dict):
        reference = reference.get("id")
    return reference if isinstance(reference, str) else None
