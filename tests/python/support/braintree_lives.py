"""A life of a subscription at Braintree, worked out by hand: its history and its charges."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from support.braintree_server import BraintreeCompany
from support.json_server import Json

SEATS = {"id": "seat", "amount": Decimal("15.00"), "quantity": 2, "never_expires": True}


def event(at: str, status: str, price: str, plan: str, balance: str = "0.00") -> Json:
    return {
        "timestamp": datetime.fromisoformat(at),
        "status": status,
        "price": Decimal(price),
        "balance": Decimal(balance),
        "currency_iso_code": "USD",
        "plan_id": plan,
    }


def charge(
    number: str, at: str, amount: str, start: str, end: str, cycle: int | None = None, **more: Any
) -> Json:
    """A charge of the subscription; with a cycle the welcome discount was on it."""
    welcome = {
        "id": "welcome",
        "amount": Decimal("12.00"),
        "quantity": 1,
        "current_billing_cycle": cycle,
        "number_of_billing_cycles": 3,
    }
    return {
        "id": f"x{number}",
        "type": "sale",
        "status": "settled",
        "amount": Decimal(amount),
        "currency_iso_code": "USD",
        "recurring": True,
        "subscription_id": "bt1",
        "plan_id": "basic" if start < "2025-03" and number != "3" else "pro",
        "customer": {"id": "cu1"},
        "created_at": datetime.fromisoformat(at),
        "subscription": {
            "billing_period_start_date": date.fromisoformat(start),
            "billing_period_end_date": date.fromisoformat(end),
        },
        "add_ons": [SEATS],
        "discounts": [welcome] if cycle else [],
        "disputes": [],
        **more,
    }


def dispute(
    status: str, kind: str, amount: str, opened: str, decided: str | None, **more: Any
) -> Json:
    """A dispute as a transaction holds it, newest status first. A retrieval is closed as lost."""
    day = datetime.fromisoformat(opened)
    history = [{"timestamp": day, "status": "open"}]
    if decided:
        word = "lost" if kind == "retrieval" else status
        history.insert(0, {"timestamp": datetime.fromisoformat(decided), "status": word})
    return {
        "id": f"dis_{status}", "kind": kind, "amount_disputed": Decimal(amount),
        "amount_won": Decimal(more.pop("amount_won", "0.00")), "currency_iso_code": "USD",
        "reason": "fraud", "created_at": day, "received_date": day.date(),
        "status_history": history,
    }  # fmt: skip


def others() -> tuple[list[Json], list[Json]]:
    """Subscriptions and charges of two customers: the first payment after a trial fails, and nobody
    tries again; a discount in January and February, of half as much in April, and again in June."""
    subscriptions = [
        {
            "id": f"bt{number}", "status": states[-1][1], "plan_id": "basic",
            "price": Decimal("30.00"), "balance": Decimal("0.00"), "trial_period": number == 2,
            "created_at": datetime(2025, 1, 5, 8), "first_billing_date": first,
            "billing_period_start_date": date(2025, 7, 5),
            "billing_period_end_date": date(2025, 8, 4), "never_expires": True,
            "merchant_account_id": "m_usd", "add_ons": [], "discounts": [],
            "status_history": [event(at, word, "30.00", "basic") for at, word in states[::-1]],
        }
        for number, first, states in (
            (2, date(2025, 2, 5), [("2025-01-05T08:00:00", "Active"),
                                   ("2025-02-05T10:00:00", "Past Due"),
                                   ("2025-04-05T10:00:00", "Canceled")]),
            (3, date(2025, 1, 5), [(f"2025-{month:02}-05T10:00:00", "Active")
                                   for month in range(1, 8)]),
        )
    ]  # fmt: skip
    charges = [
        charge("_2", "2025-02-05T10:00:00", "30.00", "2025-02-05", "2025-03-04",
               status="processor_declined", subscription_id="bt2", customer={"id": "cu2"},
               add_ons=[], plan_id="basic")
    ]  # fmt: skip
    for month in range(1, 8):
        off = {1: 10, 2: 10, 4: 5, 6: 10}.get(month, 0)
        charges.append(
            charge(f"_3_{month}", f"2025-{month:02}-05T10:00:00", f"{30 - off}.00",
                   f"2025-{month:02}-05", f"2025-{month + 1:02}-04", subscription_id="bt3",
                   customer={"id": "cu3"}, add_ons=[], plan_id="basic",
                   discounts=[{"id": "now_and_then", "amount": Decimal(off), "quantity": 1}]
                   if off else [])
        )  # fmt: skip
    return subscriptions, charges


def life(everyone: bool = False) -> BraintreeCompany:
    """Trial, seats, a discount of three cycles, upgrade, past due, cancelled within a paid term."""
    history = [
        event("2025-07-10T09:00:00", "Canceled", "150.00", "pro"),
        event("2025-06-24T10:00:00", "Active", "150.00", "pro"),
        event("2025-06-02T10:00:00", "Active", "150.00", "pro"),
        event("2025-05-24T10:00:00", "Past Due", "150.00", "pro", "180.00"),
        event("2025-03-10T12:00:00", "Active", "150.00", "pro"),
        event("2025-01-10T12:00:00", "Active", "30.00", "basic"),
    ]
    subscription = {
        "id": "bt1",
        "status": "Canceled",
        "plan_id": "pro",
        "price": Decimal("150.00"),
        "balance": Decimal("0.00"),
        "trial_period": True,
        "trial_duration": 14,
        "trial_duration_unit": "day",
        "created_at": datetime(2025, 1, 10, 12),
        "first_billing_date": date(2025, 1, 24),
        "billing_period_start_date": date(2025, 6, 24),
        "billing_period_end_date": date(2025, 7, 23),
        "paid_through_date": date(2025, 7, 23),
        "never_expires": True,
        "merchant_account_id": "m_usd",
        "add_ons": [SEATS],
        "discounts": [],
        "status_history": history,
    }
    charges = [
        charge("1", "2025-01-24T10:00:00", "48.00", "2025-01-24", "2025-02-23", 1),
        charge("2", "2025-02-24T10:00:00", "48.00", "2025-02-24", "2025-03-23", 2),
        charge("3", "2025-03-10T12:00:00", "60.00", "2025-02-24", "2025-03-23", add_ons=[]),
        charge("4", "2025-03-24T10:00:00", "168.00", "2025-03-24", "2025-04-23", 3),
        charge("5", "2025-04-24T10:00:00", "180.00", "2025-04-24", "2025-05-23"),
        charge("6", "2025-05-24T10:00:00", "180.00", "2025-05-24", "2025-06-23",
               status="processor_declined"),
        charge("7", "2025-06-02T10:00:00", "180.00", "2025-05-24", "2025-06-23"),
        charge("8", "2025-06-24T10:00:00", "180.00", "2025-06-24", "2025-07-23"),
    ]  # fmt: skip
    charges[3]["disputes"] = [
        dispute("won", "chargeback", "60.00", "2025-04-02", "2025-04-20", amount_won="60.00"),
        dispute("papers", "retrieval", "168.00", "2025-04-03", "2025-04-10"),
    ]
    charges[4]["disputes"] = [
        dispute("accepted", "chargeback", "180.00", "2025-05-02", "2025-05-06"),
        dispute("open", "pre_arbitration", "20.00", "2025-07-20", None),
    ]
    other_subscriptions, other_charges = others() if everyone else ([], [])
    return BraintreeCompany(
        plans=[
            {"id": name, "name": name.title(), "price": Decimal(price), "billing_frequency": 1,
             "currency_iso_code": "USD"}
            for name, price in (("basic", "30.00"), ("pro", "150.00"))
        ],
        lists={
            "/subscriptions": [subscription, *other_subscriptions],
            "/transactions": [*charges, *other_charges],
            "/customers": [
                {"id": "cu1", "company": "Acme Inc", "email": "jo@acme.test",
                 "credit_cards": [{"last_4": "4242"}], "created_at": datetime(2025, 1, 9)}
            ],
        },
    )  # fmt: skip
