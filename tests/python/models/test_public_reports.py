"""Billing cases that others got wrong, by their public reports, through API, load and models.

Each case lives twice in one warehouse: in an account that is synced along the way and in one that
is connected on 2025-06-02, when only today's objects, invoices and a month of events are left. The
former has further subscriptions, too many for one page, so that events alone tell of changes.
"""

from __future__ import annotations

import copy
import csv
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.timeline import epoch
from support.commands import ROOT, Project
from support.stripe_account import StripeAccount
from support.stripe_server import Json, serve

FIXTURES = ROOT / "tests/python/fixtures"
CASES = {
    case["id"]: case
    for name in ("public_reports", "more_public_reports")
    for case in yaml.safe_load((FIXTURES / f"{name}.yaml").read_text())["cases"]
    # The others are tested where their tables are.
    if case["id"] not in {"P15", "P17", "P21"}
}
ALONG = "2025-01-05 2025-01-20 2025-02-02 2025-03-01 2025-03-28 2025-04-24 2025-05-20"
END = "2025-06-02"
MINUS = {"contraction", "churn", "pause"}


def months_later(day: date, months: int) -> date:
    """The same day of a later month."""
    number = day.year * 12 + day.month - 1 + months
    return day.replace(year=number // 12, month=number % 12 + 1)


class Life:
    """One case in one account."""

    def __init__(self, account: StripeAccount, name: str, case: Mapping[str, Any]) -> None:
        self.account = account
        self.name = name
        self.prices: dict[str, Json] = {}
        for key, row in case["prices"].items():
            self._put_price(key, row)
        row = case["subscriptions"][0]
        self.customer: str | None = f"cus_{name}"
        self.start = epoch(row["status"][0][0])
        account.put(
            self.start,
            {
                "id": self.customer,
                "object": "customer",
                "created": self.start,
                "name": name,
                "email": f"{name}@example.com",
                "metadata": {},
                "balance": 0,
            },
            "customer.created",
        )
        self.items = [self._item(item) for item in row["items"]]
        self.discounts = [
            self._discount(number, discount)
            for number, discount in enumerate(row.get("discounts", ()))
        ]
        of_items = {discount["subscription_item"] for discount in self.discounts} - {None}
        for item in self.items:
            item["discounts"] = [
                one for one in self.discounts if one["subscription_item"] == item["id"]
            ]
        self.body: Json = {
            "id": f"sub_{name}",
            "object": "subscription",
            "created": self.start,
            "start_date": self.start,
            "billing_cycle_anchor": self.start,
            "customer": self.customer,
            "currency": next(iter(self.prices.values()))["currency"],
            "collection_method": "charge_automatically",
            "cancel_at_period_end": False,
            "discounts": [
                one for one in self.discounts if one["subscription_item"] not in of_items
            ],
            "items": {
                "object": "list",
                "has_more": False,
                "url": "/v1/subscription_items",
                "data": self.items,
            },
            "metadata": {},
            "status": None,
        }
        self.invoices = 0

    def _put_price(self, key: str, row: Mapping[str, Any]) -> None:
        product = {
            "id": f"prod_{self.name}_{key}",
            "object": "product",
            "created": 1_700_000_000,
            "name": f"{self.name} {key}",
            "active": True,
            "metadata": {},
        }
        one_time = row.get("type") == "one_time"
        price = {
            "id": f"price_{self.name}_{key}",
            "object": "price",
            "created": 1_700_000_000,
            "product": product["id"],
            "currency": row["currency"],
            "active": True,
            "unit_amount": row["unit_amount"],
            "unit_amount_decimal": str(row["unit_amount"]),
            "billing_scheme": "per_unit",
            "type": "one_time" if one_time else "recurring",
            "tax_behavior": row.get("tax_behavior", "unspecified"),
            "recurring": None
            if one_time
            else {
                "interval": row["interval"],
                "interval_count": row["interval_count"],
                "usage_type": row.get("usage_type", "licensed"),
            },
        }
        self.account.put(1_700_000_000, product)
        self.account.put(1_700_000_000, price)
        self.prices[key] = price

    def _item(self, row: Any) -> Json:
        key, price, quantity, start, _ = row
        return {
            "id": f"si_{self.name}_{key}",
            "object": "subscription_item",
            "quantity": quantity,
            "created": epoch(start),
            "price": self.prices[price],
            "discounts": [],
            "current_period_start": epoch(start),
        }

    def _discount(self, number: int, row: Mapping[str, Any]) -> Json:
        coupon = {
            "id": f"coupon_{self.name}_{number}",
            "object": "coupon",
            "created": epoch(row["start"]),
            "duration": row["duration"],
            "percent_off": row.get("percent_off"),
            "amount_off": row.get("amount_off"),
            "valid": True,
            "currency": next(iter(self.prices.values()))["currency"]
            if "amount_off" in row
            else None,
        }
        if "applies_to" in row:
            coupon["applies_to"] = {"products": [f"prod_{self.name}_a"]}
        self.account.put(row["start"], coupon, "coupon.created")
        return {
            "id": f"di_{self.name}_{9 - number}",
            "object": "discount",
            "start": epoch(row["start"]),
            "end": None if row["end"] is None else epoch(row["end"]),
            "customer": self.customer,
            "subscription": f"sub_{self.name}",
            "subscription_item": f"si_{self.name}_{row['item']}" if "item" in row else None,
            "source": {"type": "coupon", "coupon": coupon},
            "promotion_code": None,
        }

    def state(self, at: Any, previous: Json | None = None, **changes: Any) -> None:
        """The subscription from now on."""
        moment = epoch(at)
        is_new = self.body["status"] is None
        before = {key: self.body.get(key) for key in changes}
        self.body |= changes
        kind = "created" if is_new else "updated"
        self.account.put(
            moment,
            self.body,
            f"customer.subscription.{kind}",
            None if is_new else previous or before,
        )

    def take(self, at: Any, items: list[Json]) -> None:
        """The subscription has these items from now on."""
        self.items = items
        self.state(at, items={**self.body["items"], "data": items})

    def line(self, item: int, amount: int, start: Any, **other: Any) -> Json:
        """A line for a period of an item."""
        found = self.items[item]
        return self._line(
            found["price"],
            amount,
            start,
            {
                "type": "subscription_item_details",
                "subscription_item_details": {
                    "subscription": self.body["id"],
                    "subscription_item": found["id"],
                    "proration": False,
                },
            },
            **other,
        )

    def fee(self, price: str, start: Any) -> Json:
        """A line for something that is charged once."""
        found = self.prices[price]
        return self._line(
            found,
            found["unit_amount"],
            start,
            {
                "type": "invoice_item_details",
                "invoice_item_details": {
                    "invoice_item": f"ii_{self.name}",
                    "proration": False,
                    "subscription": self.body["id"],
                },
            },
        )

    def proration(self, price: str, amount: int, start: Any, end: Any) -> Json:
        """A line for the rest of a period, in the shape that names no item."""
        parent = {
            "type": "invoice_item_details",
            "invoice_item_details": {
                "invoice_item": f"ii_{self.name}_{price}_{epoch(start)}",
                "proration": True,
                "subscription": self.body["id"],
            },
        }
        period = {"period": {"start": epoch(start), "end": epoch(end)}}
        return self._line(self.prices[price], amount, start, parent, **period)

    def _line(self, price: Json, amount: int, start: Any, parent: Json, **other: Any) -> Json:
        months = {"month": 1, "year": 12}.get(str((price["recurring"] or {}).get("interval")), 0)
        begin = datetime.fromtimestamp(epoch(start), UTC)
        until = months_later(begin.date(), months)
        end = begin.replace(year=until.year, month=until.month, day=until.day)
        return {
            "object": "line_item",
            "amount": amount,
            "currency": price["currency"],
            "quantity": 1,
            "period": {"start": epoch(start), "end": int(end.timestamp())},
            "parent": parent,
            "pricing": {
                "type": "price_details",
                "price_details": {"price": price["id"], "product": price["product"]},
            },
            "discount_amounts": [],
            "discounts": [],
            "taxes": [],
        } | other

    def invoice(self, at: Any, lines: list[Json], *, paid: bool = True, **other: Any) -> Json:
        """An invoice, finalised at once, and paid at once unless it is left open."""
        self.invoices += 1
        id_ = f"in_{self.name}_{self.invoices}"
        moment = epoch(at)
        lines = [
            {**row, "id": f"il_{self.name}_{self.invoices}_{n}"} for n, row in enumerate(lines)
        ]
        total = sum(
            row["amount"] - sum(one["amount"] for one in row["discount_amounts"]) for row in lines
        )
        used = {one["discount"] for row in lines for one in row["discount_amounts"]}
        body = {
            "id": id_,
            "object": "invoice",
            "created": moment,
            "customer": self.customer,
            "currency": self.body["currency"],
            "status": "paid" if paid else "open",
            "billing_reason": "subscription_cycle",
            "collection_method": "charge_automatically",
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": self.body["id"]},
            },
            "discounts": [
                one
                for one in self.discounts
                if one["id"] in used and one["subscription_item"] is None
            ],
            "lines": {
                "object": "list",
                "data": lines,
                "has_more": False,
                "url": f"/v1/invoices/{id_}/lines",
            },
            "status_transitions": {"finalized_at": moment, "paid_at": moment if paid else None},
            "subtotal": sum(row["amount"] for row in lines),
            "total": total,
            "amount_due": total,
            "amount_paid": total if paid else 0,
            "starting_balance": 0,
        } | other
        self.account.put(moment, body, "invoice.paid" if paid else "invoice.finalized")
        return body

    def renew(self, first: date, last: date, lines: Any) -> None:
        """Monthly invoices; `lines` makes the lines of one, of its day."""
        day = first
        while day <= last:
            if made := lines(day):
                self.invoice(day, made)
            day = months_later(day, 1)

    def off(self, *amounts: int) -> Json:
        """What the discounts take from a line, in the order of the list."""
        return {
            "discount_amounts": [
                {"discount": discount["id"], "amount": amount}
                for discount, amount in zip(self.discounts, amounts, strict=True)
            ],
            "discounts": [discount["id"] for discount in self.discounts],
        }


