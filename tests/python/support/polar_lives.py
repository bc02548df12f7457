"""Lives of subscriptions at Polar, worked out by hand: states as they became, and orders."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from support.json_server import Json
from support.polar_server import PolarCompany

BASIC, PRO, SEATS = "prod_basic", "prod_pro", "prod_seats"
W20: Json = {
    "id": "disc_w20", "name": "Welcome", "code": "W20", "type": "percentage",
    "basis_points": 2000, "duration": "repeating", "duration_in_months": 3,
    "redemptions_count": 1,
}  # fmt: skip


def at(day: str) -> str:
    return day if "T" in day else f"{day}T00:00:00Z"


def price(product: str, amount: int, tax_behavior: str = "exclusive") -> Json:
    return {
        "id": f"price_{product.removeprefix('prod_')}", "product_id": product,
        "amount_type": "fixed", "price_currency": "usd", "price_amount": amount,
        "tax_behavior": tax_behavior, "is_archived": False, "created_at": at("2024-12-01"),
    }  # fmt: skip


BASIC_PRICE = price(BASIC, 6000, "inclusive")
PRO_PRICE = price(PRO, 18000, "inclusive")
#: 10.00 each for up to ten seats, 8.00 for those above.
SEATS_PRICE: Json = {
    "id": "price_seats", "product_id": SEATS, "amount_type": "seat_based", "price_currency": "usd",
    "tax_behavior": "exclusive", "is_archived": False, "created_at": at("2024-12-01"),
    "seat_tiers": {
        "seat_tier_type": "graduated",
        "tiers": [
            {"min_seats": 1, "max_seats": 10, "price_per_seat": 1000},
            {"min_seats": 11, "max_seats": None, "price_per_seat": 800},
        ],
    },
}  # fmt: skip
CHOSEN_PRICE: Json = {
    "id": "price_chosen", "product_id": "prod_chosen", "amount_type": "custom",
    "price_currency": "usd", "minimum_amount": 500, "is_archived": False,
    "created_at": at("2024-12-01"),
}  # fmt: skip
METER_PRICE: Json = {
    "id": "price_meter", "product_id": SEATS, "amount_type": "metered_unit",
    "price_currency": "usd", "unit_amount": "0.5", "created_at": at("2024-12-01"),
}  # fmt: skip


def product(product_id: str, name: str, *prices: Json) -> Json:
    return {
        "id": product_id, "name": name, "recurring_interval": "month",
        "recurring_interval_count": 1, "is_archived": False, "prices": list(prices),
        "benefits": [], "medias": [], "created_at": at("2024-12-01"),
    }  # fmt: skip


def item(number: str, price_id: str, amount: int, day: str, until: str, **more: Any) -> Json:
    return {
        "id": f"item_{number}", "label": price_id, "amount": amount, "tax_amount": 0,
        "proration": False, "product_price_id": price_id, "start_timestamp": at(day),
        "end_timestamp": at(until), "created_at": at(day), **more,
    }  # fmt: skip


def order(
    number: str, subscription: str, product_id: str, day: str, items: list[Json],
    reason: str = "subscription_cycle", discount: Json | None = None, discounted: int = 0,
    tax: int = 0, inclusive: bool = False, **more: Any,
) -> Json:  # fmt: skip
    subtotal = sum(one["amount"] for one in items)
    total = subtotal - discounted + (0 if inclusive else tax)
    return {
        "id": f"ord_{number}", "status": "paid", "billing_reason": reason,
        "customer_id": f"cus_{subscription.removeprefix('sub_')}", "product_id": product_id,
        "product": {"id": product_id, "name": product_id, "recurring_interval": "month",
                    "recurring_interval_count": 1},
        "subscription_id": subscription, "invoice_number": f"A-{number}", "currency": "usd",
        "subtotal_amount": subtotal, "discount_amount": discounted,
        "net_amount": total - tax, "tax_amount": tax, "total_amount": total,
        "due_amount": total, "refunded_amount": 0, "platform_fee_amount": 100,
        "platform_fee_currency": "usd", "discount_id": discount["id"] if discount else None,
        "discount": discount, "items": items, "created_at": at(day), "modified_at": at(day),
        **more,
    }  # fmt: skip


def payment(of: Json, number: str = "1", status: str = "succeeded", day: str = "") -> Json:
    return {
        "id": f"pay_{of['id'].removeprefix('ord_')}_{number}", "status": status,
        "amount": of["total_amount"], "currency": "usd", "order_id": of["id"],
        "decline_reason": "insufficient_funds" if status == "failed" else None,
        "created_at": at(day) if day else of["created_at"],
    }  # fmt: skip


def states_of_the_life() -> list[Json]:
    """Trial, a fifth off for three months, upgrade, pause, end at the period's end."""
    return [
        {
            "seen": at("2025-01-10"), "id": "sub_1", "status": "trialing", "customer_id": "cus_1",
            "product_id": BASIC, "product": {"id": BASIC, "name": "Basic", "benefits": []},
            "prices": [BASIC_PRICE], "amount": 6000, "currency": "usd",
            "recurring_interval": "month", "recurring_interval_count": 1, "seats": None,
            "created_at": at("2025-01-10"), "started_at": at("2025-01-10"),
            "trial_start": at("2025-01-10"), "trial_end": at("2025-01-24"),
            "current_period_start": at("2025-01-10"), "current_period_end": at("2025-01-24"),
            "cancel_at_period_end": False, "discount_id": "disc_w20", "discount": W20,
            "customer": {"id": "cus_1", "email": "jo@acme.test"},
            "meters": [{"id": "m1", "consumed_units": 12}], "metadata": {},
        },
        {"seen": at("2025-01-24"), "id": "sub_1", "status": "active",
         "current_period_start": at("2025-01-24"), "current_period_end": at("2025-02-24")},
        {"seen": at("2025-03-10"), "id": "sub_1", "product_id": PRO, "prices": [PRO_PRICE],
         "product": {"id": PRO, "name": "Pro", "benefits": []}, "amount": 18000},
        {"seen": at("2025-04-24"), "id": "sub_1", "discount_id": None, "discount": None,
         "current_period_start": at("2025-04-24"), "current_period_end": at("2025-05-24")},
        {"seen": at("2025-05-24"), "id": "sub_1", "status": "paused",
         "paused_at": at("2025-05-24"), "resumes_at": at("2025-06-24")},
        {"seen": at("2025-06-24"), "id": "sub_1", "status": "active", "paused_at": None,
         "resumes_at": None, "current_period_start": at("2025-06-24"),
         "current_period_end": at("2025-07-24")},
        {"seen": at("2025-06-28"), "id": "sub_1", "cancel_at_period_end": True,
         "canceled_at": at("2025-06-28"), "ends_at": at("2025-07-24"),
         "customer_cancellation_reason": "unused"},
        {"seen": at("2025-07-24"), "id": "sub_1", "status": "canceled",
         "ended_at": at("2025-07-24")},
    ]  # fmt: skip


