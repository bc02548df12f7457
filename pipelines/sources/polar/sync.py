"""One synchronisation of a Polar organization: all of its lists, read to their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
from pipelines.sources.polar.api import PolarApi, PolarObject
from pipelines.sources.polar.tables import (
    CUSTOMERS,
    DISCOUNTS,
    DISPUTES,
    ORDERS,
    PAYMENTS,
    PRODUCTS,
    REFUNDS,
    SUBSCRIPTIONS,
)

#: Table -> path, scope, whether nothing can be said without it.
LISTS: Final[tuple[tuple[ObjectTable, str, str, bool], ...]] = (
    (PRODUCTS, "/v1/products/", "products:read", False),
    (DISCOUNTS, "/v1/discounts/", "discounts:read", False),
    (CUSTOMERS, "/v1/customers/", "customers:read", False),
    (SUBSCRIPTIONS, "/v1/subscriptions/", "subscriptions:read", True),
    (ORDERS, "/v1/orders/", "orders:read", True),
    (PAYMENTS, "/v1/payments/", "payments:read", False),
    (REFUNDS, "/v1/refunds/", "refunds:read", False),
    (DISPUTES, "/v1/disputes/", "disputes:read", False),
)

#: What has a list of its own, what changes without a change, and what nobody needs to keep.
_NO_CONTENT: Final = frozenset(
    {
        "user", "customer", "meters", "benefits", "medias", "attached_custom_fields",
        "custom_field_data", "customer_cancellation_comment", "avatar_url", "tax_id", "price",
        "processor_metadata", "method_metadata", "redemptions_count", "refundable_amount",
        "refundable_tax_amount", "first_user_event_at", "past_due", "evidence_due_by",
    }
)  # fmt: skip
#: Of an object inside another one its terms, and no dates of changes of its own.
_INNER: Final[Mapping[str, frozenset[str]]] = {
    "product": frozenset({"id", "name", "recurring_interval", "recurring_interval_count"}),
    "subscription": frozenset({"id", "recurring_interval", "recurring_interval_count"}),
    "discount": frozenset(
        {
            "id", "name", "type", "duration", "duration_in_months", "basis_points", "amount",
            "currency",
        }
    ),
}  # fmt: skip


@dataclass
class PolarSync:
    """What one run reads of an organization."""

    api: PolarApi
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        for table, path, scope, is_needed in LISTS:
            yield from self.sync.read_list(
                table,
                path,
                self.api.objects(path),
                is_complete=True,
                permission=scope,
                is_needed=is_needed,
                shape=content,
            )
        yield from self.sync.finish()


def content(item: PolarObject) -> PolarObject:
    """An object as it counts."""
    return {name: _inner(name, value) for name, value in item.items() if name not in _NO_CONTENT}


def _inner(name: str, value: Any) -> Any:
    kept = _INNER.get(name)
    if kept is None or not isinstance(value, dict):
        return value
    return {field: value[field] for field in value if field in kept}
