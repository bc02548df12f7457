"""Lives of subscriptions at Chargebee, worked out by hand: events, bills, payments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.chargebee_server import ChargebeeCompany, seconds
from support.json_server import Json


def item_price(item: str, cents: int | None, currency: str = "USD", **more: Any) -> Json:
    return {
        "id": f"{item}-{currency}-M",
        "item_id": item,
        "item_type": "plan",
        "pricing_model": "per_unit",
        "price": cents,
        "currency_code": currency,
        "period": 1,
        "period_unit": "month",
        "status": "active",
        **more,
    }


def held(price: Json, quantity: int | None, **more: Any) -> Json:
    """An item of a subscription at its list price."""
    return {
        "item_price_id": price["id"],
        "item_type": price["item_type"],
        "quantity": quantity,
        "unit_price": price["price"],
        "amount": (price["price"] or 0) * (quantity or 1),
        **more,
    }


BASIC, PRO, DINAR = (
    item_price("basic", 3000),
    item_price("pro", 9000),
    item_price("basic", 3000, "KWD"),
)
FREE = item_price("seats", 1000, free_quantity=2)
STAIRS = item_price(
    "storage",
    None,
    item_type="addon",
    pricing_model="stairstep",
    tiers=[
        {"starting_unit": 1, "ending_unit": 5, "price": 2000},
        {"starting_unit": 6, "price": 3500},
    ],
)
HOURS = item_price("hours", 800, item_type="addon")
YEARLY = item_price(
    "support", 12000, item_type="addon", pricing_model="flat_fee", period_unit="year"
)
SETUP = item_price(
    "setup", 5000, item_type="charge", pricing_model="flat_fee", period=None, period_unit=None
)

ANNUAL = item_price("annual", 120000, period_unit="year")
PHONE = item_price("phone", 1000, item_type="addon")


def line(
    number: str, price: Json, cents: int, discount: int, day: str, until: str, **more: Any
) -> Json:
    return {
        "id": f"li_{number}",
        "subscription_id": "cb1",
        "date_from": seconds(day),
        "date_to": seconds(until),
        "entity_type": f"{price['item_type']}_item_price",
        "entity_id": price["id"],
        "quantity": 2,
        "unit_amount": cents // 2,
        "amount": cents,
        "discount_amount": discount,
        "pricing_model": price["pricing_model"],
        **more,
    }


def invoice(number: str, day: str, lines: list[Json], **more: Any) -> Json:
    total = sum(one["amount"] - one["discount_amount"] for one in lines)
    discounts = [
        {
            "line_item_id": one["id"],
            "discount_type": "document_level_coupon",
            "coupon_id": "W20",
            "discount_amount": one["discount_amount"],
        }
        for one in lines
        if one["discount_amount"]
    ]
    return {
        "id": number,
        "subscription_id": "cb1",
        "customer_id": "c1",
        "status": "paid",
        "recurring": True,
        "price_type": "tax_exclusive",
        "currency_code": "USD",
        "date": seconds(day),
        "updated_at": seconds(day),
        "paid_at": seconds(day),
        "sub_total": total,
        "total": total,
        "amount_paid": total,
        "line_items": lines,
        "line_item_discounts": discounts,
        "linked_payments": [
            {
                "txn_id": f"t{number}",
                "txn_status": "success",
                "applied_amount": total,
                "applied_at": seconds(day),
                "txn_date": seconds(day),
            }
        ],
        **more,
    }


#: Twice as many seats in September, then another plan at a price of its own and a tenth off.
RAMPS = [
    {
        "id": "ramp_1",
        "subscription_id": "cb5",
        "status": "scheduled",
        "effective_from": seconds("2025-09-01"),
        "created_at": seconds("2025-07-01"),
        "items_to_update": [{"item_price_id": BASIC["id"], "item_type": "plan", "quantity": 4}],
    },
    {
        "id": "ramp_2",
        "subscription_id": "cb5",
        "status": "scheduled",
        "effective_from": seconds("2025-10-15"),
        "created_at": seconds("2025-07-01"),
        "items_to_add": [
            {"item_price_id": PRO["id"], "item_type": "plan", "quantity": 3, "unit_price": 8000}
        ],
        "items_to_remove": [STAIRS["id"]],
        "coupons_to_add": [{"coupon_id": "TEN"}],
    },
]
_TEN_DOLLARS = {
    "id": "d_1",
    "type": "fixed_amount",
    "amount": 1000,
    "currency_code": "USD",
    "duration_type": "forever",
    "apply_on": "invoice_amount",
    "created_at": seconds("2025-07-01"),
}


def _plan(happened: Callable[..., None], common: Json) -> None:
    """Two subscriptions that are going to change: by ramps, and with their renewal."""
    started = {
        **common,
        "currency_code": "USD",
        **dict.fromkeys(("created_at", "started_at", "activated_at"), seconds("2025-07-01")),
    }
    happened(
        "2025-07-01",
        "created",
        "cb5",
        **started,
        customer_id="c5",
        mrr=7600,
        subscription_items=[held(BASIC, 2), held(STAIRS, 7, amount=3500)],
        coupons=[{"coupon_id": "W20", "apply_till": seconds("2025-10-01")}],
    )
    happened(
        "2025-07-01",
        "created",
        "cb6",
        **started,
        customer_id="c6",
        mrr=8000,
        subscription_items=[held(PRO, 1)],
        discounts=[_TEN_DOLLARS],
        has_scheduled_changes=True,
        changes_scheduled_at=seconds("2025-08-05"),
    )


MONTHLY = [f"2025-{month:02}-05" for month in range(1, 9)]


def _bill_monthly(happened: Callable[..., None], common: Json) -> list[Json]:
    """Two subscriptions of a customer on one bill that is sent and never paid; three seats of which
    a coupon gives one away; an add-on by the month beside a yearly plan, both billed for a year
    with ten dollars of promotional credits."""
    started = {
        **common,
        "currency_code": "USD",
        **dict.fromkeys(("created_at", "started_at", "activated_at"), seconds(MONTHLY[0])),
    }
    lives: list[tuple[str, str, int, list[Json], Json]] = [
        ("cb10", "c10", 3000, [held(BASIC, 1)], {"auto_collection": "off"}),
        ("cb11", "c10", 3000, [held(BASIC, 1)], {"auto_collection": "off"}),
        ("cb12", "c12", 6000, [held(BASIC, 3)], {"coupons": [{"coupon_id": "ONE_FREE"}]}),
        ("cb13", "c13", 11000, [held(ANNUAL, 1), held(PHONE, 1)], {}),
    ]
    for name, customer, mrr, items, more in lives:
        happened(
            MONTHLY[0], "created", name, **started, customer_id=customer, mrr=mrr,
            subscription_items=items, **more,
        )  # fmt: skip
    bills = []
    for month in range(7):
        days = MONTHLY[month], MONTHLY[month + 1]
        sent = [
            line(f"{name}_{month}", BASIC, 3000, 0, *days, subscription_id=name, quantity=1,
                 unit_amount=3000)
            for name in ("cb10", "cb11")
        ]  # fmt: skip
        bills.append(
            invoice(f"c10_{month}", days[0], sent, subscription_id=None, customer_id="c10",
                    status="payment_due", amount_paid=0, amount_due=6000, paid_at=None,
                    linked_payments=[])
        )  # fmt: skip
        seats = line(f"cb12_{month}", BASIC, 9000, 3000, *days, subscription_id="cb12",
                     quantity=3, unit_amount=3000)  # fmt: skip
        bills.append(
            invoice(f"c12_{month}", days[0], [seats], subscription_id="cb12", customer_id="c12",
                    linked_payments=[])
        )  # fmt: skip
        bills[-1]["line_item_discounts"][0]["coupon_id"] = "ONE_FREE"
    year = MONTHLY[0], "2026-01-05"
    lines = [
        line("cb13_plan", ANNUAL, 120000, 1000, *year, subscription_id="cb13", quantity=1,
             unit_amount=120000),
        line("cb13_phone", PHONE, 12000, 0, *year, subscription_id="cb13", quantity=1,
             unit_amount=12000),
    ]  # fmt: skip
    bills.append(
        invoice("c13_0", MONTHLY[0], lines, subscription_id="cb13", customer_id="c13",
                linked_payments=[])
    )  # fmt: skip
    bills[-1]["line_item_discounts"][0] |= {
        "discount_type": "promotional_credits", "coupon_id": None
    }  # fmt: skip
    return bills


def life(everyone: bool = False) -> ChargebeeCompany:
    """Trial, a fifth off, upgrade, pause, resume, end; a twin in dinars; items of every pricing."""
    events: list[Json] = []
    states: dict[str, Json] = {}

    def happened(day: str, kind: str, subscription: str, **changes: Any) -> None:
        state = states.setdefault(subscription, {"id": subscription, "customer_id": "c1"})
        state.update(changes)
        events.append(
            {
                "id": f"ev_{len(events) + 1}",
                "event_type": f"subscription_{kind}",
                "occurred_at": seconds(day),
                "content": {
                    "subscription": {**state, "resource_version": 1000 * len(events)},
                    "customer": {"id": "c1"},
                },
            }
        )

    other = {
        "status": "active",
        "currency_code": "KWD",
        "created_at": seconds("2025-01-02"),
        "started_at": seconds("2025-01-02"),
        "activated_at": seconds("2025-01-02"),
        "due_invoices_count": 0,
    }
    happened(
        "2025-01-02",
        "created",
        "cb2",
        **other,
        customer_id="c2",
        mrr=3000,
        subscription_items=[held(DINAR, 1)],
    )
    happened(
        "2025-01-02",
        "created",
        "cb3",
        **{**other, "currency_code": "USD"},
        customer_id="c3",
        mrr=8700,
        subscription_items=[
            held(FREE, 5, free_quantity=2, amount=3000),
            held(STAIRS, 7, amount=3500),
            held(HOURS, None, quantity_in_decimal="1.5", amount=1200),
            held(YEARLY, None),
            held(SETUP, 1),
        ],
    )
    happened(
        "2025-01-10",
        "created",
        "cb1",
        currency_code="USD",
        status="in_trial",
        created_at=seconds("2025-01-10"),
        started_at=seconds("2025-01-10"),
        trial_start=seconds("2025-01-10"),
        trial_end=seconds("2025-01-24"),
        subscription_items=[held(BASIC, 2)],
        coupons=[{"coupon_id": "W20", "applied_count": 0}],
        mrr=0,
    )
    _plan(happened, other)
    monthly_bills = _bill_monthly(happened, other) if everyone else []
    until = seconds("2025-04-24")
    happened(
        "2025-01-24",
        "activated",
        "cb1",
        status="active",
        activated_at=seconds("2025-01-24"),
        current_term_start=seconds("2025-01-24"),
        current_term_end=seconds("2025-02-24"),
        due_invoices_count=0,
        mrr=4800,
        coupons=[{"coupon_id": "W20", "apply_till": until, "applied_count": 1}],
    )
    happened("2025-03-10", "changed", "cb1", subscription_items=[held(PRO, 2)], mrr=14400)
    happened("2025-04-24", "renewed", "cb1", coupons=[], mrr=18000)
    happened(
        "2025-05-24",
        "paused",
        "cb1",
        status="paused",
        pause_date=seconds("2025-05-24"),
        resume_date=seconds("2025-06-24"),
        mrr=0,
    )
    happened(
        "2025-06-24",
        "resumed",
        "cb1",
        status="active",
        pause_date=None,
        resume_date=None,
        mrr=18000,
    )
    happened(
        "2025-07-01",
        "cancellation_scheduled",
        "cb1",
        status="non_renewing",
        cancelled_at=seconds("2025-07-24"),
        cancel_schedule_created_at=seconds("2025-07-01"),
    )
    happened("2025-07-24", "cancelled", "cb1", status="cancelled", mrr=0)

    invoices = [
        invoice(
            "1",
            "2025-01-24",
            [line("1", BASIC, 6000, 1200, "2025-01-24", "2025-02-24")],
            first_invoice=True,
        ),
        invoice("2", "2025-02-24", [line("2", BASIC, 6000, 1200, "2025-02-24", "2025-03-24")]),
        invoice(
            "3",
            "2025-03-10",
            [line("3", PRO, 9000, 1800, "2025-03-10", "2025-03-24", proration_mode="reset")],
            credits_applied=2400,
            amount_paid=4800,
        ),
        invoice("4", "2025-03-24", [line("4", PRO, 18000, 3600, "2025-03-24", "2025-04-24")]),
        invoice("5", "2025-04-24", [line("5", PRO, 18000, 0, "2025-04-24", "2025-05-24")]),
        invoice(
            "6",
            "2025-06-24",
            [
                line("6", PRO, 18000, 0, "2025-06-24", "2025-07-24"),
                line("6b", SETUP, 5000, 0, "2025-06-24", "2025-07-24"),
            ],
        ),
    ]
    # the first attempt failed: it stands in the list with the whole amount
    invoices[0]["linked_payments"].insert(
        0,
        {
            "txn_id": "t0",
            "txn_status": "failure",
            "applied_amount": 4800,
            "txn_date": seconds("2025-01-24"),
        },
    )
    payments = [
        {
            "id": payment["txn_id"],
            "type": "payment",
            "status": payment["txn_status"],
            "customer_id": "c1",
            "currency_code": "USD",
            "amount": payment["applied_amount"] if one["id"] != "3" else 4800,
            "date": one["date"],
            "updated_at": one["date"],
            "linked_invoices": [
                {"invoice_id": one["id"], "applied_amount": payment["applied_amount"]}
            ],
        }
        for one in invoices
        for payment in one["linked_payments"]
    ]
    never_paid = invoice(
        "7",
        "2025-02-02",
        [line("7", BASIC, 3000, 0, "2025-02-02", "2025-03-02", subscription_id="cb9", quantity=1)],
        subscription_id="cb9",
        customer_id="c9",
        status="paid",
        amount_paid=0,
        write_off_amount=3000,
        linked_payments=[],
    )
    write_off = {
        "id": "CN9",
        "type": "adjustment",
        "reason_code": "write_off",
        "status": "adjusted",
        "customer_id": "c9",
        "reference_invoice_id": "7",
        "currency_code": "USD",
        "total": 3000,
        "sub_total": 3000,
        "date": seconds("2025-04-02"),
        "updated_at": seconds("2025-04-02"),
        "line_items": [line("cn9", BASIC, 3000, 0, "2025-02-02", "2025-03-02")],
    }
    credit = {
        "id": "CN1",
        "type": "adjustment",
        "reason_code": "subscription_change",
        "status": "adjusted",
        "customer_id": "c1",
        "subscription_id": "cb1",
        "reference_invoice_id": "2",
        "currency_code": "USD",
        "total": 2400,
        "sub_total": 2400,
        "date": seconds("2025-03-10"),
        "updated_at": seconds("2025-03-10"),
        "line_items": [
            line("cn1", BASIC, 3000, 600, "2025-03-10", "2025-03-24", reference_line_item_id="li_2")
        ],
    }
    return ChargebeeCompany(
        events=sorted(events, key=lambda event: int(event["occurred_at"])),
        to_come={"cb6": {"subscription_items": [held(BASIC, 5)]}},
        lists={
            "/ramps": list(RAMPS),
            "/items": [
                {"id": name, "name": name.title(), "type": "plan", "status": "active"}
                for name in (
                    "basic",
                    "pro",
                    "seats",
                    "storage",
                    "hours",
                    "support",
                    "setup",
                    "annual",
                    "phone",
                )
            ],
            "/item_prices": [
                BASIC,
                PRO,
                DINAR,
                FREE,
                STAIRS,
                HOURS,
                YEARLY,
                SETUP,
                *([ANNUAL, PHONE] if everyone else []),
            ],
            "/coupons": [
                {
                    "id": "W20",
                    "name": "Welcome",
                    "discount_type": "percentage",
                    "discount_percentage": 20.0,
                    "duration_type": "limited_period",
                    "period": 3,
                    "period_unit": "month",
                    "apply_on": "invoice_amount",
                    "status": "active",
                },
                {
                    "id": "ONE_FREE",
                    "name": "One of three",
                    "discount_type": "offer_quantity",
                    "discount_quantity": 1,
                    "duration_type": "forever",
                    "apply_on": "invoice_amount",
                    "status": "active",
                },
                {
                    "id": "TEN",
                    "name": "Loyal",
                    "discount_type": "percentage",
                    "discount_percentage": 10.0,
                    "duration_type": "forever",
                    "apply_on": "invoice_amount",
                    "status": "active",
                },
            ],
            "/customers": [
                {
                    "id": "c1",
                    "company": "Acme Inc",
                    "created_at": seconds("2025-01-09"),
                    "meta_data": {"app_customer_id": "acct_1"},
                },
                {
                    "id": "c2",
                    "first_name": "Dina",
                    "last_name": "R",
                    "created_at": seconds("2025-01-01"),
                },
                {"id": "c4", "deleted": True, "created_at": seconds("2025-01-01")},
            ],
            "/invoices": [*invoices, never_paid, *monthly_bills],
            "/credit_notes": [credit, write_off],
            "/transactions": payments,
        },
    )


# -- the older catalogue -------------------------------------------------------------------------


def as_older_catalogue(company: ChargebeeCompany) -> ChargebeeCompany:
    """The same company at a site of catalogue 1.0: plans with addons, no items, no ramps."""
    company.lists.pop("/ramps")
    prices = company.lists.pop("/item_prices")
    company.lists.pop("/items")
    company.lists["/plans"] = [_sold(one) for one in prices if one["item_type"] == "plan"]
    company.lists["/addons"] = [
        {**_sold(one), "charge_type": "non_recurring" if one["item_type"] == "charge" else
         "recurring"}
        for one in prices if one["item_type"] != "plan"
    ]  # fmt: skip
    for one in company.lists["/addons"]:
        model = one.pop("pricing_model")
        one["type"] = {"flat_fee": "on_off", "per_unit": "quantity"}.get(model, model)
    for event in company.events:
        subscription = event["content"]["subscription"]
        items = subscription.pop("subscription_items", None)
        if items:
            subscription |= _plan_and_addons(items)
    for bill in [*company.lists["/invoices"], *company.lists["/credit_notes"]]:
        for one in bill["line_items"]:
            kind = one["entity_type"].removesuffix("_item_price")
            one["entity_type"] = "addon" if kind == "charge" else kind
    company.to_come = {
        name: _plan_and_addons(changed["subscription_items"])
        for name, changed in company.to_come.items()
    }
    return company


def _sold(price: Json) -> Json:
    left_out = ("item_id", "item_type")
    return {name: value for name, value in price.items() if name not in left_out}


def _plan_and_addons(items: list[Json]) -> Json:
    [plan] = [one for one in items if one["item_type"] == "plan"]
    parts = {
        f"plan_{name}": value
        for name, value in plan.items()
        if name not in ("item_price_id", "item_type")
    }
    addons = [
        {
            "id": one["item_price_id"],
            **{name: value for name, value in one.items() if not name.startswith("item_")},
        }
        for one in items
        if one["item_type"] == "addon"
    ]
    return {"plan_id": plan["item_price_id"], **parts, "addons": addons}
