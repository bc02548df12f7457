"""Raw Stripe tables: which fields of which object become columns.

Both API shapes stand side by side, as Stripe says them: before `2025-03-31.basil` (for example
`invoice.subscription`, `line.price`) and since (`invoice.parent.subscription_details.subscription`,
`line.pricing.price_details.price`). Staging picks the one that is there. Field reference: the types
of the `stripe` SDK, version 16. Whatever is not a column is still in `_raw`.
"""

from __future__ import annotations

from typing import Final

from pipelines.loading.tables import ChildTable, ObjectTable

DISCOUNT_COLUMNS: Final = {
    "id": "id",
    "coupon": "id",
    "source.coupon": "id",
    "start": "epoch",
    "end": "epoch",
    "customer": "id",
    "subscription": "id",
    "subscription_item": "id",
    "promotion_code": "id",
    "coupon.duration": "text",
    "coupon.percent_off": "decimal",
    "coupon.amount_off": "bigint",
    "coupon.currency": "text",
    # Since the coupon moved into `source`; a deleted coupon lives on inside its discounts.
    "source.coupon.duration": "text",
    "source.coupon.percent_off": "decimal",
    "source.coupon.amount_off": "bigint",
    "source.coupon.currency": "text",
}

_PRICE_TERMS: Final = {
    "currency": "text",
    "unit_amount": "bigint",
    "unit_amount_decimal": "decimal",
    "billing_scheme": "text",
    "tiers_mode": "text",
    "type": "text",
    "tax_behavior": "text",
    "recurring.interval": "text",
    "recurring.interval_count": "bigint",
    "recurring.usage_type": "text",
    "transform_quantity.divide_by": "bigint",
    "transform_quantity.round": "text",
}

_PLAN_TERMS: Final = {
    "currency": "text",
    "amount": "bigint",
    "amount_decimal": "decimal",
    "billing_scheme": "text",
    "tiers_mode": "text",
    "interval": "text",
    "interval_count": "bigint",
    "usage_type": "text",
    "transform_usage.divide_by": "bigint",
    "transform_usage.round": "text",
}

_TIER: Final = {
    "up_to": "bigint",
    "unit_amount": "bigint",
    "unit_amount_decimal": "decimal",
    "flat_amount": "bigint",
    "flat_amount_decimal": "decimal",
}

_PRETAX_CREDIT: Final = {
    "amount": "bigint",
    "type": "text",
    "credit_balance_transaction": "id",
    "discount": "id",
}
_AMOUNT_OF_DISCOUNT: Final = {"amount": "bigint", "discount": "id"}
_TAX: Final = {
    "amount": "bigint",
    "inclusive": "bool",  # before basil
    "tax_behavior": "text",  # since basil: inclusive or exclusive
    "taxable_amount": "bigint",
    "tax_rate": "id",
    "tax_rate_details.tax_rate": "id",
    "taxability_reason": "text",
}
_TAX_RATE: Final = {"id": "id", "percentage": "decimal", "inclusive": "bool", "active": "bool"}


def _under(prefix: str, columns: dict[str, str]) -> dict[str, str]:
    """The same columns one step deeper: {`amount`: ..} under `plan` -> {`plan.amount`: ..}."""
    return {f"{prefix}.{path}": kind for path, kind in columns.items()}


CUSTOMERS: Final = ObjectTable(
    "customers",
    {
        "name": "text",
        "email": "text",
        "email_domain": "text",
        "created": "epoch",
        "currency": "text",
        "balance": "bigint",
        "delinquent": "bool",
        "address.country": "text",
        "metadata": "json",
        "livemode": "bool",
    },
    (ChildTable("customer_discounts", "discounts_seen", DISCOUNT_COLUMNS),),
)

PRODUCTS: Final = ObjectTable(
    "products",
    {
        "name": "text",
        "description": "text",
        "active": "bool",
        "created": "epoch",
        "updated": "epoch",
        "default_price": "id",
        "unit_label": "text",
        "type": "text",
        "metadata": "json",
        "livemode": "bool",
    },
)