MAY = date(2025, 5, 31)


def p01(life: Life) -> None:
    life.state("2025-01-10", status="active")
    first = life.invoice("2025-01-10", [life.line(0, 5000, "2025-01-10")], paid=False)
    life.invoice(
        "2025-01-11T09:59:00Z",
        [life.line(0, 5000, "2025-01-10")],
        billing_reason="manual",
        from_invoice={"action": "revision", "invoice": first["id"]},
    )
    void = {"status": "void", "latest_revision": f"in_{life.name}_2"}
    transitions = {**first["status_transitions"], "voided_at": epoch("2025-01-11T10:00:00Z")}
    life.account.put(
        "2025-01-11T10:00:00Z",
        {**first, **void, "status_transitions": transitions},
        "invoice.voided",
    )
    life.renew(date(2025, 2, 10), MAY, lambda day: [life.line(0, 5000, day)])


def p02(life: Life) -> None:
    life.state("2025-01-10", status="active")
    first = life.invoice("2025-01-10", [life.line(0, 5000, "2025-01-10")], paid=False)
    moved = {**first["status_transitions"], "marked_uncollectible_at": epoch("2025-01-20")}
    life.account.put(
        "2025-01-20",
        {**first, "status": "uncollectible", "status_transitions": moved},
        "invoice.marked_uncollectible",
    )
    life.renew(date(2025, 2, 10), MAY, lambda day: [life.line(0, 5000, day)])


