"""The worked cases of recurring revenue as other billing vendors would tell them.

The demo's simulator plays a case as an account at Stripe: versions of subscriptions, and invoices.
What stands here says the same in the words of another vendor: its statuses, its shapes of prices,
discounts, tax and proration, as of a moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from demo import place_cases
from demo.vendors.store import unpack
from support.chargebee_server import ChargebeeCompany
from support.json_server import Json
from support.paddle_server import PaddleCompany
from support.recurly_server import RecurlyCompany

#: Currencies whose minor unit is not a hundredth.
EXPONENTS = {"jpy": 0, "kwd": 3}


def at(seconds: int | None) -> str | None:
    """A moment as Paddle and Recurly write it."""
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Account:
    """What the simulator wrote: every version of every object, oldest first.

    Attributes:
        path: the file that it wrote.
        versions: kind -> id -> (from when on, body).
    """

    path: Path
    versions: dict[str, dict[str, list[tuple[int, Json]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = sqlite3.connect(self.path).execute(
            "select type, id, visible_from, body from versions "
            "inner join objects on objects.seq = versions.object order by visible_from, number"
        )
        for kind, id_, moment, body in rows:
            known = self.versions.setdefault(kind, {}).setdefault(id_, [])
            known.append((moment, unpack(body)))

    def of(self, kind: str, now: float = float("inf")) -> list[tuple[int, Json]]:
        """The objects of a kind as they were at a moment, and since when they were so."""
        found = self.versions.get(kind, {}).values()
        shown = ([one for one in versions if one[0] <= now] for versions in found)
        return [versions[-1] for versions in shown if versions]

    def one(self, kind: str, id_: str) -> Json:
        return self.versions[kind][id_][-1][1]

    def subscription_versions(self, now: float) -> list[tuple[int, Json]]:
        """What subscriptions were, oldest first, each with what it was just before."""
        found = [
            version
            for versions in self.versions.get("subscription", {}).values()
            for version in versions
            if version[0] <= now
        ]
        return sorted(found, key=lambda version: version[0])

    def bills(self, now: float) -> list[tuple[int, Json]]:
        """Invoices that were sent or paid; a draft and one that a pause voided tell nothing."""
        return [
            (moment, body)
            for moment, body in self.of("invoice", now)
            if body["status"] in ("paid", "open", "uncollectible")
        ]

    def is_metered(self, price: str) -> bool:
        recurring = self.one("price", price)["recurring"]
        return bool(recurring) and recurring["usage_type"] == "metered"

    def paused_since(self, body: Json, moment: int) -> int | None:
        """When the pause began that a subscription is in."""
        since = None
        for start, version in self.versions["subscription"][body["id"]]:
            if start > moment:
                break
            since = (since or start) if is_paused(version) else None
        return since

    def licensed(self, body: Json) -> list[Json]:
        """The items of a subscription that are not billed by use."""
        return [item for item in body["items"] if not self.is_metered(item["price"])]


def is_paused(body: Json) -> bool:
    return body["status"] == "paused" or body["pause_collection"] is not None


def tax_of(line: Json, percent: Any, is_inside: bool) -> int:
    """The tax of a line in minor units, after its discounts."""
    net = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
    rate = Fraction(str(percent or 0))
    share = rate / (100 + rate) if is_inside else rate / 100
    return round(net * share)


def discount_of(line: Json) -> int:
    return sum(int(one["amount"]) for one in line["discount_amounts"])


def ends_of(discount: Json, coupon: Json, body: Json) -> int | None:
    """When a discount ends: one for a single invoice with the period of that."""
    if coupon["duration"] == "once":
        first = body["items"][0]
        return int(first["current_period_end"])
    return None if discount["end"] is None else int(discount["end"])


# -- Paddle --------------------------------------------------------------------------------------

_PADDLE_BILLS = {"paid": "completed", "open": "past_due", "uncollectible": "past_due"}
_PADDLE_ORIGINS = {
    "subscription_create": "web",
    "subscription_cycle": "subscription_recurring",
    "subscription_update": "subscription_update",
}


def paddle_price(account: Account, id_: str) -> Json:
    price = account.one("price", id_)
    recurring = None if account.is_metered(id_) else price["recurring"]
    return {
        "id": f"pri_{id_}",
        "product_id": f"pro_{price['product']}",
        "status": "active",
        "type": "standard",
        "name": id_,
        "tax_mode": "internal" if price["tax_behavior"] == "inclusive" else "external",
        "unit_price": {
            "amount": str(price["unit_amount"] or 0),
            "currency_code": price["currency"].upper(),
        },
        "billing_cycle": recurring
        and {"interval": recurring["interval"], "frequency": recurring["interval_count"]},
        "created_at": "2024-01-01T00:00:00Z",
    }


def _paddle_discount(account: Account, body: Json, moment: int) -> Json | None:
    running = [one for one in body["discounts"] if one["end"] is None or one["end"] > moment]
    if not running:
        return None
    coupon = account.one("coupon", running[0]["coupon"])
    ends = ends_of(running[0], coupon, body)
    if ends is not None and ends <= moment:
        return None
    return {"id": f"dsc_{coupon['id']}", "starts_at": at(running[0]["start"]), "ends_at": at(ends)}


def _paddle_state(account: Account, moment: int, body: Json) -> Json:
    items = account.licensed(body)
    in_trial = body["status"] == "trialing"
    trial = {"starts_at": at(body["trial_start"]), "ends_at": at(body["trial_end"])}
    period = {
        "starts_at": at(items[0]["current_period_start"]),
        "ends_at": at(items[0]["current_period_end"]),
    }
    leaving = body["cancel_at_period_end"] and body["status"] != "canceled"
    return {
        "id": body["id"],
        "status": "paused" if is_paused(body) and body["status"] == "active" else body["status"],
        "customer_id": f"ctm_{body['customer']}",
        "currency_code": body["currency"].upper(),
        "created_at": at(body["created"]),
        "started_at": at(body["start_date"]),
        "first_billed_at": None if in_trial else at(body["trial_end"] or body["start_date"]),
        "canceled_at": at(body["ended_at"]),
        "paused_at": at(account.paused_since(body, moment)),
        "collection_mode": "manual" if body["collection_method"] == "send_invoice" else "automatic",
        "scheduled_change": {
            "action": "cancel",
            "effective_at": period["ends_at"],
            "resume_at": None,
        }
        if leaving
        else None,
        "current_billing_period": None if is_paused(body) else period,
        "discount": _paddle_discount(account, body, moment),
        "items": [
            {
                "status": "trialing" if in_trial else "active",
                "quantity": item["quantity"],
                "recurring": True,
                "price": paddle_price(account, item["price"]),
                **({"trial_dates": trial} if body["trial_end"] else {}),
            }
            for item in items
        ],
    }


def _paddle_line(account: Account, bill: Json, line: Json) -> Json:
    price = account.one("price", line["price"])
    is_inside = price["tax_behavior"] == "inclusive"
    tax = tax_of(line, bill["tax_percent"], is_inside)
    rate = Fraction(str(bill["tax_percent"] or 0)) / 100
    divisor = 1 + rate if is_inside else Fraction(1)
    discount = round(discount_of(line) / divisor)
    total = line["amount"] - discount_of(line) + (0 if is_inside else tax)
    subtotal = total - tax + discount
    credited = line["proration"] and line["amount"] < 0
    quantity = (1 if account.is_metered(line["price"]) else line["quantity"]) * (
        -1 if credited else 1
    )
    whole = Fraction(abs(int(line["amount"])), 1)
    full = Fraction(str(price["unit_amount_decimal"] or 0)) * (line["quantity"] or 1)
    return {
        "id": f"txnitm_{line['id']}",
        "price_id": f"pri_{line['price']}",
        "quantity": quantity,
        "tax_rate": str(float(rate)),
        "proration": {
            "rate": str(float(whole / full)) if full else "0",
            "billing_period": {
                "starts_at": at(line["period"]["start"]),
                "ends_at": at(line["period"]["end"]),
            },
        }
        if line["proration"]
        else None,
        "unit_totals": {"subtotal": str(round(Fraction(subtotal, quantity)))},
        "totals": {
            "subtotal": str(subtotal),
            "discount": str(discount),
            "tax": str(tax),
            "total": str(total),
        },
        "product": {"id": f"pro_{price['product']}", "name": line["description"]},
    }


def _paddle_bill(account: Account, moment: int, bill: Json) -> Json:
    lines = [_paddle_line(account, bill, line) for line in bill["lines"]]
    sums = {
        name: sum(int(line["totals"][name]) for line in lines)
        for name in ("subtotal", "discount", "tax", "total")
    }
    to_pay = max(sums["total"], 0)
    is_sent = bill["collection_method"] == "send_invoice"
    status = _PADDLE_BILLS[bill["status"]]
    whole = [line["period"] for line in bill["lines"] if not line["proration"]]
    paid_at = bill["status_transitions"].get("paid_at")
    return {
        "id": f"txn_{bill['id']}",
        "status": "billed" if status == "past_due" and is_sent else status,
        "origin": _PADDLE_ORIGINS.get(bill["billing_reason"], "api"),
        "subscription_id": bill["subscription"],
        "customer_id": f"ctm_{bill['customer']}",
        "currency_code": bill["currency"].upper(),
        "collection_mode": "manual" if is_sent else "automatic",
        "discount_id": f"dsc_{bill['discounts'][0]['coupon']}" if bill["discounts"] else None,
        "invoice_number": bill["number"],
        "created_at": at(bill["created"]),
        "updated_at": at(moment),
        "billed_at": at(bill["status_transitions"].get("finalized_at") or bill["created"]),
        "billing_period": {"starts_at": at(whole[0]["start"]), "ends_at": at(whole[0]["end"])}
        if whole and bill["subscription"]
        else None,
        "items": [
            {"quantity": line["quantity"], "price": paddle_price(account, of["price"])}
            for line, of in zip(lines, bill["lines"], strict=True)
        ],
        "details": {
            "totals": {
                **{name: str(value) for name, value in sums.items()},
                "grand_total": str(to_pay),
                "credit_to_balance": str(to_pay - sums["total"]),
                "balance": "0" if paid_at else str(to_pay),
            },
            "line_items": lines,
        },
        "payments": [
            {
                "payment_attempt_id": f"pay_{bill['id']}",
                "amount": str(to_pay),
                "status": "captured" if paid_at else "error",
                "created_at": at(bill["created"]),
                "captured_at": at(paid_at),
                "method_details": {"type": "card"},
            }
        ]
        if to_pay and not is_sent
        else [],
    }


def _paddle_discounts(account: Account) -> list[Json]:
    return [
        {
            "id": f"dsc_{coupon['id']}",
            "status": "active",
            "description": coupon["name"],
            "type": "percentage" if coupon["percent_off"] is not None else "flat",
            "amount": str(coupon["percent_off"] or coupon["amount_off"]),
            "currency_code": coupon["currency"] and coupon["currency"].upper(),
            "recur": coupon["duration"] != "once",
            "maximum_recurring_intervals": coupon["duration_in_months"],
            "restrict_to": [f"pro_{one}" for one in (coupon["applies_to"] or {})["products"]]
            if coupon["applies_to"]
            else None,
            "created_at": "2024-01-01T00:00:00Z",
        }
        for _, coupon in account.of("coupon")
    ]


def tell_paddle(account: Account, company: PaddleCompany, now: int) -> None:
    """Let Paddle's server show what was so at a moment."""
    company.now = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    company.events = [
        {
            "event_id": f"evt_{number:05}",
            "event_type": "subscription.updated",
            "occurred_at": at(moment),
            "data": _paddle_state(account, moment, body),
        }
        for number, (moment, body) in enumerate(account.subscription_versions(now))
    ]
    company.lists = {
        "/customers": [],
        "/products": [],
        "/prices": [paddle_price(account, one["id"]) for _, one in account.of("price")],
        "/discounts": _paddle_discounts(account),
        "/transactions": [_paddle_bill(account, *bill) for bill in account.bills(now)],
        "/adjustments": [],
    }