def orders_of_the_life() -> list[Json]:
    """A fifth of 60.00 and 180.00 is off; of the rest a fifth is tax, inside the price."""
    inside = {"discount": W20, "inclusive": True}
    plan = "price_basic", "price_pro"
    return [
        order("1", "sub_1", BASIC, "2025-01-24",
              [item("1", plan[0], 6000, "2025-01-24", "2025-02-24", tax_amount=800)],
              discounted=1200, tax=800, **inside),
        order("2", "sub_1", BASIC, "2025-02-24",
              [item("2", plan[0], 6000, "2025-02-24", "2025-03-24", tax_amount=800)],
              discounted=1200, tax=800, **inside),
        order("3", "sub_1", PRO, "2025-03-10",
              [item("3a", plan[1], 9000, "2025-03-10", "2025-03-24", proration=True,
                    tax_amount=1500),
               item("3b", plan[0], -3000, "2025-03-10", "2025-03-24", proration=True,
                    tax_amount=-500)],
              reason="subscription_update", tax=1000, inclusive=True),
        order("4", "sub_1", PRO, "2025-03-24",
              [item("4", plan[1], 18000, "2025-03-24", "2025-04-24", tax_amount=2400)],
              discounted=3600, tax=2400, **inside),
        order("5", "sub_1", PRO, "2025-04-24",
              [item("5", plan[1], 18000, "2025-04-24", "2025-05-24", tax_amount=3000)],
              tax=3000, inclusive=True),
        order("6", "sub_1", PRO, "2025-06-24",
              [item("6", plan[1], 18000, "2025-06-24", "2025-07-24", tax_amount=3000)],
              tax=3000, inclusive=True),
    ]  # fmt: skip