def p04(life: Life) -> None:
    life.state("2025-01-06", status="active")
    coupon = life.discounts[0]["source"]["coupon"]
    life.account.delete("2025-02-01", coupon, "coupon.deleted")
    life.renew(date(2025, 1, 6), MAY, lambda day: [life.line(0, 10000, day, **life.off(2500))])


def p06(life: Life) -> None:
    life.state("2025-01-05", status="active")
    second = {"discount_amounts": [{"discount": life.discounts[1]["id"], "amount": 1600}]}
    life.renew(
        date(2025, 1, 5),
        MAY,
        lambda day: [
            life.line(0, 6000, day, **life.off(5000, 400)),
            life.line(1, 4000, day, **second),
        ],
    )


def p07(life: Life) -> None:
    life.state("2025-01-05", status="active")
    life.renew(
        date(2025, 1, 5), MAY, lambda day: [life.line(0, 10000, day, **life.off(2000, 4000))]
    )


def p08(life: Life) -> None:
    life.state("2025-01-03", status="active")
    life.invoice(
        "2025-01-03",
        [
            life.line(0, 2000, "2025-01-03", **life.off(46)),
            life.line(1, 24000, "2025-01-03", **life.off(554)),
        ],
    )
    life.renew(date(2025, 2, 3), MAY, lambda day: [life.line(0, 2000, day, **life.off(600))])


