"""Stripe staging, canonical billing, invoice lines, customers and plans against hand-made answers.

One small account per API shape is written through the project's own lifting code, the billing
models are built on it once, and every test compares a few rows with what was worked out by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.commands import Project
from support.raw_stripe import RawStripe

Json = dict[str, Any]
MODELS = (
    "+fct_invoice_lines",
    "+dim_customers",
    "+dim_plans",
    "+path:models/intermediate/billing",
    "+path:models/intermediate/stripe",
    "+path:models/staging/stripe",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


# -- objects of the current shape --------------------------------------------------------------


def price(price_id: str, product: str, currency: str, unit: int | None, **other: Any) -> Json:
    return {
        "id": price_id,
        "object": "price",
        "product": product,
        "active": True,
        "currency": currency,
        "unit_amount": unit,
        "unit_amount_decimal": None if unit is None else str(unit),
        "billing_scheme": "per_unit",
        "type": "recurring",
        "tax_behavior": "exclusive",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "created": epoch("2026-01-01"),
        "metadata": {},
    } | other


def new_line(line_id: str, price_id: str, product: str, amount: int, **other: Any) -> Json:
    return {
        "id": line_id,
        "object": "line_item",
        "amount": amount,
        "currency": "usd",
        "quantity": 1,
        "description": line_id,
        "discount_amounts": [],
        "taxes": [],
        "period": {"start": epoch("2026-03-01"), "end": epoch("2026-04-01")},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price_id, "product": product},
            "unit_amount_decimal": str(abs(amount)),
        },
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "subscription": "sub_new",
                "subscription_item": "si_new",
                "proration": False,
            },
        },
    } | other


def invoice(invoice_id: str, customer: str, currency: str, lines: list[Json], **other: Any) -> Json:
    total = sum(line["amount"] for line in lines)
    return {
        "id": invoice_id,
        "object": "invoice",
        "customer": customer,
        "status": "paid",
        "currency": currency,
        "collection_method": "charge_automatically",
        "billing_reason": "subscription_cycle",
        "created": epoch("2026-03-01"),
        "subtotal": total,
        "total": total,
        "amount_due": total,
        "amount_paid": total,
        "amount_remaining": 0,
        "discounts": [],
        "status_transitions": {
            "finalized_at": epoch("2026-03-01T01:00:00"),
            "paid_at": epoch("2026-03-01T01:05:00"),
        },
        "lines": {"object": "list", "data": lines, "has_more": False},
    } | other


def subscription_new(**other: Any) -> Json:
    return {
        "id": "sub_new",
        "object": "subscription",
        "customer": "cus_new",
        "status": "active",
        "currency": "usd",
        "collection_method": "charge_automatically",
        "created": epoch("2026-02-01"),
        "start_date": epoch("2026-01-15"),
        "cancel_at_period_end": False,
        "discounts": [
            {
                "id": "di_new",
                "object": "discount",
                "start": epoch("2026-02-01"),
                "end": None,
                "subscription": "sub_new",
                "customer": "cus_new",
                "source": {"type": "coupon", "coupon": "ten_percent"},
            }
        ],
        "items": {
            "object": "list",
            "data": [
                {
                    "id": "si_new",
                    "created": epoch("2026-02-01"),
                    "quantity": 2,
                    "current_period_start": epoch("2026-03-01"),
                    "current_period_end": epoch("2026-04-01"),
                    "price": price("price_pro", "prod_pro", "usd", 4900),
                    # an account with both: the plan must not be read beside the price
                    "plan": {"id": "other", "amount": 1, "currency": "eur", "tiers_mode": "volume"},
                    "discounts": [],
                    "tax_rates": [{"id": "txr_1", "percentage": 19, "inclusive": True}],
                }
            ],
        },
    } | other


def asked_to_go(feedback: str, comment: str | None) -> Json:
    return {
        "cancellation_details": {
            "reason": "cancellation_requested", "feedback": feedback, "comment": comment,
        }
    }  # fmt: skip


NEW_SHAPE: dict[str, list[Json]] = {
    "customers": [
        {
            "id": "cus_new",
            "name": "New Ltd",
            "email": "abc@new.example",
            "created": epoch("2026-01-10"),
            "currency": "usd",
            "balance": -1250,
            "delinquent": False,
            "address": {"country": "de"},
            "metadata": {"app_customer_id": "acct-1"},
        },
        {"id": "cus_yen", "name": "Yen KK", "created": epoch("2026-01-11"), "metadata": {}},
        {"id": "cus_gone", "name": "Gone Inc", "created": epoch("2026-01-12"), "metadata": {}},
    ],
    "products": [
        {"id": "prod_pro", "name": "Pro", "active": True, "created": 1, "metadata": {}},
        {
            "id": "prod_pack",
            "name": "Credits",
            "active": True,
            "created": 1,
            "metadata": {"kind": "credit_pack"},
        },
        {"id": "prod_old", "name": "Retired", "active": True, "created": 1, "metadata": {}},
    ],
    "prices": [
        price(
            "price_pro",
            "prod_pro",
            "usd",
            4900,
            currency_options={
                "usd": {"unit_amount": 4900, "unit_amount_decimal": "4900"},
                "eur": {"unit_amount": 4500, "unit_amount_decimal": "4500"},
            },
        ),
        price("price_yen", "prod_pro", "jpy", 1500),
        price("price_dinar", "prod_pro", "kwd", 12345),
        price("price_fraction", "prod_pro", "usd", None, unit_amount_decimal="0.2"),
        price("price_pack", "prod_pack", "usd", 20000, type="one_time", recurring=None),
        price("price_old", "prod_old", "usd", 100, active=False),
        price(
            "price_tiers",
            "prod_pro",
            "usd",
            None,
            billing_scheme="tiered",
            tiers_mode="graduated",
            tiers=[
                {"up_to": 5, "unit_amount": 1000, "unit_amount_decimal": "1000"},
                {
                    "up_to": None,
                    "unit_amount": 800,
                    "unit_amount_decimal": "800",
                    "flat_amount": 250,
                },
            ],
        ),
    ],
    "coupons": [
        {
            "id": "ten_percent",
            "name": "Ten",
            "duration": "forever",
            "percent_off": 10,
            "valid": True,
            "created": epoch("2026-01-01"),
            "applies_to": {"products": ["prod_pro"]},
        }
    ],
    "subscriptions": [subscription_new()],
    "invoices": [
        invoice(
            "in_new",
            "cus_new",
            "usd",
            [
                new_line(
                    "il_seats",
                    "price_pro",
                    "prod_pro",
                    9800,
                    quantity=2,
                    discount_amounts=[{"amount": 980, "discount": "di_new"}],
                    taxes=[
                        {"amount": 1408, "tax_behavior": "inclusive", "tax_rate_details": None},
                        {"amount": 100, "tax_behavior": "exclusive"},
                    ],
                ),
                new_line(
                    "il_proration",
                    "price_pro",
                    "prod_pro",
                    -1613,
                    quantity=3,
                    parent={
                        "type": "subscription_item_details",
                        "subscription_item_details": {
                            "subscription": "sub_new",
                            "subscription_item": "si_new",
                            "proration": True,
                        },
                    },
                ),
                new_line(
                    "il_pack",
                    "price_pack",
                    "prod_pack",
                    20000,
                    # Stripe's own example shows both details filled: `type` says which one counts
                    parent={
                        "type": "invoice_item_details",
                        "invoice_item_details": {"invoice_item": "ii_1", "proration": False},
                        "subscription_item_details": {"subscription": "x", "proration": True},
                    },
                    pretax_credit_amounts=[
                        {
                            "type": "credit_balance_transaction",
                            "amount": 500,
                            "credit_balance_transaction": "cbtxn_1",
                        },
                        {"type": "discount", "amount": 77, "discount": "di_new"},
                    ],
                ),
            ],
            parent={
                "type": "subscription_details",
                "subscription_details": {"subscription": "sub_new"},
            },
        ),
        invoice(
            "in_yen",
            "cus_yen",
            "jpy",
            [new_line("il_yen", "price_yen", "prod_pro", 3000, quantity=2, currency="jpy")],
        ),
        invoice(
            "in_dinar",
            "cus_new",
            "kwd",
            [new_line("il_dinar", "price_dinar", "prod_pro", 12345, currency="kwd")],
            status="void",
        ),
        invoice(
            "in_draft",
            "cus_new",
            "usd",
            [new_line("il_draft", "price_pro", "prod_pro", 4900)],
            status="draft",
            status_transitions={"finalized_at": None, "paid_at": None},
        ),
        invoice(
            "in_unknown_currency",
            "cus_before",
            "xxq",
            [new_line("il_unknown", "price_gone", "prod_pro", 700, currency="xxq")],
        ),
    ],
    "invoice_payments": [
        {
            "id": "inpay_1",
            "invoice": "in_new",
            "status": "paid",
            "amount_paid": 28187,
            "currency": "usd",
            "created": epoch("2026-03-01T01:00:00"),
            "is_default": True,
            "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
            "status_transitions": {"paid_at": epoch("2026-03-01T01:05:00")},
        }
    ],
    "charges": [
        {
            "id": "ch_failed",
            "customer": "cus_new",
            "payment_intent": "pi_1",
            "status": "failed",
            "paid": False,
            "captured": False,
            "amount": 28187,
            "amount_captured": 0,
            "currency": "usd",
            "created": epoch("2026-03-01T01:01:00"),
            "failure_code": "card_declined",
        },
        {
            "id": "ch_paid",
            "customer": "cus_new",
            "payment_intent": "pi_1",
            "status": "succeeded",
            "paid": True,
            "captured": True,
            "amount": 28187,
            "amount_captured": 28187,
            "amount_refunded": 500,
            "currency": "usd",
            "created": epoch("2026-03-01T01:05:00"),
        },
    ],
    "refunds": [
        {
            "id": "re_note",
            "payment_intent": "pi_1",
            "amount": 500,
            "currency": "usd",
            "created": epoch("2026-03-10"),
            "status": "succeeded",
        }
    ],
    "credit_notes": [
        {
            "id": "cn_1",
            "invoice": "in_new",
            "customer": "cus_new",
            "status": "issued",
            "type": "post_payment",
            "currency": "usd",
            "created": epoch("2026-03-10"),
            "amount": 500,
            "subtotal": 600,
            "total": 500,
            "refunds": [{"refund": "re_note", "amount_refunded": 500}],
            "lines": {
                "data": [
                    {
                        "id": "cnli_1",
                        "type": "invoice_line_item",
                        "invoice_line_item": "il_seats",
                        "amount": 600,
                        "discount_amount": 60,
                        "discount_amounts": [{"amount": 60, "discount": "di_new"}],
                        "taxes": [{"amount": 40, "tax_behavior": "inclusive"}],
                        "quantity": 1,
                    }
                ]
            },
        }
    ],
    "disputes": [
        {
            "id": "dp_1",
            "charge": "ch_paid",
            "amount": 28187,
            "currency": "usd",
            "created": epoch("2026-03-12"),
            "status": "won",
            "balance_transactions": [
                {
                    "id": "txn_1",
                    "amount": -28187,
                    "fee": 1500,
                    "net": -29687,
                    "currency": "usd",
                    "created": epoch("2026-03-12"),
                    "type": "adjustment",
                    "reporting_category": "dispute",
                },
                {
                    "id": "txn_2",
                    "amount": 28187,
                    "fee": 0,
                    "net": 28187,
                    "currency": "usd",
                    "created": epoch("2026-03-20"),
                    "type": "adjustment",
                    "reporting_category": "dispute_reversal",
                },
            ],
        }
    ],
    "credit_grants": [
        {
            "id": "credgr_1",
            "customer": "cus_new",
            "name": "Pack",
            "category": "paid",
            "amount": {"type": "monetary", "monetary": {"value": 20000, "currency": "usd"}},
            "created": epoch("2026-03-01"),
            "effective_at": None,
        }
    ],
    "credit_balance_transactions": [
        {
            "id": "cbtxn_0",
            "credit_grant": "credgr_1",
            "type": "credit",
            "created": epoch("2026-03-01"),
            "credit": {
                "type": "credits_granted",
                "amount": {"monetary": {"value": 20000, "currency": "usd"}},
            },
        },
        {
            "id": "cbtxn_1",
            "credit_grant": "credgr_1",
            "type": "debit",
            "created": epoch("2026-03-02"),
            "debit": {
                "type": "credits_applied",
                "amount": {"monetary": {"value": 500, "currency": "usd"}},
                "credits_applied": {"invoice": "in_new", "invoice_line_item": "il_pack"},
            },
        },
    ],
    "subscription_schedules": [
        {
            "id": "sub_sched_1",
            "customer": "cus_new",
            "subscription": "sub_new",
            "status": "active",
            "end_behavior": "cancel",
            "created": epoch("2026-02-01"),
            "phases": [
                {
                    "start_date": epoch("2026-02-01"),
                    "end_date": epoch("2026-06-01"),
                    "currency": "usd",
                    "items": [{"price": "price_pro", "quantity": 2}],
                    "discounts": [{"discount": "di_new"}],
                },
                {
                    "start_date": epoch("2026-06-01"),
                    "end_date": epoch("2026-09-01"),
                    "currency": "usd",
                    "items": [{"price": "price_pro", "quantity": 5}, {"price": "price_yen"}],
                    "coupon": "ten_percent",
                    "discounts": [],
                },
            ],
        }
    ],
}


# -- objects of older shapes -------------------------------------------------------------------

#: Before 2025-03-31.basil: subscription, price, proration and tax_amounts on the line itself.
SHAPE_OF_2024: dict[str, list[Json]] = {
    "invoices": [
        invoice(
            "in_2024",
            "cus_new",
            "usd",
            [
                {
                    "id": "il_2024",
                    "type": "subscription",
                    "amount": 11900,
                    "currency": "usd",
                    "quantity": 7,
                    "proration": True,
                    "subscription": "sub_2024",
                    "subscription_item": "si_2024",
                    "price": price("price_embedded", "prod_pro", "usd", 1700),
                    "period": {"start": epoch("2024-05-10"), "end": epoch("2024-06-01")},
                    "tax_amounts": [{"amount": 1900, "inclusive": True, "tax_rate": "txr_1"}],
                    "discount_amounts": [],
                },
                {
                    "id": "il_2024_metered",
                    "type": "subscription",
                    "amount": 333,
                    "currency": "usd",
                    "quantity": 1665,
                    "proration": False,
                    "subscription_item": "si_metered",
                    "plan": {
                        "id": "plan_metered",
                        "amount": None,
                        "amount_decimal": "0.2",
                        "currency": "usd",
                        "interval": "month",
                        "interval_count": 3,
                        "usage_type": "metered",
                        "product": "prod_pro",
                    },
                    "period": {"start": epoch("2024-05-01"), "end": epoch("2024-06-01")},
                },
            ],
            subscription="sub_2024",
            charge="ch_2024",
            status_transitions=None,
            created=epoch("2024-06-01"),
        )
    ],
    "charges": [
        {
            "id": "ch_2024",
            "customer": "cus_new",
            "invoice": "in_2024",
            "status": "succeeded",
            "paid": True,
            "captured": True,
            "amount": 12233,
            "currency": "usd",
            "created": epoch("2024-06-01T03:00:00"),
        }
    ],
}

#: 2017-08-15: plan and quantity on the subscription, flags for status, one discount per invoice.
SHAPE_OF_2017: dict[str, list[Json]] = {
    "plans": [
        {
            "id": "gold",
            "name": "Gold plan",
            "amount": 1000,
            "currency": "usd",
            "interval": "year",
            "interval_count": 1,
            "created": epoch("2017-01-01"),
        }
    ],
    "subscriptions": [
        {
            "id": "sub_2017",
            "customer": "cus_yen",
            "status": "active",
            "plan": {"id": "gold"},
            "quantity": 3,
            "created": epoch("2017-02-01"),
            "current_period_start": epoch("2017-02-01"),
            "current_period_end": epoch("2018-02-01"),
            "discount": {
                "object": "discount",
                "customer": "cus_yen",
                "subscription": "sub_2017",
                "start": epoch("2017-02-01"),
                "end": None,
                "coupon": {
                    "id": "five_off",
                    "duration": "repeating",
                    "amount_off": 500,
                    "currency": "usd",
                },
            },
        }
    ],
    "invoices": [
        {
            "id": "in_2017",
            "customer": "cus_yen",
            "subscription": "sub_2017",
            "currency": "usd",
            "date": epoch("2017-02-01"),
            "attempted": True,
            "paid": True,
            "closed": True,
            "forgiven": False,
            "charge": "ch_2017",
            "subtotal": 2999,
            "tax": 50,
            "total": 2549,
            "amount_due": 2549,
            "discount": {
                "object": "discount",
                "customer": "cus_yen",
                "subscription": "sub_2017",
                "start": epoch("2017-02-01"),
                "coupon": {
                    "id": "five_off",
                    "duration": "repeating",
                    "amount_off": 500,
                    "currency": "usd",
                },
            },
            "lines": {
                "data": [
                    {
                        "id": line_id,
                        "type": kind,
                        "amount": amount,
                        "currency": "usd",
                        "quantity": 3,
                        "plan": {
                            "id": "gold",
                            "amount": 1000,
                            "currency": "usd",
                            "interval": "year",
                            "interval_count": 1,
                        }
                        if kind == "subscription"
                        else None,
                        "period": {"start": epoch("2017-02-01"), "end": epoch("2018-02-01")},
                    }
                    for line_id, kind, amount in (
                        ("sub_2017", "subscription", 1000),
                        ("sub_2017", "subscription", 1000),
                        ("ii_2017", "invoiceitem", 999),
                    )
                ]
            },
        },
        {
            "id": "in_2017_closed",
            "customer": "cus_yen",
            "currency": "usd",
            "date": epoch("2017-03-01"),
            "attempted": True,
            "paid": False,
            "closed": True,
            "forgiven": False,
            "subtotal": 100,
            "total": 100,
            "lines": {"data": []},
        },
        {
            "id": "in_2017_forgiven",
            "customer": "cus_yen",
            "currency": "usd",
            "date": epoch("2017-03-02"),
            "attempted": True,
            "paid": False,
            "closed": True,
            "forgiven": True,
            "subtotal": 100,
            "total": 100,
            "lines": {"data": []},
        },
    ],
    "charges": [
        {
            "id": "ch_2017",
            "customer": "cus_yen",
            "invoice": "in_2017",
            "status": "succeeded",
            "paid": True,
            "captured": True,
            "amount": 2549,
            "amount_refunded": 49,
            "currency": "usd",
            "created": epoch("2017-02-01T02:00:00"),
            "refunds": {
                "data": [
                    {
                        "id": "re_2017",
                        "amount": 49,
                        "currency": "usd",
                        "created": epoch("2017-02-03"),
                    }
                ]
            },
        }
    ],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder: Path = tmp_path_factory.mktemp("stripe_models")
    project = Project(folder, {"AS_OF": "2026-04-01", "DBT_WRITE_JSON": "true"})
    raw = RawStripe(project.warehouse)
    raw.load("100", at("2017-03-05"), SHAPE_OF_2017, api_version="2017-08-15")
    raw.load("200", at("2024-06-02"), SHAPE_OF_2024, api_version="2024-06-20")
    raw.load("300", at("2026-03-02"), NEW_SHAPE)
    raw.load(
        "400",
        at("2026-03-05T10:00:00"),
        {"subscriptions": [subscription_new(status="past_due", **asked_to_go("unused", None))]},
        via="event",
    )
    # stored by a release that declared neither column: what they hold is in the whole object only
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute(
            "update raw_stripe.subscriptions set cancellation_details__feedback = null"
        )
    raw.load(
        "500",
        at("2026-03-20"),
        {
            "subscriptions": [
                subscription_new(
                    cancel_at_period_end=True, **asked_to_go("too_expensive", "Half would do")
                )
            ]
        },
        deleted={
            "customers": ["cus_gone"],
            "products": ["prod_old"],
            "invoices": ["in_draft"],
            "coupons": ["ten_percent"],
        },
    )
    # a load that never completed must not be believed
    raw.load(
        "600",
        at("2026-03-25"),
        {
            "customers": [{"id": "cus_new", "name": "From a torn load"}],
            "subscriptions": [subscription_new(status="canceled")],
        },
        status=1,
    )
    project.dbt("build", "--select", *MODELS, "--indirect-selection", "cautious", inner_tests=True)
    yield project


def test_net_amount_is_amount_less_discounts_and_inclusive_tax(built: Project) -> None:
    rows = built.rows(
        "select amount, discount_amount, tax_amount, inclusive_tax_amount, net_amount "
        "from core.fct_invoice_lines where invoice_line_id = 'il_seats'"
    )
    # 98.00 - 9.80 - 14.08; the exclusive 1.00 is on top of the amount
    assert rows == [money("98.00", "9.80", "15.08", "14.08", "74.12")]


@pytest.mark.parametrize(
    ("line_id", "currency", "net"),
    [("il_yen", "jpy", "3000"), ("il_dinar", "kwd", "12.345"), ("il_proration", "usd", "-16.13")],
)
def test_minor_units_follow_the_currency(
    built: Project, line_id: str, currency: str, net: str
) -> None:
    rows = built.rows(
        "select currency, net_amount from core.fct_invoice_lines "
        f"where invoice_line_id = '{line_id}'"
    )
    assert rows == [(currency, Decimal(net))]


def test_an_unknown_currency_is_null_and_listed_never_guessed(built: Project) -> None:
    rows = built.rows(
        "select amount, net_amount from core.fct_invoice_lines where invoice_line_id = 'il_unknown'"
    )
    assert rows == [(None, None)]


def test_parent_type_decides_proration_and_subscription(built: Project) -> None:
    rows = built.rows(
        "select invoice_line_id, is_proration, is_recurring, subscription_id, quantity, "
        "credit_amount from core.fct_invoice_lines where invoice_id = 'in_new' order by 1"
    )
    assert rows == [
        ("il_pack", False, False, None, 1, Decimal("5")),
        ("il_proration", True, True, "sub_new", 3, Decimal(0)),
        ("il_seats", False, True, "sub_new", 2, Decimal(0)),
    ]


def test_lines_of_the_2024_shape(built: Project) -> None:
    rows = built.rows(
        "select invoice_line_id, subscription_id, subscription_item_id, price_id, product_id, "
        "is_proration, is_recurring, usage_type, net_amount, invoice_status, invoice_finalized_at, "
        "invoice_paid_at from core.fct_invoice_lines where invoice_id = 'in_2024' order by 1"
    )
    invoice_facts = ("paid", at("2024-06-01"), at("2024-06-01T03:00:00"))
    assert rows == [
        (
            *("il_2024", "sub_2024", "si_2024", "price_embedded", "prod_pro"),
            *(True, True, "licensed", Decimal(100), *invoice_facts),
        ),
        (
            *("il_2024_metered", "sub_2024", "si_metered", "plan_metered", "prod_pro"),
            *(False, True, "metered", Decimal("3.33"), *invoice_facts),
        ),
    ]


def test_a_discount_of_a_whole_invoice_is_spread_over_its_lines_to_the_cent(
    built: Project,
) -> None:
    rows = built.rows(
        "select invoice_line_id, amount, discount_amount, net_amount, is_recurring, product_id "
        "from core.fct_invoice_lines where invoice_id = 'in_2017' order by 1"
    )
    # 5.00 over 10.00, 10.00 and 9.99: 1.667, 3.334, 5.00 to here, rounded 1.67, 3.33, 5.00
    assert rows == [
        ("in_2017:ii_2017:2", *money("9.99", "1.67", "8.32"), False, None),
        ("in_2017:sub_2017:0", *money("10.00", "1.67", "8.33"), True, "gold"),
        ("in_2017:sub_2017:1", *money("10.00", "1.66", "8.34"), True, "gold"),
    ]


def test_flags_of_2017_become_a_status(built: Project) -> None:
    rows = built.rows(
        "select invoice_id, invoice_status, created_at from intermediate.int_billing_invoices "
        "where invoice_id like 'in_2017%' order by 1"
    )
    assert rows == [
        ("in_2017", "paid", at("2017-02-01")),
        ("in_2017_closed", "open", at("2017-03-01")),
        ("in_2017_forgiven", "uncollectible", at("2017-03-02")),
    ]


def test_draft_void_and_deleted_lines_carry_their_status(built: Project) -> None:
    rows = built.rows(
        "select invoice_line_id, invoice_status from core.fct_invoice_lines "
        "where invoice_status <> 'paid' order by 1"
    )
    assert rows == [("il_dinar", "void"), ("il_draft", "deleted")]


def test_subscription_versions_are_dated_and_torn_loads_are_not_believed(built: Project) -> None:
    rows = built.rows(
        "select status, is_cancel_at_period_end, evidence, valid_from, valid_to, is_newest "
        "from intermediate.int_billing_subscription_versions where subscription_id = 'sub_new' "
        "order by version_number"
    )
    first, second, third = at("2026-03-02"), at("2026-03-05T10:00:00"), at("2026-03-20")
    assert rows == [
        ("active", False, "snapshot", first, second, False),
        ("past_due", False, "event", second, third, False),
        ("active", True, "snapshot", third, None, True),
    ]


def test_what_a_customer_said_when_cancelling_is_kept_in_every_version(built: Project) -> None:
    rows = built.rows(
        "select cancellation_reason, cancellation_feedback, cancellation_comment "
        "from intermediate.int_billing_subscription_versions where subscription_id = 'sub_new' "
        "order by version_number"
    )
    assert rows == [
        (None, None, None),
        ("cancellation_requested", "unused", None),
        ("cancellation_requested", "too_expensive", "Half would do"),
    ]


def test_an_item_takes_the_terms_of_its_price_not_of_the_plan_beside_it(built: Project) -> None:
    rows = built.rows(
        "select price_id, quantity, price_currency, unit_amount, tiers_mode, billing_interval, "
        "current_period_end_at from intermediate.int_billing_subscription_items "
        "where subscription_item_id = 'si_new'"
    )
    assert rows == [("price_pro", 2, "usd", Decimal(49), None, "month", at("2026-04-01"))]


def test_a_subscription_without_items_has_its_plan_as_item(built: Project) -> None:
    rows = built.rows(
        "select subscription_item_id, price_id, product_id, quantity, unit_amount, "
        "billing_interval, current_period_end_at from intermediate.int_billing_subscription_items "
        "where subscription_id = 'sub_2017'"
    )
    assert rows == [("sub_2017", "gold", "gold", 3, Decimal(10), "year", at("2018-02-01"))]


def test_discount_terms_come_from_the_discount_or_else_its_coupon(built: Project) -> None:
    rows = built.rows(
        "select discount_id, coupon_id, subscription_id, duration, percent_off, amount_off, "
        "is_limited_to_products from intermediate.int_billing_discounts order by 1"
    )
    # the coupon of di_new was deleted since; what was last known of it still holds
    assert rows == [
        ("di_new", "ten_percent", "sub_new", "forever", Decimal(10), None, True),
        (
            *("sub_2017:five_off:2017-02-01 00:00:00", "five_off", "sub_2017"),
            *("repeating", None, Decimal(5), False),
        ),
    ]


def test_the_discount_of_an_old_subscription_and_of_its_invoice_are_one(built: Project) -> None:
    rows = built.rows(
        "select distinct versions.discount_level, lines.discount_id is not null "
        "from intermediate.int_billing_discount_versions as versions "
        "left join intermediate.int_billing_invoice_line_discounts as lines "
        "on lines.discount_id = versions.discount_id where versions.subscription_id = 'sub_2017'"
    )
    assert rows == [("subscription", True)]


def test_deleted_objects_keep_what_was_known_of_them(built: Project) -> None:
    assert built.rows(
        "select customer_name, is_deleted, deleted_at from core.dim_customers "
        "where customer_id = 'cus_gone'"
    ) == [("Gone Inc", True, at("2026-03-20"))]
    assert built.rows(
        "select product_name, is_active, is_product_deleted from core.dim_plans "
        "where price_id = 'price_old'"
    ) == [("Retired", False, True)]


def test_a_customer_deleted_before_the_first_load_is_known_by_its_bills(built: Project) -> None:
    assert built.rows(
        "select customer_name, is_deleted, deleted_at, created_at from core.dim_customers "
        "where customer_id = 'cus_before'"
    ) == [(None, True, None, at("2026-03-01"))]


def test_customers(built: Project) -> None:
    rows = built.rows(
        "select customer_id, billing_provider, app_customer_id, customer_name, email_domain, "
        "country, currency from core.dim_customers "
        "where not is_deleted and not is_placeholder order by 1"
    )
    assert rows == [
        ("cus_new", "stripe", "acct-1", "New Ltd", "new.example", "DE", "usd"),
        ("cus_yen", "stripe", None, "Yen KK", None, None, None),
    ]


def test_plans(built: Project) -> None:
    rows = built.rows(
        "select price_id, product_name, currency, unit_amount, billing_interval, price_origin, "
        "is_credit_pack from core.dim_plans where not is_placeholder order by 1"
    )
    assert rows == [
        ("gold", "Gold plan", "usd", Decimal(10), "year", "plan_list", False),
        ("plan_metered", "Pro", "usd", Decimal("0.002"), "month", "invoice_line", False),
        ("price_dinar", "Pro", "kwd", Decimal("12.345"), "month", "price_list", False),
        ("price_embedded", "Pro", "usd", Decimal(17), "month", "invoice_line", False),
        ("price_fraction", "Pro", "usd", Decimal("0.002"), "month", "price_list", False),
        ("price_gone", "Pro", "xxq", None, None, "invoice_line", False),
        ("price_old", "Retired", "usd", Decimal(1), "month", "price_list", False),
        ("price_pack", "Credits", "usd", Decimal(200), None, "price_list", True),
        ("price_pro", "Pro", "usd", Decimal(49), "month", "price_list", False),
        ("price_tiers", "Pro", "usd", None, "month", "price_list", False),
        ("price_yen", "Pro", "jpy", Decimal(1500), "month", "price_list", False),
    ]


def test_tiers_and_currency_options(built: Project) -> None:
    assert built.rows(
        "select tier_number, starts_above, up_to, unit_amount, flat_amount "
        "from intermediate.int_billing_price_tiers where price_id = 'price_tiers' order by 1"
    ) == [(1, 0, 5, Decimal(10), None), (2, 5, None, Decimal(8), Decimal("2.5"))]
    assert built.rows(
        "select currency, is_default, unit_amount "
        "from intermediate.int_billing_price_currency_options order by 1"
    ) == [("eur", False, Decimal(45)), ("usd", True, Decimal(49))]


def test_payments_find_their_invoice_in_every_shape(built: Project) -> None:
    rows = built.rows(
        "select payment_id, invoice_id, is_collected, amount_collected "
        "from intermediate.int_billing_payments order by 1"
    )
    assert rows == [
        ("ch_2017", "in_2017", True, Decimal("25.49")),
        ("ch_2024", "in_2024", True, Decimal("122.33")),
        ("ch_failed", "in_new", False, Decimal(0)),
        ("ch_paid", "in_new", True, Decimal("281.87")),
    ]
    assert built.rows(
        "select invoice_id, payment_id, amount_paid, paid_at "
        "from intermediate.int_billing_invoice_payments order by 1"
    ) == [
        ("in_2017", "ch_2017", Decimal("25.49"), at("2017-02-01T02:00:00")),
        ("in_2024", "ch_2024", Decimal("122.33"), at("2024-06-01T03:00:00")),
        ("in_new", "ch_paid", Decimal("281.87"), at("2026-03-01T01:05:00")),
    ]


def test_refunds_of_both_shapes_and_the_note_that_explains_one(built: Project) -> None:
    rows = built.rows(
        "select refund_id, payment_id, invoice_id, credit_note_id, amount "
        "from intermediate.int_billing_refunds order by 1"
    )
    assert rows == [
        ("re_2017", "ch_2017", "in_2017", None, Decimal("0.49")),
        ("re_note", "ch_paid", "in_new", "cn_1", Decimal(5)),
    ]


def test_credit_note_lines_are_net_of_discount_and_inclusive_tax(built: Project) -> None:
    rows = built.rows(
        "select invoice_line_id, amount, discount_amount, inclusive_tax_amount, net_amount, "
        "credited_at from intermediate.int_billing_credit_note_lines"
    )
    assert rows == [("il_seats", *money("6", "0.6", "0.4", "5"), at("2026-03-10"))]


def test_a_won_dispute_says_when_and_what_it_cost(built: Project) -> None:
    rows = built.rows(
        "select invoice_id, amount, fee_amount, is_chargeback, withdrawn_at, won_at "
        "from intermediate.int_billing_disputes"
    )
    assert rows == [
        ("in_new", *money("281.87", "15"), True, at("2026-03-12"), at("2026-03-20")),
    ]


def test_credits_are_granted_and_applied(built: Project) -> None:
    rows = built.rows(
        "select customer_id, category, transaction_reason, invoice_line_id, amount "
        "from intermediate.int_billing_credit_transactions order by credit_transaction_id"
    )
    assert rows == [
        ("cus_new", "paid", "credits_granted", None, Decimal(200)),
        ("cus_new", "paid", "credits_applied", "il_pack", Decimal(-5)),
    ]


def test_schedule_phases_with_items(built: Project) -> None:
    assert built.rows(
        "select phase_number, phase_start_at, phase_end_at, is_last_phase, end_behavior "
        "from intermediate.int_billing_subscription_phases order by 1"
    ) == [
        (1, at("2026-02-01"), at("2026-06-01"), False, "cancel"),
        (2, at("2026-06-01"), at("2026-09-01"), True, "cancel"),
    ]
    assert built.rows(
        "select phase_number, item_number, price_id, quantity "
        "from intermediate.int_billing_subscription_phase_items order by 1, 2"
    ) == [(1, 1, "price_pro", 2), (2, 1, "price_pro", 5), (2, 2, "price_yen", None)]


def test_tax_rates_of_a_subscription_version(built: Project) -> None:
    rows = built.rows(
        "select distinct subscription_item_id, tax_percentage, is_inclusive "
        "from intermediate.int_billing_subscription_tax_rates"
    )
    assert rows == [("si_new", Decimal(19), True)]


def test_every_column_of_staging_and_billing_is_described(built: Project) -> None:
    manifest = json.loads((built.target / "manifest.json").read_text())
    found = built.rows(
        "select table_name, column_name from information_schema.columns "
        "where table_name like 'stg_stripe%' or table_name like 'int_billing%' "
        "or table_name like 'int_stripe%' or table_name like 'int_customer%'"
    )
    described = {
        (node["name"], column["name"])
        for node in manifest["nodes"].values()
        for column in node.get("columns", {}).values()
        if column["description"]
    }
    assert len(found) > 600
    assert sorted(set(found) - described) == []


def test_grain_tests_cover_every_model_of_billing(built: Project) -> None:
    manifest = json.loads((built.target / "manifest.json").read_text())
    proven = {
        node["attached_node"].rsplit(".", 1)[-1]
        for node in manifest["nodes"].values()
        if node.get("test_metadata", {}).get("name") == "grain" and node.get("attached_node")
    }
    models = {
        name
        for (name,) in built.rows(
            "select table_name from information_schema.tables "
            "where table_name like 'stg_stripe%' "
            "or table_name like 'int_billing%' or table_name like 'int_customer%'"
        )
    }
    assert models - proven == set()