# -- Chargebee -----------------------------------------------------------------------------------

_CHARGEBEE_BILLS = {"paid": "paid", "open": "payment_due", "uncollectible": "not_paid"}
_CHARGEBEE_DURATIONS = {"once": "one_time", "forever": "forever", "repeating": "limited_period"}


def chargebee_minor(amount: Any, currency: str) -> int | None:
    """Hundredths, whatever a currency's own minor unit: but for those that have none."""
    if amount is None:
        return None
    exponent = EXPONENTS.get(currency, 2)
    return int(amount) if exponent != 3 else int(Decimal(str(amount)) / 10)


def chargebee_price(account: Account, id_: str, kind: str = "plan") -> Json:
    price = account.one("price", id_)
    recurring = price["recurring"]
    model = {"graduated": "tiered", "volume": "volume", None: "per_unit"}[price["tiers_mode"]]
    tiers, start = [], 1
    for tier in price["tiers"] or ():
        until = None if tier["up_to"] is None else int(tier["up_to"])
        tiers.append({"starting_unit": start, "ending_unit": until, "price": tier["unit_amount"]})
        start = (until or 0) + 1
    return {
        "id": id_,
        "item_id": price["product"],
        "item_type": kind if recurring else "charge",
        "pricing_model": model,
        "price": None if tiers else chargebee_minor(price["unit_amount"] or 0, price["currency"]),
        "currency_code": price["currency"].upper(),
        "period": recurring and recurring["interval_count"],
        "period_unit": recurring and recurring["interval"],
        "status": "active",
        **({"tiers": tiers} if tiers else {}),
        **({"metered": True, "usage_calculation": "sum_of_usages"} if account.is_metered(id_)
           else {}),
    }  # fmt: skip