def p09(life: Life) -> None:
    life.state("2025-01-10", status="active")
    life.invoice("2025-01-10", [life.line(0, 120000, "2025-01-10", **life.off(60000))])
    life.state("2025-04-10", discounts=[])


def p10(life: Life) -> None:
    life.state("2025-01-09", status="active", automatic_tax={"enabled": True})

    def lines(day: date) -> list[Json]:
        tax = 1900 if day.month < 4 else 1983
        return [life.line(0, 11900, day, taxes=[{"amount": tax, "tax_behavior": "inclusive"}])]

    life.renew(date(2025, 1, 9), MAY, lines)


def p12(life: Life) -> None:
    life.state("2025-01-12", status="active", trial_start=None, trial_end=None)
    trial: Json = {"trial_start": epoch("2025-03-12"), "trial_end": epoch("2025-04-12")}
    life.state("2025-03-12", status="trialing", **trial)
    life.state("2025-04-12", status="active")
    life.renew(
        date(2025, 1, 12), MAY, lambda day: [life.line(0, 0 if day.month == 3 else 5000, day)]
    )


def p13(life: Life) -> None:
    trial: Json = {
        "trial_start": epoch("2025-01-20T12:00:00Z"),
        "trial_end": epoch("2025-02-03T12:00:00Z"),
    }
    life.state("2025-01-20T12:00:00Z", status="trialing", **trial)
    life.invoice(
        "2025-01-20T12:00:00Z",
        [
            life.fee("setup", "2025-01-20T12:00:00Z"),
            life.line(0, 0, "2025-01-20T12:00:00Z"),
        ],
    )
    life.invoice("2025-02-03T12:00:00Z", [life.line(0, 3000, "2025-02-03T12:00:00Z")], paid=False)
    life.state("2025-02-03T12:00:00Z", status="past_due")
    ended = epoch("2025-03-24T12:00:00Z")
    life.state("2025-03-24T12:00:00Z", status="canceled", canceled_at=ended, ended_at=ended)


def p20(life: Life) -> None:
    # The list, newest first, gives what was added first first.
    life.state("2025-01-07", status="incomplete")
    life.state("2025-01-07", status="active")
    life.renew(date(2025, 1, 7), MAY, lambda day: [life.line(0, 4000, day)])


def l1(life: Life) -> None:
    life.state("2025-01-05", status="active")
    life.invoice("2025-01-05", [life.line(0, 1200000000000, "2025-01-05")])


