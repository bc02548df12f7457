"""Raw tables of Lemon Squeezy: which attributes of which object become columns.

Money is in minor units, as Lemon Squeezy writes it; ids of other objects are numbers there and text
here. Field reference: docs.lemonsqueezy.com/api. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

STORES: Final = ObjectTable(
    "stores",
    {"name": "text", "slug": "text", "currency": "text", "created_at": "time"},
)

CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "name": "text",
        "email": "text",
        "email_domain": "text",
        "country": "text",
        "status": "text",
        "created_at": "time",
        "updated_at": "time",
    },
)

PRODUCTS: Final = ObjectTable(
    "products",
    {
        "name": "text",
        "description": "text",
        "status": "text",
        "created_at": "time",
        "updated_at": "time",
    },
)

VARIANTS: Final = ObjectTable(
    "variants",
    {
        "product_id": "text",
        "name": "text",
        "status": "text",
        "is_subscription": "bool",
        "created_at": "time",
        "updated_at": "time",
    },
)

PRICES: Final = ObjectTable(
    "prices",
    {
        "variant_id": "text",
        "category": "text",
        "scheme": "text",
        "usage_aggregation": "text",
        "unit_price": "money",
        "unit_price_decimal": "money",
        "setup_fee_enabled": "bool",
        "setup_fee": "bigint",
        "package_size": "bigint",
        "renewal_interval_unit": "text",
        "renewal_interval_quantity": "bigint",
        "trial_interval_unit": "text",
        "trial_interval_quantity": "bigint",
        "created_at": "time",
        "updated_at": "time",
    },
    (
        ChildTable(
            "price_tiers",
            "tiers",
            {
                "last_unit": "text",
                "unit_price": "money",
                "unit_price_decimal": "money",
                "fixed_fee": "money",
            },
        ),
    ),
)

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "store_id": "text",
        "customer_id": "text",
        "order_id": "text",
        "product_id": "text",
        "variant_id": "text",
        "product_name": "text",
        "variant_name": "text",
        "status": "text",
        "cancelled": "bool",
        "pause.mode": "text",
        "pause.resumes_at": "time",
        "trial_ends_at": "time",
        "renews_at": "time",
        "ends_at": "time",
        "first_subscription_item.id": "text",
        "first_subscription_item.price_id": "text",
        "first_subscription_item.quantity": "bigint",
        "first_subscription_item.is_usage_based": "bool",
        "created_at": "time",
        "updated_at": "time",
    },
)

SUBSCRIPTION_INVOICES: Final = ObjectTable(
    "subscription_invoices",
    {
        "store_id": "text",
        "subscription_id": "text",
        "customer_id": "text",
        "billing_reason": "text",
        "currency": "text",
        "status": "text",
        "subtotal": "bigint",
        "discount_total": "bigint",
        "tax": "bigint",
        "tax_inclusive": "bool",
        "total": "bigint",
        "refunded": "bool",
        "refunded_amount": "bigint",
        "refunded_at": "time",
        "created_at": "time",
        "updated_at": "time",
    },
)

ORDERS: Final = ObjectTable(
    "orders",
    {
        "store_id": "text",
        "customer_id": "text",
        "order_number": "text",
        "currency": "text",
        "status": "text",
        "subtotal": "bigint",
        "setup_fee": "bigint",
        "discount_total": "bigint",
        "tax": "bigint",
        "tax_inclusive": "bool",
        "total": "bigint",
        "refunded": "bool",
        "refunded_amount": "bigint",
        "refunded_at": "time",
        "first_order_item.product_id": "text",
        "first_order_item.product_name": "text",
        "first_order_item.quantity": "bigint",
        "created_at": "time",
        "updated_at": "time",
    },
)

DISCOUNTS: Final = ObjectTable(
    "discounts",
    {
        "name": "text",
        "code": "text",
        "amount": "bigint",
        "amount_type": "text",
        "duration": "text",
        "duration_in_months": "bigint",
        "is_limited_to_products": "bool",
        "status": "text",
        "expires_at": "time",
        "created_at": "time",
        "updated_at": "time",
    },
)

DISCOUNT_REDEMPTIONS: Final = ObjectTable(
    "discount_redemptions",
    {
        "discount_id": "text",
        "order_id": "text",
        "discount_name": "text",
        "discount_code": "text",
        "discount_amount": "bigint",
        "discount_amount_type": "text",
        "amount": "bigint",
        "created_at": "time",
        "updated_at": "time",
    },
)

TABLES: Final = (
    STORES,
    CUSTOMERS,
    PRODUCTS,
    VARIANTS,
    PRICES,
    SUBSCRIPTIONS,
    SUBSCRIPTION_INVOICES,
    ORDERS,
    DISCOUNTS,
    DISCOUNT_REDEMPTIONS,
)
