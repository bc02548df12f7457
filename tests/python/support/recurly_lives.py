"""A life of a subscription at Recurly, worked out by hand: states as seen, and line items."""

from __future__ import annotations

from typing import Any

from support.json_server import Json
from support.recurly_server import RecurlyCompany

BASIC = {"id": "pb", "code": "basic", "name": "Basic"}
PRO = {"id": "pp", "code": "pro", "name": "Pro"}


def at(day: str) -> str:
    return f"{day}T00:00:00Z"


def line(
    number: str, plan: Json, unit: float, quantity: int, discount: float, day: str, until: str,
    **more: Any,
) -> Json:  # fmt: skip
    subtotal = unit * quantity
    return {
        "id": f"li{number}",
        "type": "charge",
        "origin": "plan",
        "state": "invoiced",
        "subscription_id": "rs1",
        "plan_id": plan["id"],
        "plan_code": plan["code"],
        "invoice_id": f"i{number}",
        "currency": "USD",
        "quantity": quantity,
        "unit_amount": unit,
        "subtotal": subtotal,
        "discount": discount,
        "tax": 0.0,
        "amount": subtotal - discount,
        "start_date": at(day),
        "end_date": at(until),
        "created_at": at(day),
        "updated_at": at(day),
        **more,
    }


STAIRS = {
    "id": "sa1", "add_on": {"id": "storage", "code": "storage", "name": "Storage",
                            "add_on_type": "fixed"},
    "quantity": 7, "unit_amount": None, "tier_type": "stairstep",
    "tiers": [{"ending_quantity": 5, "unit_amount": 20.0}, {"unit_amount": 35.0}],
}  # fmt: skip


def planned() -> list[Json]:
    """A change that waits for its renewal, with a stair that goes then; a price that ramps up."""
    common: Json = {
        "seen": at("2025-07-01"), "state": "active", "plan": BASIC, "currency": "USD",
        "tax_inclusive": False, "collection_method": "automatic", "coupon_redemptions": [],
        "created_at": at("2025-07-01"), "activated_at": at("2025-07-01"),
        "current_period_ends_at": at("2025-08-10"),
    }  # fmt: skip
    return [
        {
            **common, "id": "rs2", "account": {"id": "a2", "code": "c2"}, "unit_amount": 30.0,
            "quantity": 2, "add_ons": [STAIRS],
            "pending_change": {
                "id": "ch1", "activated": False, "activate_at": at("2025-08-10"), "plan": PRO,
                "quantity": 1, "unit_amount": 90.0,
                "add_ons": [{**STAIRS, "quantity": 3}],
            },
        },
        {
            **common, "id": "rs3", "account": {"id": "a3", "code": "c3"}, "unit_amount": 10.0,
            "quantity": 1, "add_ons": [],
            "ramp_intervals": [
                {"starting_billing_cycle": 1, "starting_on": at("2025-07-01"),
                 "ending_on": at("2025-10-01"), "unit_amount": 10.0},
                {"starting_billing_cycle": 4, "starting_on": at("2025-10-01"),
                 "ending_on": None, "unit_amount": 15.0},
            ],
        },
    ]  # fmt: skip


MONTHLY = [f"2025-{month:02}-05" for month in range(1, 9)]
FAMILY = {"id": "pf", "code": "family", "name": "Family"}
SEATS = {
    "id": "sa4", "add_on": {"id": "seats", "code": "seats", "name": "Seats",
                            "add_on_type": "fixed"},
    "quantity": 15, "unit_amount": None, "tier_type": "tiered",
    "tiers": [{"ending_quantity": 10, "unit_amount": 10.0}, {"unit_amount": 8.0}],
}  # fmt: skip
HELP = {
    "id": "sa5", "add_on": {"id": "help", "code": "help", "name": "Help", "add_on_type": "fixed"},
    "quantity": 1, "unit_amount": 10.0, "tier_type": "flat", "tiers": [],
}  # fmt: skip
COUPONS: list[Json] = [
    {"id": "fifth", "code": "fifth", "duration": "forever", "state": "redeemable",
     "discount": {"type": "percent", "percent": 20}, "created_at": at("2024-12-01")},
    {"id": "ten", "code": "ten", "duration": "forever", "state": "redeemable",
     "discount": {"type": "fixed", "currencies": [{"currency": "USD", "amount": 10.0}]},
     "created_at": at("2024-12-01")},
    {"id": "half", "code": "half", "duration": "temporal", "temporal_unit": "billing_period",
     "temporal_amount": 3, "state": "redeemable", "applies_to_all_plans": False,
     "plans": [{"id": "pf", "code": "family"}],
     "discount": {"type": "percent", "percent": 50}, "created_at": at("2024-12-01")},
]  # fmt: skip