def q01(life: Life) -> None:
    def lines(day: date) -> list[Json]:
        return [life.line(0, 5000, day), life.line(1, 2000, day)]

    life.state("2025-01-08", status="active")
    life.renew(date(2025, 1, 8), date(2025, 2, 8), lines)
    first, other = life.items
    left, back = "2025-02-20T10:00:00Z", "2025-02-22T10:00:00Z"
    life.take(left, [other])
    life.invoice(left, [life.proration("p", -2900, left, "2025-03-08")])
    life.take(back, [{**first, "id": f"si_{life.name}_again", "created": epoch(back)}, other])
    life.invoice(back, [life.proration("p", 2500, back, "2025-03-08")])
    life.renew(date(2025, 3, 8), MAY, lines)


def with_rate_until_march(life: Life, tax_after: int, **after: Any) -> None:
    """A rate of 19 % inside the price, taken off on 2025-03-05, and what invoices say then."""

    def lines(day: date) -> list[Json]:
        tax = 1900 if day.month < 3 else tax_after
        taxes = [{"amount": tax, "tax_behavior": "inclusive"}] if tax else []
        return [life.line(0, 11900, day, taxes=taxes)]

    rate = {"id": f"txr_{life.name}", "object": "tax_rate", "percentage": 19.0, "inclusive": True}
    life.state("2025-01-09", status="active", default_tax_rates=[rate])
    life.renew(date(2025, 1, 9), date(2025, 2, 9), lines)
    life.state("2025-03-05", default_tax_rates=[], **after)
    life.renew(date(2025, 3, 9), MAY, lines)


def q02(life: Life) -> None:
    with_rate_until_march(life, 0)


def q03(life: Life) -> None:
    life.state("2025-01-10", status="active")
    first = life.invoice("2025-01-10", [life.line(0, 5000, "2025-01-10")], paid=False)
    moved = {**first["status_transitions"], "marked_uncollectible_at": epoch("2025-01-20")}
    life.account.put(
        "2025-01-20",
        {**first, "status": "uncollectible", "status_transitions": moved},
        "invoice.marked_uncollectible",
    )
    life.renew(
        date(2025, 2, 10),
        MAY,
        lambda day: [
            life.line(1, 3000, months_later(day, -1), quantity=100),
            life.line(0, 5000, day),
        ],
    )


def q04(life: Life) -> None:
    life.state("2025-01-10", status="active")
    life.invoice("2025-01-10", [life.line(0, 120000, "2025-01-10", **life.off(60000))])
    life.state("2025-04-10", discounts=[])
    changed, end = "2025-05-10", "2026-01-10"
    life.take(changed, [{**life.items[0], "price": life.prices["q"]}])
    prorations = [("p", -40000), ("q", 160000)]
    life.invoice(changed, [life.proration(*one, changed, end) for one in prorations])


def q05(life: Life) -> None:
    with_rate_until_march(life, 1983, automatic_tax={"enabled": True})


def q06(life: Life) -> None:
    schedule: Json = {
        "id": f"sub_sched_{life.name}",
        "object": "subscription_schedule",
        "created": life.start,
        "customer": life.customer,
        "subscription": life.body["id"],
        "status": "active",
        "end_behavior": "cancel",
        "phases": [
            {
                "start_date": life.start,
                "end_date": epoch("2025-07-05"),
                "currency": "usd",
                "items": [{"price": life.prices["p"]["id"], "quantity": 1}],
                "discounts": [],
            }
        ],
        "metadata": {},
    }
    life.state("2025-01-05", status="active", schedule=schedule["id"])
    life.account.put(life.start, schedule, "subscription_schedule.created")
    life.renew(date(2025, 1, 5), MAY, lambda day: [life.line(0, 5000, day)])


def q07(life: Life) -> None:
    life.state("2025-01-08", status="active")