PRICES: Final = ObjectTable(
    "prices",
    {
        "product": "id",
        "active": "bool",
        "nickname": "text",
        "lookup_key": "text",
        "created": "epoch",
        **_PRICE_TERMS,
        "recurring.meter": "id",
        "metadata": "json",
        "livemode": "bool",
    },
    (
        ChildTable("price_tiers", "tiers", _TIER),
        ChildTable(
            "price_currency_options",
            "currency_options",
            {"unit_amount": "bigint", "unit_amount_decimal": "decimal", "tax_behavior": "text"},
            (ChildTable("price_currency_option_tiers", "tiers", _TIER),),
        ),
    ),
)

PLANS: Final = ObjectTable(
    "plans",
    {
        "product": "id",
        "active": "bool",
        "nickname": "text",
        "name": "text",
        "created": "epoch",
        **_PLAN_TERMS,
        "metadata": "json",
        "livemode": "bool",
    },
    (ChildTable("plan_tiers", "tiers", {**_TIER, "amount": "bigint"}),),
)

COUPONS: Final = ObjectTable(
    "coupons",
    {
        "name": "text",
        "duration": "text",
        "duration_in_months": "bigint",
        "percent_off": "decimal",
        "amount_off": "bigint",
        "currency": "text",
        "valid": "bool",
        "created": "epoch",
        "redeem_by": "epoch",
        "times_redeemed": "bigint",
        "metadata": "json",
        "livemode": "bool",
    },
    (
        ChildTable("coupon_applies_to_products", "applies_to.products", {"id": "id"}),
        ChildTable("coupon_currency_options", "currency_options", {"amount_off": "bigint"}),
    ),
)

PROMOTION_CODES: Final = ObjectTable(
    "promotion_codes",
    {
        "code": "text",
        "coupon": "id",
        "promotion.coupon": "id",
        "active": "bool",
        "created": "epoch",
        "expires_at": "epoch",
        "customer": "id",
        "times_redeemed": "bigint",
        "livemode": "bool",
    },
)

SUBSCRIPTIONS: Final = ObjectTable(
    "subscriptions",
    {
        "customer": "id",
        "status": "text",
        "currency": "text",
        "collection_method": "text",
        "billing": "text",  # its name before 2019-10-17
        "created": "epoch",
        "start_date": "epoch",
        "current_period_start": "epoch",
        "current_period_end": "epoch",
        "billing_cycle_anchor": "epoch",
        "trial_start": "epoch",
        "trial_end": "epoch",
        "cancel_at": "epoch",
        "cancel_at_period_end": "bool",
        "canceled_at": "epoch",
        "ended_at": "epoch",
        "cancellation_details.reason": "text",
        "cancellation_details.feedback": "text",
        "cancellation_details.comment": "text",
        "pause_collection.behavior": "text",
        "pause_collection.resumes_at": "epoch",
        "days_until_due": "bigint",
        "latest_invoice": "id",
        "schedule": "id",
        "metadata": "json",
        "livemode": "bool",
        # The 2017 shape: one plan and one quantity on the subscription itself.
        "quantity": "bigint",
        "plan": "id",
        "tax_percent": "decimal",
    },
    (
        ChildTable(
            "subscription_items",
            "items",
            {
                "id": "id",
                "created": "epoch",
                "quantity": "bigint",
                "current_period_start": "epoch",
                "current_period_end": "epoch",
                "price": "id",
                "price.product": "id",
                **_under("price", _PRICE_TERMS),
                "plan": "id",
                "plan.product": "id",
                **_under("plan", _PLAN_TERMS),
                "metadata": "json",
            },
            (
                ChildTable("subscription_item_discounts", "discounts", DISCOUNT_COLUMNS),
                ChildTable("subscription_item_tax_rates", "tax_rates", _TAX_RATE),
            ),
        ),
        ChildTable("subscription_discounts", "discounts_seen", DISCOUNT_COLUMNS),
        ChildTable("subscription_tax_rates", "default_tax_rates", _TAX_RATE),
    ),
)

