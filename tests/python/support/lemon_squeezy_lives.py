"""Lives of subscriptions at Lemon Squeezy, worked out by hand: states, and bills without lines."""

from __future__ import annotations

from typing import Any

from support.json_server import Json
from support.lemon_squeezy_server import LemonSqueezyCompany

BASIC, PRO, YEARLY, PACKS, SWITCHED = 1, 2, 3, 4, 5


def at(day: str) -> str:
    return day if "T" in day else f"{day}T00:00:00.000000Z"


def price(number: int, unit_price: int, **more: Any) -> Json:
    return {
        "id": str(number), "variant_id": number, "category": "subscription",
        "scheme": "standard", "usage_aggregation": None, "unit_price": unit_price,
        "unit_price_decimal": None, "setup_fee_enabled": False, "setup_fee": None,
        "package_size": 1, "tiers": None, "renewal_interval_unit": "month",
        "renewal_interval_quantity": 1, "trial_interval_unit": None,
        "trial_interval_quantity": None, "created_at": at("2024-12-01"), **more,
    }  # fmt: skip


def bill(
    number: int, subscription: int, day: str, subtotal: int, reason: str = "renewal",
    discount: int = 0, tax: int = 0, inclusive: bool = False, **more: Any,
) -> Json:  # fmt: skip
    return {
        "id": str(number), "store_id": 1, "subscription_id": subscription,
        "customer_id": subscription, "user_name": "Jo", "user_email": "jo@acme.test",
        "billing_reason": reason, "card_brand": "visa", "card_last_four": "4242",
        "currency": "USD", "status": "paid", "status_formatted": "Paid", "refunded": False,
        "refunded_at": None, "subtotal": subtotal, "discount_total": discount, "tax": tax,
        "tax_inclusive": inclusive,
        "total": subtotal - discount + (0 if inclusive else tax), "refunded_amount": 0,
        "subtotal_usd": subtotal, "created_at": at(day),
        "urls": {"invoice_url": "https://example.test/secret-of-the-customer"}, **more,
    }  # fmt: skip


def subscription(number: int, price_number: int, day: str, **more: Any) -> Json:
    return {
        "seen": at(day), "id": str(number), "store_id": 1, "customer_id": number,
        "order_id": number, "order_item_id": number, "product_id": price_number,
        "variant_id": price_number, "product_name": f"Product {price_number}",
        "variant_name": "Default", "user_name": "Jo", "user_email": "jo@acme.test",
        "status": "active", "cancelled": False, "pause": None, "trial_ends_at": None,
        "renews_at": at("2025-02-24"), "ends_at": None, "created_at": at(day),
        "first_subscription_item": {
            "id": number, "subscription_id": number, "price_id": price_number, "quantity": 1,
            "is_usage_based": False,
        },
        "urls": {"customer_portal": "https://example.test/secret-of-the-customer"}, **more,
    }  # fmt: skip


def item(number: int, price_number: int, quantity: int) -> Json:
    return {
        "id": number, "subscription_id": number, "price_id": price_number, "quantity": quantity,
        "is_usage_based": False,
    }  # fmt: skip


def the_life() -> list[Json]:
    """Trial, a fifth off for three months, upgrade, pause, `cancelled` until the period's end."""
    return [
        subscription(1, BASIC, "2025-01-10", status="on_trial", trial_ends_at=at("2025-01-24"),
                     first_subscription_item=item(1, BASIC, 2)),
        {"seen": at("2025-01-24"), "id": "1", "status": "active", "trial_ends_at": None},
        {"seen": at("2025-03-10"), "id": "1", "product_id": PRO, "variant_id": PRO,
         "product_name": "Pro", "first_subscription_item": item(1, PRO, 2),
         "renews_at": at("2025-03-24")},
        {"seen": at("2025-05-24"), "id": "1", "status": "paused",
         "pause": {"mode": "void", "resumes_at": at("2025-06-24")}},
        {"seen": at("2025-06-24"), "id": "1", "status": "active", "pause": None,
         "renews_at": at("2025-07-24")},
        {"seen": at("2025-06-28"), "id": "1", "status": "cancelled", "cancelled": True,
         "ends_at": at("2025-07-24")},
        {"seen": at("2025-07-24"), "id": "1", "status": "expired"},
    ]  # fmt: skip