def _chargebee_kinds(account: Account) -> dict[str, str]:
    """Price -> whether subscriptions hold it as their plan or beside it."""
    kinds: dict[str, str] = {}
    for _, body in account.subscription_versions(float("inf")):
        for place, item in enumerate(body["items"]):
            kinds.setdefault(item["price"], "addon" if place else "plan")
    return kinds


def _chargebee_status(account: Account, body: Json) -> tuple[str, int]:
    due = int(body["status"] == "past_due")
    if body["status"] == "canceled":
        return "cancelled", 0
    if body["status"] == "trialing":
        return "in_trial", 0
    if is_paused(body):
        return "paused", 0
    return ("non_renewing" if body["cancel_at_period_end"] else "active"), due


def _chargebee_state(account: Account, moment: int, body: Json, kinds: Mapping[str, str]) -> Json:
    status, due = _chargebee_status(account, body)
    items = account.licensed(body)
    coupons = []
    for given in body["discounts"] + [one for item in items for one in item["discounts"]]:
        coupon = account.one("coupon", given["coupon"])
        until = ends_of(given, coupon, body)
        if until is None or until > moment:
            coupons.append({"coupon_id": coupon["id"], "apply_till": until, "applied_count": 1})
    leaving = status in ("non_renewing", "cancelled")
    return {
        "id": body["id"],
        "customer_id": body["customer"],
        "currency_code": body["currency"].upper(),
        "status": status,
        "created_at": body["created"],
        "started_at": body["start_date"],
        "activated_at": body["trial_end"] or body["start_date"],
        "trial_start": body["trial_start"],
        "trial_end": body["trial_end"],
        "current_term_start": items[0]["current_period_start"],
        "current_term_end": items[0]["current_period_end"],
        "due_invoices_count": due,
        "due_since": moment if due else None,
        "auto_collection": "off" if body["collection_method"] == "send_invoice" else "on",
        "pause_date": account.paused_since(body, moment) if status == "paused" else None,
        "cancelled_at": (body["ended_at"] or items[0]["current_period_end"]) if leaving else None,
        "cancel_schedule_created_at": body["canceled_at"] if leaving else None,
        "coupons": coupons,
        "subscription_items": [
            {
                "item_price_id": item["price"],
                "item_type": kinds[item["price"]],
                "quantity": item["quantity"],
                "unit_price": chargebee_price(account, item["price"])["price"],
            }
            for item in items
        ],
        "resource_version": moment * 1000,
    }