def q08(life: Life) -> None:
    life.state("2025-01-10", status="active")
    first = life.invoice("2025-01-10", [life.line(0, 5000, "2025-01-10")], paid=False)
    noted = epoch("2025-01-20")
    credited = {
        "status": "paid",
        "amount_due": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "pre_payment_credit_notes_amount": 5000,
        "status_transitions": {**first["status_transitions"], "paid_at": noted},
    }
    life.account.put(noted, {**first, **credited}, "invoice.paid")
    life.renew(date(2025, 2, 10), MAY, lambda day: [life.line(0, 5000, day)])


def q09(life: Life) -> None:
    life.state("2025-01-20", status="active", billing_cycle_anchor=epoch("2025-02-01"))
    life.invoice("2025-01-20", [life.proration("p", 1935, "2025-01-20", "2025-02-01")])
    life.invoice("2025-02-01", [life.line(0, 5000, "2025-02-01")], paid=False)
    life.state("2025-02-01", status="past_due")
    ended = epoch("2025-02-22")
    life.state("2025-02-22", status="canceled", canceled_at=ended, ended_at=ended)


def q10(life: Life) -> None:
    first, second = life.discounts
    item = life.items[0]
    life.body["discounts"] = []
    life.state("2025-01-10", status="active")
    off = {"discount_amounts": [{"discount": first["id"], "amount": 5000}]}
    life.renew(date(2025, 1, 10), date(2025, 2, 10), lambda day: [life.line(0, 10000, day, **off)])
    life.items = [{**item, "discounts": []}]
    items = {**life.body["items"], "data": life.items}
    life.state("2025-02-20", items=items, discounts=[second])
    less = {"discount_amounts": [{"discount": second["id"], "amount": 2000}]}
    life.renew(date(2025, 3, 10), MAY, lambda day: [life.line(0, 10000, day, **less)])


def q11(life: Life) -> None:
    life.state("2025-01-10", status="active")
    life.invoice("2025-01-10", [life.line(0, 120000, "2025-01-10", **life.off(60000))])
    life.state("2025-01-11", discounts=[])
    changed, end = "2025-05-10", "2026-01-10"
    life.take(changed, [{**life.items[0], "price": life.prices["q"]}])
    prorations = [("p", -40000), ("q", 160000)]
    life.invoice(changed, [life.proration(*one, changed, end) for one in prorations])


def q12(life: Life) -> None:
    trial = {"trial_start": epoch("2025-01-05"), "trial_end": epoch("2025-01-20")}
    anchor = epoch("2025-02-01")
    life.state("2025-01-05", status="trialing", billing_cycle_anchor=anchor, **trial)
    free = life.line(0, 0, "2025-01-05", period={"start": life.start, "end": trial["trial_end"]})
    life.invoice("2025-01-05", [free])
    life.state("2025-01-20", status="active")
    life.invoice("2025-01-20", [life.proration("p", 1935, "2025-01-20", "2025-02-01")])
    life.invoice("2025-02-01", [life.line(0, 5000, "2025-02-01")], paid=False)
    life.state("2025-02-01", status="past_due")
    ended = epoch("2025-02-22")
    life.state("2025-02-22", status="canceled", canceled_at=ended, ended_at=ended)


def q13(life: Life) -> None:
    base, usage = life.items
    life.items = [usage]
    life.body["items"] = {**life.body["items"], "data": [usage]}
    life.state("2025-01-10", status="active")
    life.take("2025-01-20", [usage, {**base, "created": epoch("2025-01-20")}])
    life.invoice("2025-01-20", [life.proration("p", 3387, "2025-01-20", "2025-02-10")])

    def month(day: date) -> list[Json]:
        used = life.line(0, 3000, months_later(day, -1), quantity=100)
        return [used, life.line(1, 5000, day)]

    life.renew(date(2025, 2, 10), MAY, month)


