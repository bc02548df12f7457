"""Stripe's objects on their way into raw tables: scrubbed, with the columns that are derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.versions import BATCH_ROWS, KnownVersion, VersionWriter
from pipelines.sources.stripe.api import StripeObject
from pipelines.sources.stripe.endpoints import Endpoint
from pipelines.sources.stripe.parents import Parents

ArrowRows = Iterator[tuple[str, pa.Table]]


def discounts_seen(item: StripeObject) -> list[Any]:
    """Discounts of an object in either shape: the list `discounts`, or the single `discount`."""
    several = item.get("discounts")
    found = list(several) if isinstance(several, list) else []
    single = item.get("discount")
    return found if found or not single else [single]


def all_discounts(item: StripeObject) -> list[Any]:
    """Discounts of an object and of its items."""
    items = item.get("items")
    elements = items.get("data") if isinstance(items, dict) else None
    return discounts_seen(item) + [
        discount for element in elements or [] for discount in element.get("discounts") or []
    ]


def derived_fields(item: StripeObject) -> dict[str, Any]:
    """Fields that are lifted into columns but are not in the object under that name."""
    email = item.get("email")
    domain = EmailHasher.domain(email) if isinstance(email, str) else None
    derived = {"discounts_seen": discounts_seen(item), "email_domain": domain or None}
    if isinstance(item.get("phases"), list):
        derived["phase_discounts_seen"] = list(_phase_discounts(item["phases"]))
    if item.get("object") == "discount":
        derived |= {"starts": item.get("start"), "ends": item.get("end")}
    return derived


class Listener(Protocol):
    """Is told of every object."""

    def note(self, table: str, item: StripeObject) -> None:
        """Remember what an object says."""


def _phase_discounts(phases: list[StripeObject]) -> Iterator[StripeObject]:
    """Discounts of a schedule's phases and of their items, each with the numbers of both."""
    for phase_number, phase in enumerate(phases, start=1):
        whole = phase.get("discounts") or [{"coupon": phase.get("coupon")}]
        for discount in whole:
            yield {**discount, "phase_number": phase_number, "item_number": None}
        for item_number, item in enumerate(phase.get("items") or [], start=1):
            for discount in item.get("discounts") or []:
                yield {**discount, "phase_number": phase_number, "item_number": item_number}


@dataclass
class ObjectWriters:
    """One writer of versions for each endpoint that a sync meets.

    Attributes:
        api_version: that of objects that do not say theirs.
        parents: told of every object, because some lists are asked for once per parent.
        discount_terms: told of every object, because some discounts must be read on their own.
    """

    context: RunContext
    hasher: EmailHasher
    api_version: str
    parents: Parents
    discount_terms: Listener
    by_table: dict[str, VersionWriter] = field(default_factory=dict)

    def of(self, endpoint: Endpoint) -> VersionWriter:
        """The writer of an endpoint's table, which knows the versions that the warehouse holds."""
        name = endpoint.table.name
        if name not in self.by_table:
            self.start(endpoint, self.context.known_versions(name))
        return self.by_table[name]

    def start(self, endpoint: Endpoint, known: dict[str, KnownVersion]) -> VersionWriter:
        """A writer of an endpoint's table that knows these versions only."""
        name = endpoint.table.name
        stats = self.context.stats_for(name)
        writer = VersionWriter(
            endpoint.table, self.context.load_id, known, stats, self.context.account.name
        )
        self.by_table[name] = writer
        return writer

    def add(
        self,
        endpoint: Endpoint,
        item: StripeObject,
        observed_at: datetime,
        via: str,
        *,
        api_version: str | None = None,
        sequence: int | None = None,
        is_history: bool = False,
    ) -> None:
        """Add an observed object, as `VersionWriter.add`."""
        for listener in (self.parents, self.discount_terms):
            listener.note(endpoint.table.name, item)
        scrubbed = self.hasher.scrub(item)
        self.of(endpoint).add(
            scrubbed,
            observed_at=observed_at,
            via=via,
            api_version=api_version or self.api_version,
            derived=derived_fields(scrubbed),
            sequence=sequence,
            is_history=is_history,
        )

    def flush_large(self, endpoint: Endpoint) -> ArrowRows:
        """Rows of an endpoint's tables, once there are enough of them for a batch."""
        yield from self.of(endpoint).flush(at_least=BATCH_ROWS)

    def flush(self) -> ArrowRows:
        """All rows that are left."""
        for writer in self.by_table.values():
            yield from writer.flush()

    def done(
        self, endpoint: Endpoint, count: int, *, is_complete: bool, reason: str | None = None
    ) -> None:
        """List an endpoint in the run's records as read."""
        self.context.endpoints.append(
            EndpointResult(endpoint.path, "loaded", reason, count, is_complete)
        )

    def skip(self, endpoint: Endpoint, reason: str) -> None:
        """List an endpoint that could not be read, in the run's records and in its summary."""
        self.context.endpoints.append(EndpointResult(endpoint.path, "skipped", reason, 0, False))
        self.context.warn(f"skipped {endpoint.path}: {reason}")