def _chargebee_line(account: Account, bill: Json, line: Json, kinds: Mapping[str, str]) -> Json:
    price = account.one("price", line["price"])
    is_inside = price["tax_behavior"] == "inclusive"
    kind = kinds.get(line["price"], "plan") if price["recurring"] else "charge"
    quantity = line["quantity"] or 1
    amount = chargebee_minor(line["amount"], bill["currency"])
    return {
        "id": f"li_{line['id']}",
        "subscription_id": bill["subscription"],
        "date_from": line["period"]["start"],
        "date_to": line["period"]["end"],
        "entity_type": f"{kind}_item_price",
        "entity_id": line["price"],
        "quantity": quantity,
        "unit_amount": (amount or 0) // quantity,
        "amount": amount,
        "discount_amount": chargebee_minor(discount_of(line), bill["currency"]),
        "tax_amount": chargebee_minor(
            tax_of(line, bill["tax_percent"], is_inside), bill["currency"]
        ),
        "pricing_model": chargebee_price(account, line["price"])["pricing_model"],
        **({"metered": True} if account.is_metered(line["price"]) else {}),
        **({"proration_mode": "reset"} if line["proration"] else {}),
    }


def _chargebee_bill(account: Account, moment: int, bill: Json, kinds: Mapping[str, str]) -> Json:
    """Time that was not used is a credit at Chargebee, and never a line of a bill."""
    lines = [
        _chargebee_line(account, bill, line, kinds)
        for line in bill["lines"]
        if not (line["proration"] and line["amount"] < 0)
    ]
    discounts = [
        {
            "line_item_id": f"li_{line['id']}",
            "discount_type": "document_level_coupon",
            "coupon_id": account.one("discount", given["discount"])["coupon"],
            "discount_amount": chargebee_minor(given["amount"], bill["currency"]),
        }
        for line in bill["lines"]
        for given in line["discount_amounts"]
    ]
    is_inside = any(
        account.one("price", line["price"])["tax_behavior"] == "inclusive" for line in bill["lines"]
    )
    net = sum(line["amount"] - line["discount_amount"] for line in lines)
    tax = sum(line["tax_amount"] for line in lines)
    total = net if is_inside else net + tax
    paid_at = bill["status_transitions"].get("paid_at")
    return {
        "id": bill["id"],
        "subscription_id": bill["subscription"],
        "customer_id": bill["customer"],
        "status": _CHARGEBEE_BILLS[bill["status"]],
        "recurring": bill["billing_reason"] == "subscription_cycle",
        "first_invoice": bill["billing_reason"] == "subscription_create",
        "price_type": "tax_inclusive" if is_inside else "tax_exclusive",
        "currency_code": bill["currency"].upper(),
        "date": bill["created"],
        "updated_at": moment,
        "paid_at": paid_at,
        "sub_total": net,
        "tax": tax,
        "total": total,
        "amount_paid": total if paid_at else 0,
        "amount_due": 0 if paid_at else total,
        "line_items": lines,
        "line_item_discounts": discounts,
        "linked_payments": [],
    }