def q14(life: Life) -> None:
    first, second = life.discounts
    life.body["discounts"] = [first]
    life.state("2025-01-10", status="active")

    def month(day: date, discount: Json, amount: int) -> list[Json]:
        taken = [{"discount": discount["id"], "amount": amount}]
        of_line = {"discounts": [discount["id"]], "discount_amounts": taken}
        return [life.line(0, 10000, day, **of_line)]

    life.renew(date(2025, 1, 10), date(2025, 4, 10), lambda day: month(day, first, 2000))
    life.state("2025-04-20", discounts=[second])
    life.renew(date(2025, 5, 10), MAY, lambda day: month(day, second, 3000))


def q15(life: Life) -> None:
    life.state("2025-01-10", status="active")
    life.renew(date(2025, 1, 10), date(2025, 2, 10), lambda day: [life.line(0, 5000, day)])
    life.take("2025-02-20", [{**life.items[0], "price": life.prices["q"]}])
    month = ("2025-02-10", "2025-03-10")
    prorations = [("p", -5000), ("q", 10000)]
    life.invoice("2025-02-20", [life.proration(*one, *month) for one in prorations])
    life.renew(date(2025, 3, 10), MAY, lambda day: [life.line(0, 10000, day)])


def q16(life: Life) -> None:
    made = "2025-02-10"
    backdated = {"start_date": epoch("2025-01-15"), "billing_cycle_anchor": epoch(made)}
    life.state(made, status="active", **backdated)
    before = life.proration("p", 2097, "2025-01-15", made)
    life.invoice(made, [before, life.line(0, 5000, made, **life.off(2500))])
    life.renew(date(2025, 3, 10), MAY, lambda day: [life.line(0, 5000, day, **life.off(2500))])


LIVES = {
    "P01": p01,
    "P02": p02,
    "P04": p04,
    "P06": p06,
    "P07": p07,
    "P08": p08,
    "P09": p09,
    "P10": p10,
    "P12": p12,
    "P13": p13,
    "P20": p20,
    "L1": l1,
    "Q01": q01,
    "Q02": q02,
    "Q03": q03,
    "Q04": q04,
    "Q05": q05,
    "Q06": q06,
    "Q07": q07,
    "Q08": q08,
    "Q09": q09,
    "Q10": q10,
    "Q11": q11,
    "Q12": q12,
    "Q13": q13,
    "Q14": q14,
    "Q15": q15,
    "Q16": q16,
}


def play(account: StripeAccount, prefix: str) -> None:
    """All cases and the other subscriptions of the account."""
    for id_, case in CASES.items():
        LIVES[id_](Life(account, f"{prefix}{id_}".lower(), copy.deepcopy(case)))
    nobody = Life(account, f"{prefix}nobody", copy.deepcopy(CASES["P01"]))
    nobody.body["customer"] = nobody.customer = None
    nobody.state("2025-01-10", status="active")
    nobody.renew(date(2025, 1, 10), MAY, lambda day: [nobody.line(0, 5000, day)])
    for number in range(130 if prefix == "a" else 0):
        case = {
            "prices": {
                "p": {
                    "unit_amount": 1000,
                    "currency": "usd",
                    "interval": "month",
                    "interval_count": 1,
                }
            },
            "subscriptions": [
                {
                    "status": [["2025-01-02", "active"]],
                    "items": [["si", "p", 1, "2025-01-02", None]],
                }
            ],
        }
        Life(account, f"{prefix}other{number}", case).state("2025-01-02", status="active")


