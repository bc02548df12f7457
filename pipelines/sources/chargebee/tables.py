"""Raw tables of Chargebee: which fields of which object become columns.

Money is in cents, as Chargebee writes it: hundredths of every currency that has a minor unit at
all, the dinar's thousandths, too; fields `.._in_decimal` are in major units. Field reference:
Chargebee's Python SDK, version 3. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

_TIER: Final = {
    "starting_unit": "money",
    "ending_unit": "money",
    "price": "money",
    "starting_unit_in_decimal": "money",
    "ending_unit_in_decimal": "money",
    "price_in_decimal": "money",
    "pricing_type": "text",
    "package_size": "bigint",
}
_LINE: Final = {
    "id": "text",
    "subscription_id": "text",
    "date_from": "epoch",
    "date_to": "epoch",
    "unit_amount": "money",
    "unit_amount_in_decimal": "money",
    "quantity": "money",
    "quantity_in_decimal": "money",
    "amount": "money",
    "tax_amount": "money",
    "discount_amount": "money",
    "pricing_model": "text",
    "proration_mode": "text",
    "entity_type": "text",
    "entity_id": "text",
    "description": "text",
    "metered": "bool",
    "reference_line_item_id": "text",
}

CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "first_name": "text",
        "last_name": "text",
        "company": "text",
        "email": "text",
        "email_domain": "text",
        "auto_collection": "text",
        "billing_address.country": "text",
        "preferred_currency_code": "text",
        "meta_data": "json",
        "cf_app_customer_id": "text",
        "created_at": "epoch",
    },
)

ITEMS: Final = ObjectTable(
    "items",
    {
        "name": "text",
        "external_name": "text",
        "description": "text",
        "status": "text",
        "type": "text",
        "unit": "text",
        "metered": "bool",
        "metadata": "json",
    },
)

ITEM_PRICES: Final = ObjectTable(
    "item_prices",
    {
        "name": "text",
        "item_id": "text",
        "item_type": "text",
        "status": "text",
        "pricing_model": "text",
        "price": "money",
        "price_in_decimal": "money",
        "currency_code": "text",
        "period": "bigint",
        "period_unit": "text",
        "free_quantity": "money",
        "tiers_key": "text",
        "metadata": "json",
        "created_at": "epoch",
    },
    (ChildTable("item_price_tiers", "tiers", _TIER),),
)

COUPONS: Final = ObjectTable(
    "coupons",
    {
        "name": "text",
        "discount_type": "text",
        "discount_percentage": "percent",
        "discount_amount": "money",
        "currency_code": "text",
        "duration_type": "text",
        "duration_month": "bigint",
        "period": "bigint",
        "period_unit": "text",
        "apply_on": "text",
        "status": "text",
        "valid_till": "epoch",
        "created_at": "epoch",
    },
    (
        ChildTable(
            "coupon_constraints",
            "item_constraints",
            {"item_type": "text", "constraint": "text"},
            (ChildTable("coupon_constraint_prices", "item_price_ids", {"id": "text"}),),
        ),
    ),
)

_SUBSCRIPTION_ITEM: Final = {
    "item_price_id": "text",
    "item_type": "text",
    "quantity": "money",
    "quantity_in_decimal": "money",
    "unit_price": "money",
    "unit_price_in_decimal": "money",
    "amount": "money",
    "amount_in_decimal": "money",
    "free_quantity": "money",
    "free_quantity_in_decimal": "money",
    "billing_period": "bigint",
    "billing_period_unit": "text",
    "metered_quantity": "text",
    "tiers_key": "text",
}
_DISCOUNT: Final = {
    "id": "text",
    "type": "text",
    "percentage": "percent",
    "amount": "money",
    "currency_code": "text",
    "duration_type": "text",
    "period": "bigint",
    "period_unit": "text",
    "apply_on": "text",
    "item_price_id": "text",
    "apply_till": "epoch",
    "created_at": "epoch",
}

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "status": "text",
        "customer_id": "text",
        "currency_code": "text",
        "auto_collection": "text",
        "billing_period": "bigint",
        "billing_period_unit": "text",
        "created_at": "epoch",
        "started_at": "epoch",
        "start_date": "epoch",
        "activated_at": "epoch",
        "trial_start": "epoch",
        "trial_end": "epoch",
        "current_term_start": "epoch",
        "current_term_end": "epoch",
        "pause_date": "epoch",
        "resume_date": "epoch",
        "cancelled_at": "epoch",
        "cancel_schedule_created_at": "epoch",
        "cancel_reason": "text",
        "cancel_reason_code": "text",
        "due_since": "epoch",
        "due_invoices_count": "bigint",
        "has_scheduled_changes": "bool",
        "changes_scheduled_at": "epoch",
        "mrr": "money",
        "meta_data": "json",
    },
    (
        ChildTable(
            "subscription_items",
            "subscription_items",
            _SUBSCRIPTION_ITEM,
            (ChildTable("subscription_item_tiers", "tiers", _TIER),),
        ),
        ChildTable(
            "subscription_coupons",
            "coupons",
            {"coupon_id": "text", "apply_till": "epoch", "applied_count": "bigint"},
        ),
        ChildTable("subscription_discounts", "discounts", _DISCOUNT),
    ),
)

INVOICES: Final = ObjectTable(
    "invoices",
    {
        "status": "text",
        "customer_id": "text",
        "subscription_id": "text",
        "recurring": "bool",
        "first_invoice": "bool",
        "price_type": "text",
        "currency_code": "text",
        "date": "epoch",
        "due_date": "epoch",
        "paid_at": "epoch",
        "voided_at": "epoch",
        "next_retry_at": "epoch",
        "generated_at": "epoch",
        "sub_total": "money",
        "tax": "money",
        "total": "money",
        "amount_paid": "money",
        "amount_due": "money",
        "amount_adjusted": "money",
        "credits_applied": "money",
        "write_off_amount": "money",
    },
    (
        ChildTable("invoice_lines", "line_items", _LINE),
        ChildTable(
            "invoice_line_discounts",
            "line_item_discounts",
            {
                "line_item_id": "text",
                "discount_type": "text",
                "coupon_id": "text",
                "entity_id": "text",
                "discount_amount": "money",
            },
        ),
        ChildTable(
            "invoice_payments",
            "linked_payments",
            {
                "txn_id": "text",
                "txn_status": "text",
                "applied_amount": "money",
                "applied_at": "epoch",
                "txn_date": "epoch",
                "txn_amount": "money",
            },
        ),
    ),
)

CREDIT_NOTES: Final = ObjectTable(
    "credit_notes",
    {
        "status": "text",
        "type": "text",
        "reason_code": "text",
        "create_reason_code": "text",
        "customer_id": "text",
        "subscription_id": "text",
        "reference_invoice_id": "text",
        "price_type": "text",
        "currency_code": "text",
        "date": "epoch",
        "voided_at": "epoch",
        "sub_total": "money",
        "total": "money",
        "amount_allocated": "money",
        "amount_refunded": "money",
    },
    (
        ChildTable("credit_note_lines", "line_items", _LINE),
        ChildTable(
            "credit_note_line_discounts",
            "line_item_discounts",
            {"line_item_id": "text", "discount_type": "text", "discount_amount": "money"},
        ),
    ),
)

TRANSACTIONS: Final = ObjectTable(
    "transactions",
    {
        "type": "text",
        "status": "text",
        "customer_id": "text",
        "subscription_id": "text",
        "payment_method": "text",
        "currency_code": "text",
        "amount": "money",
        "date": "epoch",
        "settled_at": "epoch",
        "error_code": "text",
        "refunded_txn_id": "text",
        "reference_transaction_id": "text",
        "reversal_transaction_id": "text",
    },
    (
        ChildTable(
            "transaction_invoices",
            "linked_invoices",
            {"invoice_id": "text", "applied_amount": "money", "applied_at": "epoch"},
        ),
        ChildTable(
            "transaction_credit_notes",
            "linked_credit_notes",
            {"cn_id": "text", "applied_amount": "money"},
        ),
    ),
)

#: What is going to change: a ramp, or the state that a subscription renews with. `change` says
#: whether an item or discount is added, updated, removed, or stays while others go (`kept`).
SCHEDULED_CHANGES: Final = ObjectTable(
    "scheduled_changes",
    {
        "subscription_id": "text",
        "kind": "text",
        "status": "text",
        "effective_from": "epoch",
        "created_at": "epoch",
    },
    (
        ChildTable(
            "scheduled_items",
            "items",
            {"change": "text", **_SUBSCRIPTION_ITEM},
            (ChildTable("scheduled_item_tiers", "tiers", _TIER),),
        ),
        ChildTable(
            "scheduled_discounts",
            "discounts",
            {"change": "text", "coupon_id": "text", **_DISCOUNT},
        ),
    ),
)

EVENTS: Final = ObjectTable(
    "events", {"event_type": "text", "occurred_at": "epoch", "source": "text"}
)

#: Every table with versions of objects.
TABLES: Final = (
    CUSTOMERS,
    ITEMS,
    ITEM_PRICES,
    COUPONS,
    SUBSCRIPTIONS,
    SCHEDULED_CHANGES,
    INVOICES,
    CREDIT_NOTES,
    TRANSACTIONS,
    EVENTS,
)