def _chargebee_coupons(account: Account) -> list[Json]:
    """A coupon of one item, or for some products only, says which those are."""
    items_of: dict[str, list[str]] = {}
    for _, body in account.subscription_versions(float("inf")):
        for item in body["items"]:
            for given in item["discounts"]:
                product = account.one("price", item["price"])["product"]
                items_of.setdefault(given["coupon"], []).append(product)
    found = []
    for _, coupon in account.of("coupon"):
        products = items_of.get(coupon["id"]) or (coupon["applies_to"] or {}).get("products")
        kind = "percentage" if coupon["percent_off"] is not None else "fixed_amount"
        limited = coupon["duration"] == "repeating"
        found.append(
            {
                "id": coupon["id"],
                "name": coupon["name"],
                "discount_type": kind,
                "discount_percentage": coupon["percent_off"],
                "discount_amount": coupon["amount_off"],
                "currency_code": coupon["currency"] and coupon["currency"].upper(),
                "duration_type": _CHARGEBEE_DURATIONS[coupon["duration"]],
                "period": coupon["duration_in_months"] if limited else None,
                "period_unit": "month" if limited else None,
                "apply_on": "each_specified_item" if products else "invoice_amount",
                "status": "active",
                **(
                    {
                        "item_constraints": [
                            {
                                "item_type": "plan",
                                "constraint": "specific",
                                "item_price_ids": [
                                    one["id"]
                                    for _, one in account.of("price")
                                    if one["product"] in products
                                ],
                            }
                        ]
                    }
                    if products
                    else {}
                ),
            }
        )
    return found