SUBSCRIPTION_SCHEDULES: Final = ObjectTable(
    "subscription_schedules",
    {
        "customer": "id",
        "subscription": "id",
        "released_subscription": "id",
        "status": "text",
        "end_behavior": "text",
        "created": "epoch",
        "canceled_at": "epoch",
        "completed_at": "epoch",
        "released_at": "epoch",
        "current_phase.start_date": "epoch",
        "current_phase.end_date": "epoch",
        "livemode": "bool",
    },
    (
        ChildTable(
            "subscription_schedule_phases",
            "phases",
            {
                "start_date": "epoch",
                "end_date": "epoch",
                "trial_end": "epoch",
                "currency": "text",
                "coupon": "id",
                "collection_method": "text",
            },
            (
                ChildTable(
                    "subscription_schedule_phase_items",
                    "items",
                    {"price": "id", "plan": "id", "quantity": "bigint"},
                ),
                ChildTable(
                    "subscription_schedule_phase_discounts",
                    "discounts",
                    {"coupon": "id", "discount": "id", "promotion_code": "id"},
                ),
            ),
        ),
        # Of phases and of their items: a list two levels down would not say of which phase.
        ChildTable(
            "subscription_schedule_discounts",
            "phase_discounts_seen",
            {
                "phase_number": "bigint",
                "item_number": "bigint",
                "coupon": "id",
                "discount": "id",
                "promotion_code": "id",
            },
        ),
    ),
)

#: Discounts read whole because their coupon is gone, or another one bears its id by now. Their
#: times have names that are no words of SQL.
DISCOUNTS: Final = ObjectTable(
    "discounts",
    {
        **{path: kind for path, kind in DISCOUNT_COLUMNS.items() if path not in ("start", "end")},
        "starts": "epoch",
        "ends": "epoch",
    },
    (ChildTable("discount_products", "source.coupon.applies_to.products", {"id": "id"}),),
)

INVOICE_LINE_COLUMNS: Final = {
    "id": "id",
    "type": "text",
    "amount": "bigint",
    "currency": "text",
    "description": "text",
    "quantity": "bigint",
    "period.start": "epoch",
    "period.end": "epoch",
    "proration": "bool",
    "price": "id",
    "price.product": "id",
    **_under("price", _PRICE_TERMS),
    "plan": "id",
    "plan.product": "id",
    **_under("plan", _PLAN_TERMS),
    "subscription": "id",
    "subscription_item": "id",
    "invoice_item": "id",
    "pricing.price_details.price": "id",
    "pricing.price_details.product": "id",
    "pricing.unit_amount_decimal": "decimal",
    "parent.type": "text",
    "parent.subscription_item_details.subscription": "id",
    "parent.subscription_item_details.subscription_item": "id",
    "parent.subscription_item_details.invoice_item": "id",
    "parent.subscription_item_details.proration": "bool",
    "parent.invoice_item_details.invoice_item": "id",
    "parent.invoice_item_details.subscription": "id",
    "parent.invoice_item_details.proration": "bool",
    "metadata": "json",
}

INVOICES: Final = ObjectTable(
    "invoices",
    {
        "number": "text",
        "customer": "id",
        "subscription": "id",
        "parent.subscription_details.subscription": "id",
        "status": "text",
        "billing_reason": "text",
        "collection_method": "text",
        "billing": "text",  # its name before 2019-10-17
        "currency": "text",
        "created": "epoch",
        "date": "epoch",
        "effective_at": "epoch",
        "due_date": "epoch",
        "next_payment_attempt": "epoch",
        "attempt_count": "bigint",
        "attempted": "bool",
        "paid": "bool",
        "closed": "bool",
        "forgiven": "bool",
        "charge": "id",
        "payment_intent": "id",
        "subtotal": "bigint",
        "total": "bigint",
        "tax": "bigint",
        "total_excluding_tax": "bigint",
        "amount_due": "bigint",
        "amount_paid": "bigint",
        "amount_remaining": "bigint",
        "amount_overpaid": "bigint",
        "starting_balance": "bigint",
        "ending_balance": "bigint",
        "pre_payment_credit_notes_amount": "bigint",
        "post_payment_credit_notes_amount": "bigint",
        "paid_out_of_band": "bool",
        "status_transitions.finalized_at": "epoch",
        "status_transitions.paid_at": "epoch",
        "status_transitions.voided_at": "epoch",
        "status_transitions.marked_uncollectible_at": "epoch",
        "period_start": "epoch",
        "period_end": "epoch",
        "metadata": "json",
        "livemode": "bool",
    },
    (
        ChildTable(
            "invoice_lines",
            "lines",
            INVOICE_LINE_COLUMNS,
            (
                ChildTable(
                    "invoice_line_discount_amounts", "discount_amounts", _AMOUNT_OF_DISCOUNT
                ),
                ChildTable("invoice_line_tax_amounts", "tax_amounts", _TAX),
                ChildTable("invoice_line_taxes", "taxes", _TAX),
                ChildTable(
                    "invoice_line_pretax_credit_amounts", "pretax_credit_amounts", _PRETAX_CREDIT
                ),
            ),
        ),
        ChildTable("invoice_discounts", "discounts_seen", DISCOUNT_COLUMNS),
    ),
)

