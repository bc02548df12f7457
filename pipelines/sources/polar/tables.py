"""Raw tables of Polar: which fields of which object become columns.

Money is in minor units, as Polar writes it; a price of tiers may have parts of one. Field
reference: Polar's own SDK for version 2026-10. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "external_id": "text",
        "name": "text",
        "billing_name": "text",
        "email": "text",
        "email_domain": "text",
        "billing_address.country": "text",
        "metadata": "json",
        "created_at": "time",
        "modified_at": "time",
        "deleted_at": "time",
    },
)

#: Of a price: what it costs, or the tiers by seat or unit that it is made of.
_PRICE_COLUMNS: Final = {
    "id": "text",
    "product_id": "text",
    "amount_type": "text",
    "price_currency": "text",
    "price_amount": "bigint",
    "price_per_seat": "bigint",
    "tax_behavior": "text",
    "recurring_interval": "text",
    "is_archived": "bool",
    "seat_tiers.seat_tier_type": "text",
    "tiers.type": "text",
    "created_at": "time",
}


def _tiers(owner: str) -> tuple[ChildTable, ...]:
    return (
        ChildTable(
            f"{owner}_price_seat_tiers",
            "seat_tiers.tiers",
            {"min_seats": "bigint", "max_seats": "bigint", "price_per_seat": "money"},
        ),
        ChildTable(
            f"{owner}_price_unit_tiers",
            "tiers.tiers",
            {"bound": "bigint", "unit_amount": "money"},
        ),
    )


PRODUCTS: Final = ObjectTable(
    "products",
    {
        "name": "text",
        "description": "text",
        "recurring_interval": "text",
        "recurring_interval_count": "bigint",
        "is_archived": "bool",
        "metadata": "json",
        "created_at": "time",
        "modified_at": "time",
    },
    (ChildTable("product_prices", "prices", _PRICE_COLUMNS, _tiers("product")),),
)

#: The terms of a discount, as it stands on what it was given to.
_DISCOUNT: Final = {
    "discount.id": "text",
    "discount.name": "text",
    "discount.type": "text",
    "discount.duration": "text",
    "discount.duration_in_months": "bigint",
    "discount.basis_points": "basis_points",
    "discount.amount": "bigint",
    "discount.currency": "text",
}

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "status": "text",
        "customer_id": "text",
        "product_id": "text",
        "amount": "bigint",
        "currency": "text",
        "recurring_interval": "text",
        "recurring_interval_count": "bigint",
        "seats": "bigint",
        "units": "bigint",
        "current_period_start": "time",
        "current_period_end": "time",
        "trial_start": "time",
        "trial_end": "time",
        "cancel_at_period_end": "bool",
        "canceled_at": "time",
        "started_at": "time",
        "ends_at": "time",
        "ended_at": "time",
        "past_due_at": "time",
        "paused_at": "time",
        "resumes_at": "time",
        "customer_cancellation_reason": "text",
        "discount_id": "text",
        **_DISCOUNT,
        "pending_update.id": "text",
        "pending_update.applies_at": "time",
        "pending_update.product_id": "text",
        "pending_update.seats": "bigint",
        "pending_update.units": "bigint",
        "metadata": "json",
        "created_at": "time",
        "modified_at": "time",
    },
    (ChildTable("subscription_prices", "prices", _PRICE_COLUMNS, _tiers("subscription")),),
)

DISCOUNTS: Final = ObjectTable(
    "discounts",
    {
        "name": "text",
        "code": "text",
        "type": "text",
        "duration": "text",
        "duration_in_months": "bigint",
        "basis_points": "basis_points",
        "amount": "bigint",
        "currency": "text",
        "ends_at": "time",
        "created_at": "time",
        "modified_at": "time",
    },
    (ChildTable("discount_products", "products", {"id": "text"}),),
)

ORDERS: Final = ObjectTable(
    "orders",
    {
        "status": "text",
        "customer_id": "text",
        "product_id": "text",
        "product.name": "text",
        "product.recurring_interval": "text",
        "product.recurring_interval_count": "bigint",
        "subscription_id": "text",
        "subscription.recurring_interval": "text",
        "subscription.recurring_interval_count": "bigint",
        "invoice_number": "text",
        "billing_reason": "text",
        "currency": "text",
        "subtotal_amount": "bigint",
        "discount_amount": "bigint",
        "net_amount": "bigint",
        "tax_amount": "bigint",
        "total_amount": "bigint",
        "applied_balance_amount": "bigint",
        "due_amount": "bigint",
        "platform_fee_amount": "bigint",
        "platform_fee_currency": "text",
        "seats": "bigint",
        "units": "bigint",
        "next_payment_attempt_at": "time",
        "discount_id": "text",
        **_DISCOUNT,
        "created_at": "time",
        "modified_at": "time",
    },
    (
        ChildTable(
            "order_items",
            "items",
            {
                "id": "text",
                "label": "text",
                "amount": "bigint",
                "tax_amount": "bigint",
                "proration": "bool",
                "product_price_id": "text",
                "start_timestamp": "time",
                "end_timestamp": "time",
                "created_at": "time",
            },
        ),
    ),
)

PAYMENTS: Final = ObjectTable(
    "payments",
    {
        "status": "text",
        "amount": "bigint",
        "currency": "text",
        "order_id": "text",
        "decline_reason": "text",
        "created_at": "time",
        "modified_at": "time",
    },
)

REFUNDS: Final = ObjectTable(
    "refunds",
    {
        "status": "text",
        "reason": "text",
        "amount": "bigint",
        "tax_amount": "bigint",
        "currency": "text",
        "order_id": "text",
        "dispute.id": "text",
        "created_at": "time",
        "modified_at": "time",
    },
    needed=("created_at",),
)

DISPUTES: Final = ObjectTable(
    "disputes",
    {
        "status": "text",
        "reason": "text",
        "amount": "bigint",
        "tax_amount": "bigint",
        "currency": "text",
        "order_id": "text",
        "payment_id": "text",
        "created_at": "time",
        "modified_at": "time",
    },
    needed=("created_at",),
)

TABLES: Final = (
    CUSTOMERS,
    PRODUCTS,
    SUBSCRIPTIONS,
    DISCOUNTS,
    ORDERS,
    PAYMENTS,
    REFUNDS,
    DISPUTES,
)
