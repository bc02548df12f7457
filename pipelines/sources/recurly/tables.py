"""Raw tables of Recurly: which fields of which object become columns.

Money is in major units, as Recurly writes it. Field reference: Recurly's OpenAPI description of
v2021-02-25. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

ACCOUNTS: Final = ObjectTable(
    "accounts",
    {
        "code": "text",
        "company": "text",
        "first_name": "text",
        "last_name": "text",
        "email": "text",
        "email_domain": "text",
        "state": "text",
        "address.country": "text",
        "created_at": "time",
        "deleted_at": "time",
    },
)

PLANS: Final = ObjectTable(
    "plans",
    {
        "code": "text",
        "name": "text",
        "description": "text",
        "state": "text",
        "interval_unit": "text",
        "interval_length": "bigint",
        "created_at": "time",
        "deleted_at": "time",
    },
    (
        ChildTable(
            "plan_currencies",
            "currencies",
            {"currency": "text", "unit_amount": "money"},
        ),
    ),
)

COUPONS: Final = ObjectTable(
    "coupons",
    {
        "code": "text",
        "name": "text",
        "state": "text",
        "duration": "text",
        "temporal_unit": "text",
        "temporal_amount": "bigint",
        "discount.type": "text",
        "discount.percent": "percent",
        "applies_to_all_plans": "bool",
        "created_at": "time",
        "expired_at": "time",
        "redeem_by": "time",
    },
    (
        ChildTable(
            "coupon_currencies",
            "discount.currencies",
            {"currency": "text", "amount": "money"},
        ),
        ChildTable("coupon_plans", "plans", {"id": "text", "code": "text"}),
    ),
)

#: Tiers of an add-on end with a quantity; the last has none.
_ADD_ON: Final = {
    "id": "text",
    "add_on.id": "text",
    "add_on.code": "text",
    "add_on.name": "text",
    "add_on.add_on_type": "text",
    "quantity": "bigint",
    "unit_amount": "money",
    "unit_amount_decimal": "money",
    "tier_type": "text",
    "tiers_key": "text",
}
_TIER: Final = {
    "ending_quantity": "bigint",
    "unit_amount": "money",
    "unit_amount_decimal": "money",
}
_RAMP_INTERVAL: Final = {
    "starting_on": "time",
    "ending_on": "time",
    "starting_billing_cycle": "bigint",
    "unit_amount": "money",
}

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "state": "text",
        "account.id": "text",
        "account.code": "text",
        "plan.id": "text",
        "plan.code": "text",
        "plan.name": "text",
        "currency": "text",
        "unit_amount": "money",
        "quantity": "bigint",
        "tax_inclusive": "bool",
        "collection_method": "text",
        "created_at": "time",
        "activated_at": "time",
        "trial_started_at": "time",
        "trial_ends_at": "time",
        "current_period_started_at": "time",
        "current_period_ends_at": "time",
        "canceled_at": "time",
        "expires_at": "time",
        "expiration_reason": "text",
        "paused_at": "time",
        "resume_at": "time",
        "remaining_pause_cycles": "bigint",
        "pending_change.id": "text",
        "pending_change.activate_at": "time",
        "pending_change.activated": "bool",
        "pending_change.plan.id": "text",
        "pending_change.plan.code": "text",
        "pending_change.quantity": "bigint",
        "pending_change.unit_amount": "money",
    },
    (
        ChildTable(
            "subscription_add_ons",
            "add_ons",
            _ADD_ON,
            (ChildTable("subscription_add_on_tiers", "tiers", _TIER),),
        ),
        ChildTable("subscription_ramp_intervals", "ramp_intervals", _RAMP_INTERVAL),
        ChildTable(
            "pending_add_ons",
            "pending_change.add_ons",
            _ADD_ON,
            (ChildTable("pending_add_on_tiers", "tiers", _TIER),),
        ),
        ChildTable("pending_ramp_intervals", "pending_change.ramp_intervals", _RAMP_INTERVAL),
        ChildTable(
            "subscription_redemptions",
            "coupon_redemptions",
            {
                "id": "text",
                "coupon.id": "text",
                "coupon.code": "text",
                "state": "text",
                "created_at": "time",
                "removed_at": "time",
            },
        ),
    ),
    needed=("plan.id",),
)

INVOICES: Final = ObjectTable(
    "invoices",
    {
        "type": "text",
        "origin": "text",
        "state": "text",
        "number": "text",
        "account.id": "text",
        "account.code": "text",
        "collection_method": "text",
        "currency": "text",
        "subtotal": "money",
        "discount": "money",
        "tax": "money",
        "total": "money",
        "paid": "money",
        "balance": "money",
        "previous_invoice_id": "text",
        "created_at": "time",
        "due_at": "time",
        "closed_at": "time",
    },
    (ChildTable("invoice_subscriptions", "subscription_ids", {"id": "text"}),),
)

LINE_ITEMS: Final = ObjectTable(
    "line_items",
    {
        "type": "text",
        "state": "text",
        "origin": "text",
        "subscription_id": "text",
        "plan_id": "text",
        "plan_code": "text",
        "add_on_id": "text",
        "add_on_code": "text",
        "product_code": "text",
        "invoice_id": "text",
        "original_line_item_invoice_id": "text",
        "previous_line_item_id": "text",
        "description": "text",
        "currency": "text",
        "quantity": "bigint",
        "unit_amount": "money",
        "subtotal": "money",
        "discount": "money",
        "tax": "money",
        "tax_inclusive": "bool",
        "amount": "money",
        "proration_rate": "money",
        "usage_type": "text",
        "refund": "bool",
        "start_date": "time",
        "end_date": "time",
        "created_at": "time",
    },
)

TRANSACTIONS: Final = ObjectTable(
    "transactions",
    {
        "type": "text",
        "status": "text",
        "origin": "text",
        "account.id": "text",
        "invoice.id": "text",
        "original_transaction_id": "text",
        "currency": "text",
        "amount": "money",
        "status_code": "text",
        "charged_back_at": "time",
        "collected_at": "time",
        "created_at": "time",
    },
)

#: Every table with versions of objects.
TABLES: Final = (ACCOUNTS, PLANS, COUPONS, SUBSCRIPTIONS, INVOICES, LINE_ITEMS, TRANSACTIONS)