def subscription(number: str, product_id: str, prices: list[Json], **more: Any) -> Json:
    return {
        "seen": at("2025-01-05"), "id": f"sub_{number}", "status": "active",
        "customer_id": f"cus_{number}", "product_id": product_id, "prices": prices,
        "currency": "usd", "recurring_interval": "month", "recurring_interval_count": 1,
        "created_at": at("2025-01-05"), "started_at": at("2025-01-05"),
        "cancel_at_period_end": False, **more,
    }  # fmt: skip


def life() -> PolarCompany:
    """The life; twelve seats that become fifteen, with use beside them; 7.00 that the customer
    chose to pay, past due in June; a bill that is refunded in part."""
    seats = [
        subscription("2", SEATS, [METER_PRICE, SEATS_PRICE], seats=12),
        {"seen": at("2025-03-20"), "id": "sub_2", "seats": 15},
        {"seen": at("2025-07-01"), "id": "sub_2",
         "pending_update": {"id": "upd_1", "applies_at": at("2025-08-05"), "seats": 5}},
    ]  # fmt: skip
    chosen = [
        subscription("3", "prod_chosen", [CHOSEN_PRICE], amount=700),
        {"seen": at("2025-06-05"), "id": "sub_3", "status": "past_due",
         "past_due_at": at("2025-06-05")},
        {"seen": at("2025-06-20"), "id": "sub_3", "status": "active", "past_due_at": None},
    ]  # fmt: skip
    months = [f"2025-0{month}-05" for month in range(1, 9)]
    bills = orders_of_the_life()
    for day, until in pairwise(months):
        name = day[6]
        amount = 11600 if day < "2025-03-20" else 14000
        lines = [item(f"s{name}", "price_seats", amount, day, until)]
        if name == "2":
            lines.append(item("u2", "price_meter", 250, months[0], day))
        bills.append(order(f"s{name}", "sub_2", SEATS, day, lines, tax=1000))
        bills.append(order(f"c{name}", "sub_3", "prod_chosen", day,
                           [item(f"c{name}", "price_chosen", 700, day, until)]))  # fmt: skip
    payments = [payment(bill) for bill in bills if bill["id"] != "ord_c6"]
    [late] = [bill for bill in bills if bill["id"] == "ord_c6"]
    payments += [payment(late, "1", "failed"), payment(late, "2", "succeeded", "2025-06-20")]
    return PolarCompany(
        lists={
            "/v1/products/": [
                product(BASIC, "Basic", BASIC_PRICE),
                product(PRO, "Pro", PRO_PRICE),
                product(SEATS, "Seats", SEATS_PRICE, METER_PRICE),
            ],
            "/v1/discounts/": [{**W20, "products": [], "created_at": at("2024-12-01")}],
            "/v1/customers/": [
                {"id": "cus_1", "name": "Acme Inc", "email": "jo@acme.test",
                 "external_id": "acct_acme", "billing_address": {"country": "NL"},
                 "tax_id": ["NL123456789B01", "eu_vat"], "created_at": at("2025-01-09")},
                {"id": "cus_2", "name": None, "billing_name": "Seats BV", "email": "a@seats.test",
                 "created_at": at("2025-01-05")},
            ],
            "/v1/subscriptions/": states_of_the_life() + seats + chosen,
            "/v1/orders/": bills,
            "/v1/payments/": payments,
            "/v1/refunds/": [
                {"id": "ref_1", "status": "succeeded", "reason": "customer_request",
                 "amount": 1000, "tax_amount": 200, "currency": "usd", "order_id": "ord_5",
                 "created_at": at("2025-05-02")},
                {"id": "ref_2", "status": "failed", "reason": "other", "amount": 700,
                 "tax_amount": 0, "currency": "usd", "order_id": "ord_c1",
                 "created_at": at("2025-05-02")},
            ],
            "/v1/disputes/": [
                {"id": "dis_1", "status": "lost", "reason": "fraudulent", "amount": 700,
                 "tax_amount": 0, "currency": "usd", "order_id": "ord_c2",
                 "payment_id": "pay_c2_1", "created_at": at("2025-03-01"),
                 "modified_at": at("2025-04-01")},
                {"id": "dis_2", "status": "prevented", "reason": None, "amount": 700,
                 "tax_amount": 0, "currency": "usd", "order_id": "ord_c3",
                 "payment_id": "pay_c3_1", "created_at": at("2025-04-01")},
            ],
        }
    )  # fmt: skip