def several_discounts() -> tuple[list[Json], list[Json]]:
    """States and lines of four customers: two coupons on one plan of 100.00; a coupon for the plan
    of 20.00 with an add-on at 10.00, for three bills; an add-on in tiers that is
    billed in two lines; a pause of April that is planned in March."""
    states: list[Json] = [
        {
            "seen": at("2025-01-05"), "id": f"rs{number}", "state": "active",
            "account": {"id": f"a{number}", "code": f"c{number}"}, "plan": FAMILY,
            "currency": "USD", "unit_amount": unit, "quantity": 1, "tax_inclusive": False,
            "add_ons": add_ons, "collection_method": "automatic",
            "created_at": at("2025-01-05"), "activated_at": at("2025-01-05"),
            "coupon_redemptions": [
                {"id": f"cr_{coupon}_{number}", "coupon": {"id": coupon, "code": coupon},
                 "state": "active", "created_at": at("2025-01-05")}
                for coupon in coupons
            ],
        }
        for number, unit, add_ons, coupons in (
            ("4", 100.0, [], ("fifth", "ten")),
            ("5", 20.0, [HELP], ("half",)),
            ("6", 20.0, [SEATS], ()),
            ("7", 30.0, [], ()),
        )
    ]  # fmt: skip
    states += [
        {"seen": at("2025-04-05"), "id": "rs5", "coupon_redemptions": []},
        {"seen": at("2025-03-06"), "id": "rs7", "paused_at": at("2025-04-05"),
         "remaining_pause_cycles": 1, "resume_at": at("2025-05-05")},
        {"seen": at("2025-05-05"), "id": "rs7", "paused_at": None,
         "remaining_pause_cycles": None, "resume_at": None},
    ]  # fmt: skip
    lines = []
    for month in range(7):
        days = MONTHLY[month], MONTHLY[month + 1]
        for number, key, plan_or_add_on, unit, quantity, discount in (
            ("4", "plan", "plan", 100.0, 1, 30.0),
            ("5", "plan", "plan", 20.0, 1, 10.0 if month < 3 else 0.0),
            ("5", "help", "add_on", 10.0, 1, 5.0 if month < 3 else 0.0),
            ("6", "plan", "plan", 20.0, 1, 0.0),
            ("6", "tier1", "add_on", 10.0, 10, 0.0),
            ("6", "tier2", "add_on", 8.0, 5, 0.0),
            ("7", "plan", "plan", 30.0, 1, 0.0),
        ):
            if number == "7" and month == 3:
                continue  # paused
            code = {"5": "help", "6": "seats"}.get(number)
            add_on = (
                {"origin": "add_on", "plan_id": None, "add_on_id": code, "add_on_code": code}
                if plan_or_add_on == "add_on"
                else {}
            )
            lines.append(
                line(
                    f"_{number}_{month}_{key}", FAMILY, unit, quantity, discount, *days,
                    subscription_id=f"rs{number}", invoice_id=f"i{number}_{month}", **add_on,
                )
            )  # fmt: skip
    return states, lines