INVOICE_ITEMS: Final = ObjectTable(
    "invoice_items",
    {
        "customer": "id",
        "invoice": "id",
        "subscription": "id",
        "parent.subscription_details.subscription": "id",
        "amount": "bigint",
        "currency": "text",
        "date": "epoch",
        "quantity": "bigint",
        "period.start": "epoch",
        "period.end": "epoch",
        "proration": "bool",
        "price": "id",
        "price.product": "id",
        "pricing.price_details.price": "id",
        "pricing.price_details.product": "id",
        "description": "text",
        "livemode": "bool",
    },
)

INVOICE_PAYMENTS: Final = ObjectTable(
    "invoice_payments",
    {
        "invoice": "id",
        "status": "text",
        "amount_paid": "bigint",
        "amount_requested": "bigint",
        "currency": "text",
        "created": "epoch",
        "is_default": "bool",
        "payment.type": "text",
        "payment.charge": "id",
        "payment.payment_intent": "id",
        "payment.payment_record": "id",
        "status_transitions.paid_at": "epoch",
        "status_transitions.canceled_at": "epoch",
        "livemode": "bool",
    },
)

CHARGES: Final = ObjectTable(
    "charges",
    {
        "customer": "id",
        "invoice": "id",
        "payment_intent": "id",
        "balance_transaction": "id",
        "status": "text",
        "paid": "bool",
        "captured": "bool",
        "refunded": "bool",
        "disputed": "bool",
        "amount": "bigint",
        "amount_captured": "bigint",
        "amount_refunded": "bigint",
        "currency": "text",
        "created": "epoch",
        "failure_code": "text",
        "outcome.type": "text",
        "description": "text",
        "livemode": "bool",
    },
    # The 2017 shape has refunds only inside their charge.
    (
        ChildTable(
            "charge_refunds",
            "refunds",
            {
                "id": "id",
                "amount": "bigint",
                "currency": "text",
                "created": "epoch",
                "status": "text",
                "reason": "text",
            },
        ),
    ),
)

REFUNDS: Final = ObjectTable(
    "refunds",
    {
        "charge": "id",
        "payment_intent": "id",
        "balance_transaction": "id",
        "amount": "bigint",
        "currency": "text",
        "created": "epoch",
        "status": "text",
        "reason": "text",
        "metadata": "json",
    },
)

DISPUTES: Final = ObjectTable(
    "disputes",
    {
        "charge": "id",
        "payment_intent": "id",
        "amount": "bigint",
        "currency": "text",
        "created": "epoch",
        "status": "text",
        "reason": "text",
        "livemode": "bool",
    },
    (
        ChildTable(
            "dispute_balance_transactions",
            "balance_transactions",
            {
                "id": "id",
                "amount": "bigint",
                "fee": "bigint",
                "net": "bigint",
                "currency": "text",
                "created": "epoch",
                "type": "text",
                "reporting_category": "text",
            },
        ),
    ),
)