def tell_chargebee(account: Account, company: ChargebeeCompany, now: int) -> None:
    """Let Chargebee's server show what was so at a moment."""
    kinds = _chargebee_kinds(account)
    company.now = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    company.events = [
        {
            "id": f"ev_{number:05}",
            "event_type": "subscription_changed",
            "occurred_at": moment,
            "content": {
                "subscription": {
                    **_chargebee_state(account, moment, body, kinds),
                    "resource_version": moment * 1000 + number % 1000,
                },
                "customer": {"id": body["customer"]},
            },
        }
        for number, (moment, body) in enumerate(account.subscription_versions(now))
    ]
    company.lists = {
        "/ramps": [],
        "/customers": [],
        "/items": [
            {"id": one["id"], "name": one["name"], "type": "plan", "status": "active"}
            for _, one in account.of("product")
        ],
        "/item_prices": [
            chargebee_price(account, one["id"], kinds.get(one["id"], "plan"))
            for _, one in account.of("price")
        ],
        "/coupons": _chargebee_coupons(account),
        "/invoices": [_chargebee_bill(account, *bill, kinds) for bill in account.bills(now)],
        "/credit_notes": [],
        "/transactions": [],
    }


# -- Recurly -------------------------------------------------------------------------------------

_RECURLY_BILLS = {"paid": "paid", "open": "past_due", "uncollectible": "failed"}
#: Recurly knows days and months only.
_RECURLY_UNITS = {"day": ("days", 1), "week": ("days", 7), "month": ("months", 1),
                  "year": ("months", 12)}  # fmt: skip


def recurly_major(amount: Any, currency: str) -> float:
    """Recurly writes floating-point numbers of the major unit."""
    return float(Decimal(str(amount)) / 10 ** EXPONENTS.get(currency, 2))


def _recurly_plan(account: Account, id_: str) -> Json:
    return {"id": f"pl_{id_}", "code": id_, "name": id_}