def life() -> LemonSqueezyCompany:
    """The life; a year at 120.00 with a setup fee and tax inside; packs of ten that become three;
    who cancels in the trial; a bill that waited for its payment; a bill partly given back; an order
    of nobody's subscription; from 30.00 a month to 300.00 a year; ten dollars off in euros."""
    inside = {"tax": 2200, "inclusive": True}
    yearly_bill = bill(20, 2, "2025-01-05", 13200, "initial", **inside)
    waiting = bill(33, 3, "2025-03-05", 2000, status="pending")
    return LemonSqueezyCompany(
        lists={
            "/v1/stores": [
                {"id": "1", "name": "Acme", "slug": "acme", "currency": "USD",
                 "total_sales": 7, "total_revenue": 700, "created_at": at("2024-12-01")}
            ],
            "/v1/products": [
                {"id": str(number), "store_id": 1, "name": name, "status": "published",
                 "created_at": at("2024-12-01")}
                for number, name in ((BASIC, "Basic"), (PRO, "Pro"), (YEARLY, "Yearly"),
                                     (PACKS, "Packs"), (SWITCHED, "Basic yearly"))
            ],
            "/v1/variants": [
                {"id": str(number), "product_id": number, "name": "Default", "status": "pending",
                 "is_subscription": True, "created_at": at("2024-12-01")}
                for number in (BASIC, PRO, YEARLY, PACKS, SWITCHED)
            ],
            "/v1/prices": [
                price(BASIC, 3000), price(PRO, 9000),
                price(YEARLY, 12000, renewal_interval_unit="year", setup_fee_enabled=True,
                      setup_fee=1200),
                price(PACKS, 1000, scheme="package", package_size=10),
                price(SWITCHED, 30000, renewal_interval_unit="year"),
            ],
            "/v1/discounts": [
                {"id": "1", "store_id": 1, "name": "Welcome", "code": "W20", "amount": 20,
                 "amount_type": "percent", "duration": "repeating", "duration_in_months": 3,
                 "is_limited_to_products": False, "status": "published",
                 "created_at": at("2024-12-01")},
                {"id": "2", "store_id": 1, "name": "Ten", "code": "TEN", "amount": 1000,
                 "amount_type": "fixed", "duration": "forever", "duration_in_months": 1,
                 "is_limited_to_products": False, "status": "published",
                 "created_at": at("2024-12-01")},
            ],
            "/v1/discount-redemptions": [
                {"id": "1", "discount_id": 1, "order_id": 1, "discount_name": "Welcome",
                 "discount_code": "W20", "discount_amount": 20,
                 "discount_amount_type": "percent", "amount": 0, "created_at": at("2025-01-10")},
                {"id": "2", "discount_id": 2, "order_id": 6, "discount_name": "Ten",
                 "discount_code": "TEN", "discount_amount": 1000,
                 "discount_amount_type": "fixed", "amount": 933, "created_at": at("2025-01-05")},
            ],
            "/v1/customers": [
                {"id": "1", "store_id": 1, "name": "Acme Inc", "email": "jo@acme.test",
                 "country": "NL", "status": "subscribed", "total_revenue_currency": 48,
                 "mrr": 4800, "urls": {"customer_portal": "https://secret-of-the-customer"},
                 "created_at": at("2025-01-09")}
            ],
            "/v1/orders": [
                {"id": "1", "store_id": 1, "customer_id": 1, "order_number": 1,
                 "currency": "USD", "status": "paid", "subtotal": 0, "discount_total": 0,
                 "tax": 0, "tax_inclusive": False, "total": 0, "created_at": at("2025-01-10")},
                {"id": "9", "store_id": 1, "customer_id": 9, "order_number": 9,
                 "currency": "USD", "status": "paid", "subtotal": 5000, "discount_total": 1000,
                 "tax": 800, "tax_inclusive": False, "total": 4800,
                 "first_order_item": {"product_id": 9, "product_name": "Book", "quantity": 1},
                 "created_at": at("2025-02-01")},
            ],
            "/v1/subscriptions": [
                *the_life(),
                subscription(2, YEARLY, "2025-01-05", renews_at=at("2026-01-05")),
                subscription(3, PACKS, "2025-01-05", first_subscription_item=item(3, PACKS, 12)),
                {"seen": at("2025-03-05"), "id": "3", "status": "past_due"},
                {"seen": at("2025-03-09"), "id": "3", "status": "active"},
                {"seen": at("2025-05-20"), "id": "3",
                 "first_subscription_item": item(3, PACKS, 25)},
                subscription(4, BASIC, "2025-03-01", status="on_trial",
                             trial_ends_at=at("2025-03-15")),
                {"seen": at("2025-03-05"), "id": "4", "status": "cancelled", "cancelled": True,
                 "trial_ends_at": None, "ends_at": at("2025-03-15")},
                {"seen": at("2025-03-15"), "id": "4", "status": "expired"},
                subscription(5, BASIC, "2025-01-05"),
                {"seen": at("2025-03-20"), "id": "5", "product_id": SWITCHED,
                 "variant_id": SWITCHED, "renews_at": at("2026-03-20"),
                 "first_subscription_item": item(5, SWITCHED, 1)},
                subscription(6, BASIC, "2025-01-05"),
            ],
            "/v1/subscription-invoices": [
                bill(11, 1, "2025-01-24", 6000, "initial", discount=1200),
                bill(12, 1, "2025-02-24", 6000, discount=1200),
                bill(13, 1, "2025-03-10", 4800, "updated"),
                bill(14, 1, "2025-03-24", 18000, discount=3600),
                bill(15, 1, "2025-04-24", 18000),
                {"seen": at("2025-05-02"), "id": "15", "refunded_amount": 1000,
                 "status": "partial_refund", "refunded_at": at("2025-05-02")},
                bill(16, 1, "2025-06-24", 18000),
                yearly_bill,
                bill(31, 3, "2025-01-05", 2000, "initial"),
                bill(32, 3, "2025-02-05", 2000),
                waiting,
                {"seen": at("2025-03-20"), "id": "33", "status": "paid"},
                bill(34, 3, "2025-04-05", 2000), bill(35, 3, "2025-05-05", 2000),
                # ten more units in May, which waited for the renewal of June
                bill(36, 3, "2025-06-05", 3400), bill(37, 3, "2025-07-05", 3000),
                *(bill(50 + month, 5, f"2025-0{month}-05", 3000) for month in (1, 2, 3)),
                bill(54, 5, "2025-03-20", 28500, "updated"),
                *(bill(60 + month, 6, f"2025-0{month}-05", 2800, discount=933, currency="EUR")
                  for month in range(1, 8)),
            ],
        }
    )  # fmt: skip
