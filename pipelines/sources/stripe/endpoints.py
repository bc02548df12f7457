"""Stripe's endpoints: what is read from where, how, and which permission it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipelines.loading.tables import ObjectTable
from pipelines.sources.stripe import tables

#: The API version whose shapes the column declarations follow (that of the `stripe` SDK 16).
API_VERSION: Final = "2026-10-28.endive"

#: Events are kept this long by Stripe; an account not synced for longer needs a full reading.
EVENT_WINDOW_DAYS: Final = 30

PAGE_SIZE: Final = 100


@dataclass(frozen=True)
class Endpoint:
    """One list of Stripe's API and the table it fills.

    Attributes:
        table: raw table of its objects.
        path: address of the list; one object is at `path/{id}`.
        permission: name of the restricted key's permission, as Stripe's dashboard calls it.
        is_required: its refusal fails the source; others are skipped and listed.
        params: parameters of the list besides paging.
        expand: fields to expand, relative to the object.
        nested: nested lists that Stripe cuts to ten and that are paged to their end.
        object_type: `object` of its elements in events; None where no events tell of changes.
        has_history: every snapshot in an event is a version (else only the newest one).
        reads_created: changes that events may miss are found by `created`.
        refetched: a snapshot in an event lacks parts, so the object is read again.
    """

    table: ObjectTable
    path: str
    permission: str
    is_required: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    expand: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    object_type: str | None = None
    has_history: bool = False
    reads_created: bool = False
    refetched: bool = False


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        tables.CUSTOMERS,
        "/v1/customers",
        "Customers: read",
        is_required=True,
        expand=("discount.source.coupon",),
        object_type="customer",
        has_history=True,
    ),
    Endpoint(
        tables.PRODUCTS,
        "/v1/products",
        "Products: read",
        is_required=True,
        object_type="product",
        has_history=True,
    ),
    Endpoint(
        tables.PRICES,
        "/v1/prices",
        "Prices: read",
        is_required=True,
        expand=("tiers", "currency_options"),
        object_type="price",
        has_history=True,
        refetched=True,
    ),
    Endpoint(
        tables.COUPONS,
        "/v1/coupons",
        "Coupons: read",
        expand=("applies_to", "currency_options"),
        object_type="coupon",
        has_history=True,
        refetched=True,
    ),
    Endpoint(
        tables.PROMOTION_CODES,
        "/v1/promotion_codes",
        "Promotion Codes: read",
        object_type="promotion_code",
    ),
    Endpoint(
        tables.SUBSCRIPTIONS,
        "/v1/subscriptions",
        "Subscriptions: read",
        is_required=True,
        params={"status": "all"},  # without it cancelled ones are hidden
        expand=("discounts.source.coupon", "items.data.discounts"),
        nested=("items",),
        object_type="subscription",
        has_history=True,
    ),
    Endpoint(
        tables.SUBSCRIPTION_SCHEDULES,
        "/v1/subscription_schedules",
        "Subscriptions: read",
        object_type="subscription_schedule",
        has_history=True,
    ),
    Endpoint(
        tables.INVOICES,
        "/v1/invoices",
        "Invoices: read",
        is_required=True,
        expand=("discounts.source.coupon",),
        nested=("lines",),
        object_type="invoice",
    ),
    Endpoint(tables.INVOICE_ITEMS, "/v1/invoiceitems", "Invoices: read", object_type="invoiceitem"),
    Endpoint(
        tables.INVOICE_PAYMENTS,
        "/v1/invoice_payments",
        "Invoices: read",
        object_type="invoice_payment",
        reads_created=True,
    ),
    Endpoint(
        tables.CHARGES,
        "/v1/charges",
        "Charges and Refunds: read",
        nested=("refunds",),
        object_type="charge",
    ),
    Endpoint(
        tables.REFUNDS,
        "/v1/refunds",
        "Charges and Refunds: read",
        object_type="refund",
        reads_created=True,
    ),
    Endpoint(tables.DISPUTES, "/v1/disputes", "Disputes: read", object_type="dispute"),
    Endpoint(
        tables.CREDIT_NOTES,
        "/v1/credit_notes",
        "Credit notes: read",
        nested=("lines",),
        object_type="credit_note",
    ),
    Endpoint(
        tables.BALANCE_TRANSACTIONS,
        "/v1/balance_transactions",
        "Balance: read",
        reads_created=True,
    ),
    Endpoint(
        tables.CREDIT_GRANTS,
        "/v1/billing/credit_grants",
        "Billing credits: read",
        object_type="billing.credit_grant",
    ),
    Endpoint(
        tables.METERS,
        "/v1/billing/meters",
        "Billing Meters: read",
        object_type="billing.meter",
    ),
    Endpoint(tables.ENTITLEMENT_FEATURES, "/v1/entitlements/features", "Entitlements: read"),
)

#: Read in place of prices where the account, or the server, is too old to have prices.
PLANS: Final = Endpoint(
    tables.PLANS,
    "/v1/plans",
    "Plans: read",
    expand=("tiers",),
    object_type="plan",
    has_history=True,
    refetched=True,
)

#: Read one by one, from what they stand on.
DISCOUNTS: Final = Endpoint(tables.DISCOUNTS, "/v1/subscription_items", "Subscriptions: read")
EVENTS: Final = Endpoint(tables.EVENTS, "/v1/events", "Events: read")
CREDIT_BALANCE_TRANSACTIONS: Final = Endpoint(
    tables.CREDIT_BALANCE_TRANSACTIONS,
    "/v1/billing/credit_balance_transactions",
    "Billing credits: read",
)
METER_EVENT_SUMMARIES: Final = Endpoint(
    tables.METER_EVENT_SUMMARIES,
    "/v1/billing/meters/{meter}/event_summaries",
    "Billing Meters: read",
)