def seeds_with_rate(folder: Path) -> Path:
    """The project's seeds, with the rate of case L1."""
    seeds = folder / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    with (seeds / "exchange_rates.csv").open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(["2020-01-01", "idr", "0.0000614325", "L1"])
    return seeds


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("reports")
    project = Project(folder, stays_open=True)
    accounts = {"stripe": StripeAccount("acct_along"), "stripe_late": StripeAccount("acct_late")}
    with ExitStack() as stack:
        for name, account in accounts.items():
            play(account, name.removeprefix("stripe") or "a")
            stack.enter_context(serve(account))
            project.settings |= {
                f"SOURCES__{name.upper()}__KIND": "stripe",
                f"SOURCES__{name.upper()}__API_KEY": f"rk_test_{name}",
                f"SOURCES__{name.upper()}__BASE_URL": account.url,
            }
        for moment in (*ALONG.split(), END):
            for name, account in accounts.items():
                if name == "stripe" or moment == END:
                    account.clock = epoch(moment)
                    project.settings["AS_OF"] = f"{moment}T00:00:00Z"
                    project.load_here(name)
    project.settings["SEEDS_DIR"] = os.path.relpath(seeds_with_rate(folder), ROOT)
    project.dbt("build", "--quiet", inner_tests=True)
    yield project


@pytest.mark.parametrize(
    ("case_id", "prefix"),
    [
        (id_, prefix)
        for id_, case in sorted(CASES.items())
        for prefix in ("a", "_late")
        if prefix == "a" or case.get("seen") != "along the way"
    ],
)
def test_case(project: Project, case_id: str, prefix: str) -> None:
    rows = project.rows(
        f"""
        select strftime(movement_date, '%Y-%m'), movement_type, sum(mrr_change)
        from core.fct_mrr_movements
        where customer_id = 'cus_{f"{prefix}{case_id}".lower()}'
        group by all
        """
    )
    expected = CASES[case_id]["expected"]
    balance = Decimal(0)
    for month in sorted({*expected, *(month for month, _, _ in rows)}):
        moved = {kind: change for found, kind, change in rows if found == month}
        balance += sum(moved.values(), Decimal(0))
        row = expected.get(month, {})
        wanted = {
            kind: Decimal(str(change)) * (-1 if kind in MINUS else 1)
            for kind, change in row.items()
            if kind != "mrr" and change
        }
        cent = Decimal("0.01")
        assert {kind: change.quantize(cent) for kind, change in moved.items()} == {
            kind: change.quantize(cent) for kind, change in wanted.items()
        }, month
        if "mrr" in row:
            assert balance.quantize(cent) == Decimal(str(row["mrr"])).quantize(cent), month


def test_a_schedule_that_cancels_is_a_cancellation_to_come(project: Project) -> None:
    """And the subscription itself names no end."""
    rows = project.rows(
        "select customer_id, change_kind, changes_at, mrr, committed_mrr "
        "from finance.committed_mrr_by_subscription where change_kind is not null order by all"
    )
    end = datetime(2025, 7, 5)
    assert rows == [
        (f"cus_{prefix}q06", "cancellation", end, Decimal(50), Decimal(0))
        for prefix in ("_late", "a")
    ]


def test_what_belongs_to_nobody_is_listed_and_stops_nothing(project: Project) -> None:
    """The build of the fixture was green, so it published."""
    found = "select subject_id from monitoring.mrr_reconciliation where check_name = 'no_customer'"
    rows = project.published_rows(f"{found} and subject_id <> '__all__' order by 1")
    assert rows == [("sub__latenobody",), ("sub_anobody",)]


def test_paid_renewals_tie_to_the_ledger(project: Project) -> None:
    """The one that does not is an amount off that a monthly and a yearly line shared (P08)."""
    rows = project.rows(
        """
        select customer_id, subject_at, currency, expected, actual
        from monitoring.mrr_reconciliation
        where check_name = 'renewals_net' and subject_id <> '__all__'
        order by all
        """
    )
    january = datetime(2025, 1, 3)
    assert [row[:3] for row in rows] == [
        (f"cus_{prefix}p08", january, "usd") for prefix in ("_late", "_late", "a", "a")
    ]
    assert project.rows(
        "select currency, expected, actual, subjects > 50 from monitoring.mrr_reconciliation "
        "where check_name = 'renewals_net' and subject_id = '__all__'"
    ) == [(None, None, None, True)]
