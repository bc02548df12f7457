"""Raw tables of Braintree: which fields of which object become columns.

Money is in major units. Field reference: Braintree's Python SDK, version 4. Whatever is not a
column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

_MODIFICATION: Final = {
    "id": "text",
    "name": "text",
    "amount": "money",
    "quantity": "bigint",
    "never_expires": "bool",
    "current_billing_cycle": "bigint",
    "number_of_billing_cycles": "bigint",
}

PLANS: Final = ObjectTable(
    "plans",
    {
        "name": "text",
        "description": "text",
        "price": "money",
        "currency_iso_code": "text",
        "billing_frequency": "bigint",
        "created_at": "time",
    },
)

CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "company": "text",
        "first_name": "text",
        "last_name": "text",
        "email": "text",
        "email_domain": "text",
        "custom_fields": "json",
        "created_at": "time",
    },
)

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "status": "text",
        "plan_id": "text",
        "price": "money",
        "balance": "money",
        "merchant_account_id": "text",
        "trial_period": "bool",
        "number_of_billing_cycles": "bigint",
        "current_billing_cycle": "bigint",
        "created_at": "time",
        "first_billing_at": "time",
        "period_start_at": "time",
        "period_end_at": "time",
    },
    (
        ChildTable(
            "status_history",
            "status_history",
            {
                "timestamp": "time",
                "status": "text",
                "price": "money",
                "balance": "money",
                "currency_iso_code": "text",
                "plan_id": "text",
            },
        ),
        ChildTable("subscription_add_ons", "add_ons", _MODIFICATION),
        ChildTable("subscription_discounts", "discounts", _MODIFICATION),
    ),
)

TRANSACTIONS: Final = ObjectTable(
    "transactions",
    {
        "type": "text",
        "status": "text",
        "amount": "money",
        "tax_amount": "money",
        "currency_iso_code": "text",
        "customer_id": "text",
        "subscription_id": "text",
        "plan_id": "text",
        "recurring": "bool",
        "refunded_transaction_id": "text",
        "processor_response_code": "text",
        "created_at": "time",
        "period_start_at": "time",
        "period_end_at": "time",
    },
    (
        ChildTable("transaction_add_ons", "add_ons", _MODIFICATION),
        ChildTable("transaction_discounts", "discounts", _MODIFICATION),
        ChildTable(
            "transaction_disputes",
            "disputes",
            {
                "id": "text",
                "kind": "text",
                "status": "text",
                "reason": "text",
                "amount_disputed": "money",
                "amount_won": "money",
                "currency_iso_code": "text",
                "created_at": "time",
                "received_at": "time",
            },
            (
                ChildTable(
                    "dispute_history", "status_history", {"status": "text", "timestamp": "time"}
                ),
            ),
        ),
    ),
)

#: Every table with versions of objects.
TABLES: Final = (PLANS, CUSTOMERS, SUBSCRIPTIONS, TRANSACTIONS)