def life(everyone: bool = False) -> RecurlyCompany:
    """Trial, a fifth off for three months, upgrade, pause, end: seen now and then, no events."""
    states: list[Json] = [
        {
            "seen": at("2025-01-10"), "id": "rs1", "state": "active",
            "account": {"id": "a1", "code": "c1"}, "plan": BASIC, "currency": "USD",
            "unit_amount": 30.0, "quantity": 2, "tax_inclusive": False, "add_ons": [],
            "collection_method": "automatic",
            "created_at": at("2025-01-10"), "activated_at": at("2025-01-10"),
            "trial_started_at": at("2025-01-10"), "trial_ends_at": at("2025-01-24"),
            "coupon_redemptions": [
                {"id": "cr1", "coupon": {"id": "cw", "code": "W20"}, "state": "active",
                 "created_at": at("2025-01-10")}
            ],
        },
        {"seen": at("2025-03-10"), "id": "rs1", "plan": PRO, "unit_amount": 90.0,
         "current_period_ends_at": at("2025-03-24")},
        {"seen": at("2025-05-24"), "id": "rs1", "state": "paused", "paused_at": at("2025-05-24"),
         "remaining_pause_cycles": 1, "resume_at": at("2025-06-24"), "coupon_redemptions": []},
        {"seen": at("2025-06-24"), "id": "rs1", "state": "active", "paused_at": None,
         "remaining_pause_cycles": None, "resume_at": None},
        {"seen": at("2025-06-28"), "id": "rs1", "state": "canceled",
         "canceled_at": at("2025-06-28"), "expires_at": at("2025-07-24")},
        {"seen": at("2025-07-24"), "id": "rs1", "state": "expired",
         "expiration_reason": "canceled"},
    ]  # fmt: skip
    further_states, further_lines = several_discounts() if everyone else ([], [])
    states = sorted(states + planned() + further_states, key=lambda state: str(state["seen"]))
    left = {"proration_rate": 0.5}
    lines = [
        line("1", BASIC, 30.0, 2, 12.0, "2025-01-24", "2025-02-24"),
        line("2", BASIC, 30.0, 2, 12.0, "2025-02-24", "2025-03-24"),
        line("3", BASIC, -24.0, 1, 0.0, "2025-03-10", "2025-03-24", type="credit", **left),
        line("4", PRO, 45.0, 2, 18.0, "2025-03-10", "2025-03-24", invoice_id="i3", **left),
        line("5", PRO, 90.0, 2, 36.0, "2025-03-24", "2025-04-24"),
        line("6", PRO, 90.0, 2, 0.0, "2025-04-24", "2025-05-24"),
        line("7", PRO, 90.0, 2, 0.0, "2025-06-24", "2025-07-24"),
    ]
    lines += further_lines
    invoices = []
    for number in dict.fromkeys(one["invoice_id"][1:] for one in lines if one["invoice_id"]):
        own = [one for one in lines if one["invoice_id"] == f"i{number}"]
        total = sum(one["amount"] for one in own)
        subscription = own[0]["subscription_id"]
        invoices.append(
            {
                "id": f"i{number}", "type": "charge", "state": "paid", "number": f"10{number}",
                "origin": "immediate_change" if number == "3" else "renewal",
                "account": {"id": subscription.replace("rs", "a"), "code": "c"},
                "subscription_ids": [subscription],
                "collection_method": "automatic", "currency": "USD", "subtotal": total,
                "tax": 0.0, "total": total, "paid": total, "balance": 0.0,
                "created_at": own[0]["created_at"], "closed_at": own[0]["created_at"],
                "updated_at": own[0]["created_at"],
            }
        )  # fmt: skip
    transactions = [
        {
            "id": f"t{one['id']}", "type": "purchase", "status": "success",
            "account": {"id": one["account"]["id"]}, "invoice": {"id": one["id"]},
            "currency": "USD", "amount": one["total"], "collected_at": one["created_at"],
            "created_at": one["created_at"], "updated_at": one["created_at"],
        }
        for one in invoices
    ]  # fmt: skip
    transactions.append({**transactions[0], "id": "t_declined", "status": "declined"})
    # the bank took the first payment back in April
    transactions[0] |= {"status": "chargeback", "updated_at": at("2025-04-02")}
    return RecurlyCompany(
        states=states,
        lists={
            "/plans": [
                {**plan, "state": "active", "interval_unit": "months", "interval_length": 1,
                 "created_at": at("2024-12-01")}
                for plan in (BASIC, PRO, *([FAMILY] if everyone else []))
            ],
            "/coupons": [
                {"id": "cw", "code": "W20", "name": "Welcome", "duration": "temporal",
                 "temporal_amount": 3, "temporal_unit": "month", "state": "redeemable",
                 "discount": {"type": "percent", "percent": 20}, "created_at": at("2024-12-01")},
                *(COUPONS if everyone else []),
            ],
            "/accounts": [
                {"id": "a1", "code": "c1", "company": "Acme Inc", "email": "jo@acme.test",
                 "state": "active", "hosted_login_token": "secret-of-the-customer",
                 "created_at": at("2025-01-09"), "updated_at": at("2025-01-09")}
            ],
            "/invoices": invoices,
            "/line_items": lines,
            "/transactions": transactions,
        },
    )  # fmt: skip