def _recurly_state(account: Account, moment: int, body: Json) -> Json:
    plan, *beside = account.licensed(body)
    price = account.one("price", plan["price"])
    ended, leaving = body["status"] == "canceled", body["cancel_at_period_end"]
    state = "canceled" if leaving else "paused" if is_paused(body) else "active"
    if body["status"] in ("canceled", "incomplete_expired"):
        state = "expired" if ended else "failed"

    def unit_of(id_: str) -> float:
        own = account.one("price", id_)
        options = own["currency_options"].get(body["currency"]) or own
        return recurly_major(options["unit_amount"] or 0, body["currency"])

    coupons = [account.one("coupon", one["coupon"]) for one in body["discounts"]]
    redemptions = [
        {
            "id": given["id"],
            "coupon": {"id": coupon["id"], "code": coupon["id"]},
            "state": "active",
            "created_at": at(given["start"]),
        }
        for given, coupon in zip(body["discounts"], coupons, strict=True)
        if (given["end"] is None or given["end"] > moment)
    ]
    return {
        "seen": at(moment),
        "id": body["id"],
        "state": state,
        "account": {"id": body["customer"], "code": body["customer"]},
        "plan": _recurly_plan(account, plan["price"]),
        "currency": body["currency"].upper(),
        "unit_amount": unit_of(plan["price"]),
        "quantity": plan["quantity"],
        "tax_inclusive": price["tax_behavior"] == "inclusive",
        "add_ons": [
            {
                "id": f"sa_{item['id']}",
                "add_on": {
                    "id": item["price"],
                    "code": item["price"],
                    "name": item["price"],
                    "add_on_type": "fixed",
                },
                "quantity": item["quantity"],
                "unit_amount": unit_of(item["price"]),
                "tier_type": "flat",
                "tiers": [],
            }
            for item in beside
        ],
        "collection_method": "manual"
        if body["collection_method"] == "send_invoice"
        else "automatic",
        "created_at": at(body["created"]),
        "activated_at": at(body["start_date"]),
        "trial_started_at": at(body["trial_start"]),
        "trial_ends_at": at(body["trial_end"]),
        "current_period_started_at": at(plan["current_period_start"]),
        "current_period_ends_at": at(plan["current_period_end"]),
        "paused_at": at(account.paused_since(body, moment)) if state == "paused" else None,
        "canceled_at": at(body["canceled_at"]) if state in ("canceled", "expired") else None,
        "expires_at": at(body["ended_at"] or plan["current_period_end"])
        if state in ("canceled", "expired")
        else None,
        "coupon_redemptions": redemptions,
    }


def _recurly_line(
    account: Account, bill: Json, line: Json, plans: Mapping[str, str], sold: set[str]
) -> Json:
    currency, quantity = bill["currency"], line["quantity"] or 1
    price = account.one("price", line["price"])
    credited = line["amount"] < 0
    is_inside = price["tax_behavior"] == "inclusive"
    is_plan = line["price"] in sold
    plan = line["price"] if is_plan else plans.get(bill["subscription"] or "")
    amount = recurly_major(line["amount"], currency)
    discount = recurly_major(discount_of(line), currency)
    origin = "plan" if is_plan else "add_on" if price["recurring"] else "one_time"
    full = Fraction(str(price["unit_amount_decimal"] or 0)) * quantity
    return {
        "id": line["id"],
        "type": "credit" if credited else "charge",
        "origin": origin,
        "state": "invoiced",
        "subscription_id": bill["subscription"],
        "plan_id": plan and f"pl_{plan}",
        "plan_code": plan,
        "add_on_id": line["price"] if origin == "add_on" else None,
        "add_on_code": line["price"] if origin == "add_on" else None,
        "invoice_id": bill["id"],
        "currency": currency.upper(),
        "quantity": 1 if credited else quantity,
        "unit_amount": amount if credited else amount / quantity,
        "subtotal": amount,
        "discount": discount,
        "tax": recurly_major(tax_of(line, bill["tax_percent"], is_inside), currency),
        "tax_inclusive": is_inside,
        "amount": amount - discount,
        "proration_rate": float(Fraction(abs(int(line["amount"]))) / full)
        if line["proration"] and full
        else None,
        **({"usage_type": "price"} if account.is_metered(line["price"]) else {}),
        "start_date": at(line["period"]["start"]),
        "end_date": at(line["period"]["end"]),
        "created_at": at(bill["created"]),
        "updated_at": at(bill["created"]),
    }


