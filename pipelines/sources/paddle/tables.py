"""Raw tables of Paddle: which fields of which object become columns.

Money is in the lowest denomination of its currency, as Paddle writes it. Field reference: Paddle's
Python SDK, 2026. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

_TERMS: Final = {
    "product_id": "text",
    "tax_mode": "text",
    "unit_price.amount": "money",
    "unit_price.currency_code": "text",
    "billing_cycle.interval": "text",
    "billing_cycle.frequency": "bigint",
}
_PRICE_INSIDE: Final = {f"price.{path}": kind for path, kind in {"id": "text", **_TERMS}.items()}

_TOTALS: Final = {
    "totals.subtotal": "money",
    "totals.discount": "money",
    "totals.tax": "money",
    "totals.total": "money",
}

CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "name": "text",
        "email": "text",
        "email_domain": "text",
        "status": "text",
        "custom_data": "json",
        "created_at": "time",
        "updated_at": "time",
    },
)

PRODUCTS: Final = ObjectTable(
    "products",
    {
        "name": "text",
        "description": "text",
        "type": "text",
        "status": "text",
        "custom_data": "json",
        "created_at": "time",
    },
)

PRICES: Final = ObjectTable(
    "prices",
    {
        **_TERMS,
        "name": "text",
        "description": "text",
        "type": "text",
        "status": "text",
        "custom_data": "json",
        "created_at": "time",
    },
)

DISCOUNTS: Final = ObjectTable(
    "discounts",
    {
        "status": "text",
        "description": "text",
        "code": "text",
        "type": "text",
        "amount": "money",
        "currency_code": "text",
        "recur": "bool",
        "maximum_recurring_intervals": "bigint",
        "expires_at": "time",
        "created_at": "time",
    },
    (ChildTable("discount_restrictions", "restrict_to", {"id": "text"}),),
)

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "status": "text",
        "customer_id": "text",
        "currency_code": "text",
        "collection_mode": "text",
        "custom_data": "json",
        "created_at": "time",
        "started_at": "time",
        "first_billed_at": "time",
        "next_billed_at": "time",
        "paused_at": "time",
        "canceled_at": "time",
        "current_billing_period.starts_at": "time",
        "current_billing_period.ends_at": "time",
        "billing_cycle.interval": "text",
        "billing_cycle.frequency": "bigint",
        "scheduled_change.action": "text",
        "scheduled_change.effective_at": "time",
        "scheduled_change.resume_at": "time",
        "discount.id": "text",
        "discount.starts_at": "time",
        "discount.ends_at": "time",
    },
    (
        ChildTable(
            "subscription_items",
            "items",
            {
                "status": "text",
                "quantity": "bigint",
                "recurring": "bool",
                "created_at": "time",
                "trial_dates.starts_at": "time",
                "trial_dates.ends_at": "time",
                **_PRICE_INSIDE,
            },
        ),
    ),
)

TRANSACTIONS: Final = ObjectTable(
    "transactions",
    {
        "status": "text",
        "customer_id": "text",
        "subscription_id": "text",
        "invoice_number": "text",
        "origin": "text",
        "collection_mode": "text",
        "currency_code": "text",
        "discount_id": "text",
        "custom_data": "json",
        "billing_period.starts_at": "time",
        "billing_period.ends_at": "time",
        "created_at": "time",
        "updated_at": "time",
        "billed_at": "time",
        "details.totals.subtotal": "money",
        "details.totals.discount": "money",
        "details.totals.tax": "money",
        "details.totals.total": "money",
        "details.totals.credit": "money",
        "details.totals.balance": "money",
        "details.totals.grand_total": "money",
        "details.totals.fee": "money",
        "details.totals.earnings": "money",
        "details.payout_totals.currency_code": "text",
        "details.payout_totals.fee": "money",
        "details.payout_totals.earnings": "money",
        "details.payout_totals.exchange_rate": "money",
    },
    (
        ChildTable("transaction_items", "items", {"quantity": "bigint", **_PRICE_INSIDE}),
        ChildTable(
            "transaction_lines",
            "details.line_items",
            {
                "id": "text",
                "price_id": "text",
                "quantity": "bigint",
                "tax_rate": "money",
                "product.id": "text",
                "product.name": "text",
                "proration.rate": "money",
                "proration.billing_period.starts_at": "time",
                "proration.billing_period.ends_at": "time",
                "unit_totals.subtotal": "money",
                **_TOTALS,
            },
        ),
        ChildTable(
            "transaction_payments",
            "payments",
            {
                "payment_attempt_id": "text",
                "amount": "money",
                "status": "text",
                "error_code": "text",
                "method_details.type": "text",
                "created_at": "time",
                "captured_at": "time",
            },
        ),
    ),
)

ADJUSTMENTS: Final = ObjectTable(
    "adjustments",
    {
        "action": "text",
        "status": "text",
        "type": "text",
        "transaction_id": "text",
        "subscription_id": "text",
        "customer_id": "text",
        "reason": "text",
        "currency_code": "text",
        "created_at": "time",
        "updated_at": "time",
        "totals.fee": "money",
        **_TOTALS,
    },
    (
        ChildTable(
            "adjustment_items",
            "items",
            {
                "id": "text",
                "item_id": "text",
                "type": "text",
                "amount": "money",
                "totals.subtotal": "money",
                "totals.tax": "money",
                "totals.total": "money",
            },
        ),
    ),
)

EVENTS: Final = ObjectTable(
    "events", {"event_type": "text", "occurred_at": "time", "entity_id": "text"}
)

#: Every table with versions of objects.
TABLES: Final = (
    CUSTOMERS,
    PRODUCTS,
    PRICES,
    DISCOUNTS,
    SUBSCRIPTIONS,
    TRANSACTIONS,
    ADJUSTMENTS,
    EVENTS,
)