CREDIT_NOTES: Final = ObjectTable(
    "credit_notes",
    {
        "customer": "id",
        "invoice": "id",
        "status": "text",
        "type": "text",
        "reason": "text",
        "currency": "text",
        "created": "epoch",
        "effective_at": "epoch",
        "voided_at": "epoch",
        "amount": "bigint",
        "subtotal": "bigint",
        "total": "bigint",
        "total_excluding_tax": "bigint",
        "discount_amount": "bigint",
        "pre_payment_amount": "bigint",
        "post_payment_amount": "bigint",
        "out_of_band_amount": "bigint",
        "refund": "id",
        "customer_balance_transaction": "id",
        "livemode": "bool",
    },
    (
        ChildTable(
            "credit_note_lines",
            "lines",
            {
                "id": "id",
                "type": "text",
                "amount": "bigint",
                "discount_amount": "bigint",
                "invoice_line_item": "id",
                "quantity": "bigint",
                "description": "text",
            },
            (
                ChildTable(
                    "credit_note_line_discount_amounts", "discount_amounts", _AMOUNT_OF_DISCOUNT
                ),
                ChildTable(
                    "credit_note_line_pretax_credit_amounts",
                    "pretax_credit_amounts",
                    _PRETAX_CREDIT,
                ),
                ChildTable("credit_note_line_tax_amounts", "tax_amounts", _TAX),
                ChildTable("credit_note_line_taxes", "taxes", _TAX),
            ),
        ),
        ChildTable("credit_note_refunds", "refunds", {"refund": "id", "amount_refunded": "bigint"}),
    ),
)

BALANCE_TRANSACTIONS: Final = ObjectTable(
    "balance_transactions",
    {
        "type": "text",
        "reporting_category": "text",
        "status": "text",
        "source": "id",
        "amount": "bigint",
        "fee": "bigint",
        "net": "bigint",
        "currency": "text",
        "exchange_rate": "decimal",
        "created": "epoch",
        "available_on": "epoch",
        "description": "text",
    },
)

CREDIT_GRANTS: Final = ObjectTable(
    "credit_grants",
    {
        "customer": "id",
        "name": "text",
        "category": "text",
        "amount.type": "text",
        "amount.monetary.value": "bigint",
        "amount.monetary.currency": "text",
        "created": "epoch",
        "effective_at": "epoch",
        "expires_at": "epoch",
        "voided_at": "epoch",
        "updated": "epoch",
        "livemode": "bool",
    },
)

CREDIT_BALANCE_TRANSACTIONS: Final = ObjectTable(
    "credit_balance_transactions",
    {
        "credit_grant": "id",
        "type": "text",
        "created": "epoch",
        "effective_at": "epoch",
        "credit.type": "text",
        "credit.amount.monetary.value": "bigint",
        "credit.amount.monetary.currency": "text",
        "debit.type": "text",
        "debit.amount.monetary.value": "bigint",
        "debit.amount.monetary.currency": "text",
        "debit.credits_applied.invoice": "id",
        "debit.credits_applied.invoice_line_item": "id",
        "livemode": "bool",
    },
)

METERS: Final = ObjectTable(
    "meters",
    {
        "display_name": "text",
        "event_name": "text",
        "status": "text",
        "default_aggregation.formula": "text",
        "created": "epoch",
        "updated": "epoch",
        "livemode": "bool",
    },
)

METER_EVENT_SUMMARIES: Final = ObjectTable(
    "meter_event_summaries",
    {
        "meter": "id",
        "customer": "id",  # not in Stripe's answer: the customer that was asked for
        "aggregated_value": "decimal",
        "start_time": "epoch",
        "end_time": "epoch",
        "livemode": "bool",
    },
)

ENTITLEMENT_FEATURES: Final = ObjectTable(
    "entitlement_features",
    {"name": "text", "lookup_key": "text", "active": "bool", "metadata": "json"},
)

EVENTS: Final = ObjectTable(
    "events",
    {
        "type": "text",
        "created": "epoch",
        "api_version": "text",
        "data.object": "id",
        "data.object.object": "text",
        "data.object.customer": "id",
        "data.previous_attributes": "json",
        "livemode": "bool",
    },
)

TABLES: Final[tuple[ObjectTable, ...]] = (
    CUSTOMERS,
    PRODUCTS,
    PRICES,
    PLANS,
    COUPONS,
    PROMOTION_CODES,
    SUBSCRIPTIONS,
    SUBSCRIPTION_SCHEDULES,
    DISCOUNTS,
    INVOICES,
    INVOICE_ITEMS,
    INVOICE_PAYMENTS,
    CHARGES,
    REFUNDS,
    DISPUTES,
    CREDIT_NOTES,
    BALANCE_TRANSACTIONS,
    CREDIT_GRANTS,
    CREDIT_BALANCE_TRANSACTIONS,
    METERS,
    METER_EVENT_SUMMARIES,
    ENTITLEMENT_FEATURES,
    EVENTS,
)