def _recurly_bill(moment: int, bill: Json) -> Json:
    currency = bill["currency"]
    total = recurly_major(max(bill["total"], 0), currency)
    paid_at = bill["status_transitions"].get("paid_at")
    is_sent = bill["collection_method"] == "send_invoice"
    state = _RECURLY_BILLS[bill["status"]]
    return {
        "id": bill["id"],
        "type": "charge",
        "state": "pending" if is_sent and state == "past_due" else state,
        "number": bill["number"],
        "origin": "renewal" if bill["billing_reason"] == "subscription_cycle" else "purchase",
        "account": {"id": bill["customer"], "code": bill["customer"]},
        "subscription_ids": [bill["subscription"]] if bill["subscription"] else [],
        "collection_method": "manual" if is_sent else "automatic",
        "currency": currency.upper(),
        "subtotal": recurly_major(bill["subtotal"], currency),
        "tax": 0.0,
        "total": total,
        "paid": total if paid_at else 0.0,
        "balance": 0.0 if paid_at else total,
        "created_at": at(bill["created"]),
        "closed_at": at(paid_at),
        "updated_at": at(moment),
    }


def _recurly_coupon(coupon: Json) -> Json:
    durations = {"once": "single_use", "forever": "forever", "repeating": "temporal"}
    amounts = [
        {
            "currency": str(coupon["currency"]).upper(),
            "amount": recurly_major(coupon["amount_off"] or 0, str(coupon["currency"])),
        }
    ]
    return {
        "id": coupon["id"],
        "code": coupon["id"],
        "name": coupon["name"],
        "duration": durations[coupon["duration"]],
        "temporal_amount": coupon["duration_in_months"],
        "temporal_unit": "month" if coupon["duration"] == "repeating" else None,
        "state": "redeemable",
        "discount": {"type": "percent", "percent": coupon["percent_off"]}
        if coupon["percent_off"] is not None
        else {"type": "fixed", "currencies": amounts},
        "created_at": "2024-01-01T00:00:00Z",
    }


def tell_recurly(account: Account, company: RecurlyCompany, now: int) -> None:
    """Let Recurly's server show what was so at a moment."""
    company.now = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    versions = account.subscription_versions(now)
    every = account.subscription_versions(float("inf"))
    plans = {body["id"]: account.licensed(body)[0]["price"] for _, body in every}
    sold = {account.licensed(body)[0]["price"] for _, body in every}
    company.states = [_recurly_state(account, moment, body) for moment, body in versions]
    bills = account.bills(now)
    plan_rows = []
    for id_ in sorted(sold):
        recurring = account.one("price", id_)["recurring"]
        unit, each = _RECURLY_UNITS[recurring["interval"]]
        plan_rows.append(
            {
                **_recurly_plan(account, id_),
                "state": "active",
                "interval_unit": unit,
                "interval_length": each * recurring["interval_count"],
                "created_at": "2024-01-01T00:00:00Z",
            }
        )
    company.lists = {
        "/plans": plan_rows,
        "/coupons": [_recurly_coupon(coupon) for _, coupon in account.of("coupon")],
        "/accounts": [],
        "/invoices": [_recurly_bill(*bill) for bill in bills],
        "/line_items": [
            _recurly_line(account, bill, line, plans, sold)
            for _, bill in bills
            for line in bill["lines"]
        ],
        "/transactions": [],
    }


#: Vendor -> how it is told.
TELLERS: Mapping[str, Callable[[Account, Any, int], None]] = {
    "paddle": tell_paddle,
    "chargebee": tell_chargebee,
    "recurly": tell_recurly,
}


def play_account(folder: Path, cases: Sequence[Mapping[str, Any]], clock: str) -> Account:
    """The cases as the simulator plays them, all in one account."""
    path = folder / "account.sqlite"
    place_cases(path, cases, clock=clock)
    return Account(path)
