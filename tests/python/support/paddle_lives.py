"""Lives of subscriptions at Paddle, worked out by hand: every event and bill of half a year."""

from __future__ import annotations

from typing import Any

from support.json_server import Json
from support.paddle_server import PaddleCompany


def price(name: str, amount: str, currency: str = "USD", tax_mode: str = "internal") -> Json:
    return {
        "id": f"pri_{name}",
        "product_id": f"pro_{name}",
        "status": "active",
        "type": "standard",
        "name": name.title(),
        "tax_mode": tax_mode,
        "unit_price": {"amount": amount, "currency_code": currency},
        "billing_cycle": {"interval": "month", "frequency": 1},
        "created_at": "2024-12-01T00:00:00Z",
    }


BASIC, PRO = price("basic", "3600"), price("pro", "10800")


def line(
    number: str, of: Json, quantity: int, totals: tuple[int, int, int, int], **more: Any
) -> Json:
    """`totals`: subtotal, discount, tax, total."""
    names = ("subtotal", "discount", "tax", "total")
    return {
        "id": f"txnitm_{number}",
        "price_id": of["id"],
        "quantity": quantity,
        "tax_rate": "0.2",
        "proration": None,
        "totals": dict(zip(names, map(str, totals), strict=True)),
        "product": {"id": of["product_id"], "name": of["name"]},
        **more,
    }


def bill(
    number: str,
    day: str,
    until: str,
    origin: str,
    lines: list[Json],
    prices: list[Json],
    **more: Any,
) -> Json:
    """A completed transaction, paid as it is billed."""
    total = sum(int(one["totals"]["total"]) for one in lines)
    tax = sum(int(one["totals"]["tax"]) for one in lines)
    return {
        "id": f"txn_{number}",
        "status": "completed",
        "origin": origin,
        "subscription_id": "sub_1",
        "customer_id": "ctm_1",
        "currency_code": "USD",
        "collection_mode": "automatic",
        "created_at": f"{day}T00:00:00Z",
        "updated_at": f"{day}T00:00:10.123456Z",
        "billed_at": f"{day}T00:00:00Z",
        "billing_period": {"starts_at": f"{day}T00:00:00Z", "ends_at": f"{until}T00:00:00Z"},
        "items": [{"quantity": 2, "price": one} for one in prices],
        "details": {
            "totals": {
                "subtotal": str(sum(int(one["totals"]["subtotal"]) for one in lines)),
                "tax": str(tax),
                "total": str(total),
                "grand_total": str(total),
                "balance": "0",
                "fee": "100",
                "earnings": str(total - tax - 100),
            },
            "line_items": lines,
        },
        "payments": [
            {
                "payment_attempt_id": f"pay_{number}",
                "amount": str(total),
                "status": "captured",
                "created_at": f"{day}T00:00:01Z",
                "captured_at": f"{day}T00:00:02Z",
                "method_details": {"type": "card"},
            }
        ],
        **more,
    }


def others() -> tuple[list[Json], list[Json]]:
    """Events and bills of a price that Paddle converted, and of a discount for every seat."""
    dollars = price("abroad", "3000", tax_mode="external")
    seats = price("seats", "1000", tax_mode="external")
    lives = [
        ("2", "GBP", dollars, 1, None, (2439, 0, 488, 2927)),
        ("3", "USD", seats, 3, "dsc_seat", (3000, 600, 0, 2400)),
    ]
    events, bills = [], []
    for number, currency, of, quantity, discount, totals in lives:
        given = {"id": discount, "starts_at": "2025-01-02T00:00:00Z", "ends_at": None}
        state = {
            "id": f"sub_{number}",
            "status": "active",
            "customer_id": f"ctm_{number}",
            "currency_code": currency,
            "created_at": "2025-01-02T00:00:00Z",
            "started_at": "2025-01-02T00:00:00Z",
            "first_billed_at": "2025-01-02T00:00:00Z",
            "collection_mode": "automatic",
            "discount": given if discount else None,
            "items": [{"status": "active", "quantity": quantity, "recurring": True, "price": of}],
        }
        events.append(
            {
                "event_id": f"evt_0{number}_other",
                "event_type": "subscription.created",
                "occurred_at": "2025-01-02T00:00:00Z",
                "data": state,
            }
        )
        unit = str(totals[0] // quantity)
        lines = [line(f"of_{number}", of, quantity, totals, unit_totals={"subtotal": unit})]
        made = bill(
            f"of_{number}", "2025-01-02", "2025-02-02", "subscription_recurring", lines, [of]
        )
        made |= {
            "subscription_id": f"sub_{number}",
            "customer_id": f"ctm_{number}",
            "currency_code": currency,
            "payments": [],
            "discount_id": discount,
        }
        del made["details"]["totals"]["fee"]
        bills.append(made)
    return events, bills


DAYS = [f"2025-{month:02}-05" for month in range(1, 9)]
ABROAD, LOCAL, TRIED, COSTLY, TABLES, CHAIRS = (
    price("converted", "3000", tax_mode="external"),
    price("country", "3000", tax_mode="external"),
    price("tried", "3000", tax_mode="external"),
    price("europe", "3000", "EUR", tax_mode="external"),
    price("tables", "1000", tax_mode="external"),
    price("chairs", "500", tax_mode="external"),
)


def monthly() -> tuple[list[Json], list[Json]]:
    """Events and bills of customers with a period from the 5th of each month: a converted price and
    one for a country that change in April (4, 5); a month tried for 5.00 (6); ten dollars off in
    euros (7); one off each seat, of which some go in April (8)."""
    lives: list[tuple[str, str, str | None, list[tuple[Json, int, list[int], list[int]]]]] = [
        ("4", "GBP", None, [(ABROAD, 1, [2439] * 3 + [2500] * 4, [0] * 7)]),
        ("5", "USD", None, [(LOCAL, 1, [2800] * 3 + [2600] * 4, [0] * 7)]),
        ("6", "USD", None, [(TRIED, 1, [500] + [3000] * 6, [0] * 7)]),
        ("7", "EUR", "dsc_ten", [(COSTLY, 1, [3000] * 7, [900] * 7)]),
        ("8", "USD", "dsc_one", [(TABLES, 2, [2000] * 7, [200] * 7),
                                 (CHAIRS, 4, [2000] * 3, [400] * 3)]),
    ]  # fmt: skip
    events, bills = [], []
    for number, currency, discount, items in lives:
        given = {"id": discount, "starts_at": f"{DAYS[0]}T00:00:00Z", "ends_at": None}
        for month in range(7):
            day, until = DAYS[month], DAYS[month + 1]
            held = [one for one in items if month < len(one[2])]
            tried = {"starts_at": f"{DAYS[0]}T00:00:00Z", "ends_at": f"{DAYS[1]}T00:00:00Z"}
            is_trial = number == "6" and month == 0
            state = {
                "id": f"sub_{number}", "status": "trialing" if is_trial else "active",
                "customer_id": f"ctm_{number}", "currency_code": currency,
                "created_at": f"{DAYS[0]}T00:00:00Z", "started_at": f"{DAYS[0]}T00:00:00Z",
                "first_billed_at": f"{DAYS[0]}T00:00:00Z", "collection_mode": "automatic",
                "discount": given if discount else None,
                "current_billing_period": {"starts_at": f"{day}T00:00:00Z",
                                           "ends_at": f"{until}T00:00:00Z"},
                "items": [
                    {"status": "active", "quantity": quantity, "recurring": True, "price": of,
                     **({"trial_dates": tried} if number == "6" else {})}
                    for of, quantity, _, _ in held
                ],
            }  # fmt: skip
            events.append(
                {"event_id": f"evt_{month}{number}_monthly",
                 "event_type": "subscription.updated" if month else "subscription.created",
                 "occurred_at": f"{day}T00:00:00Z", "data": state}
            )  # fmt: skip
            lines = [
                line(f"{number}_{month}_{of['name']}", of, quantity,
                     (billed[month], off[month], 0, billed[month] - off[month]), tax_rate="0",
                     unit_totals={"subtotal": str(billed[month] // quantity)})
                for of, quantity, billed, off in held
            ]  # fmt: skip
            made = bill(f"{number}_{month}", day, until, "subscription_recurring", lines,
                        [of for of, *_ in held])  # fmt: skip
            made |= {"subscription_id": f"sub_{number}", "customer_id": f"ctm_{number}",
                     "currency_code": currency, "discount_id": discount}  # fmt: skip
            del made["details"]["totals"]["fee"]
            bills.append(made)
    return events, bills


def chargebacks() -> list[Json]:
    """Of the bills of customer 5: one lost, one that an adjustment gives back, one that turned."""
    return [
        {
            "id": f"adj_{name}", "action": action, "status": status, "type": "full",
            "transaction_id": f"txn_5_{month}", "subscription_id": "sub_5", "customer_id": "ctm_5",
            "reason": "fraud", "currency_code": "USD", "created_at": f"{day}T00:00:00Z",
            "updated_at": f"{moved}T00:00:00Z",
            "totals": {"subtotal": "2800", "tax": "0", "total": "2800"}, "items": [],
        }
        for name, action, status, month, day, moved in (
            ("lost", "chargeback", "approved", 0, "2025-02-01", "2025-02-01"),
            ("won", "chargeback", "approved", 1, "2025-03-01", "2025-03-01"),
            ("won_back", "chargeback_reverse", "approved", 1, "2025-03-20", "2025-03-20"),
            ("turned", "chargeback", "reversed", 2, "2025-04-01", "2025-04-15"),
        )
    ]  # fmt: skip


def tax_inside(everyone: bool = False) -> PaddleCompany:
    """Trial, two seats at 36 with a fifth off for three months, upgrade, past due, cancelled."""
    state: Json = {
        "id": "sub_1",
        "status": "trialing",
        "customer_id": "ctm_1",
        "currency_code": "USD",
        "created_at": "2025-01-10T00:00:00Z",
        "started_at": "2025-01-10T00:00:00Z",
        "first_billed_at": None,
        "canceled_at": None,
        "paused_at": None,
        "collection_mode": "automatic",
        "scheduled_change": None,
        "billing_cycle": {"interval": "month", "frequency": 1},
        "discount": {"id": "dsc_1", "starts_at": None, "ends_at": None},
        "items": [
            {
                "status": "trialing",
                "quantity": 2,
                "recurring": True,
                "trial_dates": {
                    "starts_at": "2025-01-10T00:00:00Z",
                    "ends_at": "2025-01-24T00:00:00Z",
                },
                "price": BASIC,
            }
        ],
    }
    events, other_bills = others()
    monthly_events, monthly_bills = monthly() if everyone else ([], [])

    def happened(at: str, kind: str, **changes: Any) -> None:
        state.update(changes)
        events.append(
            {
                "event_id": f"evt_{len(events) + 1:02}",
                "event_type": f"subscription.{kind}",
                "occurred_at": at,
                "data": dict(state),
            }
        )

    happened("2025-01-10T00:00:00Z", "created")
    happened(
        "2025-01-24T00:00:00Z",
        "activated",
        status="active",
        first_billed_at="2025-01-24T00:00:00Z",
        discount={
            "id": "dsc_1",
            "starts_at": "2025-01-24T00:00:00Z",
            "ends_at": "2025-04-24T00:00:00Z",
        },
        items=[{"status": "active", "quantity": 2, "recurring": True, "price": BASIC}],
    )
    happened(
        "2025-03-10T00:00:00Z",
        "updated",
        items=[{"status": "active", "quantity": 2, "recurring": True, "price": PRO}],
    )
    # the failed renewal: three events of one second, the last one wins
    happened("2025-05-24T00:00:02Z", "updated")
    happened("2025-05-24T00:00:02Z", "updated", status="past_due", discount=None)
    happened("2025-05-24T00:00:02Z", "past_due")
    happened("2025-06-02T10:00:00Z", "updated", status="active")
    ending = {"action": "cancel", "effective_at": "2025-07-24T00:00:00Z", "resume_at": None}
    happened("2025-07-01T00:00:00Z", "updated", scheduled_change=ending)
    happened(
        "2025-07-24T00:00:00Z",
        "canceled",
        status="canceled",
        canceled_at="2025-07-24T00:00:00Z",
        scheduled_change=None,
    )
    left = {
        "rate": "0.5",
        "billing_period": {"starts_at": "2025-03-10T00:00:00Z", "ends_at": "2025-03-24T00:00:00Z"},
    }
    months = [f"2025-{month:02}-24" for month in range(1, 8)]
    discounted = (6000, 1200, 960, 5760)
    bills = [
        bill(
            str(number), months[number - 1], months[number], "subscription_recurring",
            [line(str(number), BASIC, 2, discounted)], [BASIC], discount_id="dsc_1",
        )
        for number in (1, 2)
    ]  # fmt: skip
    upgrade = [
        line("3a", PRO, 2, (9000, 1800, 1440, 8640), proration=left),
        line("3b", BASIC, -2, (-3000, -600, -480, -2880), proration=left),
    ]
    bills.append(
        bill("3", "2025-03-10", "2025-03-24", "subscription_update", upgrade, [PRO, BASIC],
             discount_id="dsc_1")
    )  # fmt: skip
    bills.append(
        bill("4", months[2], months[3], "subscription_recurring",
             [line("4", PRO, 2, (18000, 3600, 2880, 17280))], [PRO], discount_id="dsc_1")
    )  # fmt: skip
    bills += [
        bill(str(number), months[number - 2], months[number - 1], "subscription_recurring",
             [line(str(number), PRO, 2, (18000, 0, 3600, 21600))], [PRO])
        for number in (5, 6, 7)
    ]  # fmt: skip
    # the renewal of May is paid in June, after one attempt that failed
    late = bills[5]
    late["payments"][0] |= {
        "created_at": "2025-06-02T09:59:58Z",
        "captured_at": "2025-06-02T10:00:00Z",
    }
    late["payments"].insert(
        0,
        {
            "payment_attempt_id": "pay_6_failed",
            "amount": "21600",
            "status": "error",
            "error_code": "declined",
            "created_at": "2025-05-24T00:00:01Z",
            "captured_at": None,
        },
    )
    late["updated_at"] = "2025-06-02T10:00:00Z"
    refund = {
        "id": "adj_1",
        "action": "refund",
        "status": "approved",
        "type": "partial",
        "transaction_id": "txn_7",
        "subscription_id": "sub_1",
        "customer_id": "ctm_1",
        "reason": "goodwill",
        "currency_code": "USD",
        "created_at": "2025-07-02T00:00:00Z",
        "updated_at": "2025-07-02T00:00:00Z",
        "totals": {"subtotal": "1000", "tax": "200", "total": "1200"},
        "items": [
            {
                "id": "adjitm_1",
                "item_id": "txnitm_7",
                "type": "partial",
                "amount": "1200",
                "totals": {"subtotal": "1000", "tax": "200", "total": "1200"},
            }
        ],
    }
    pending = {**refund, "id": "adj_2", "status": "pending_approval", "items": []}
    return PaddleCompany(
        events=sorted(events + monthly_events, key=lambda event: str(event["occurred_at"])),
        lists={
            "/customers": [
                {
                    "id": "ctm_3",
                    "name": "Mover BV",
                    "status": "active",
                    "created_at": "2025-01-02T00:00:00Z",
                },
                {
                    "id": "ctm_1",
                    "name": "Acme GmbH",
                    "email": "jo@acme.test",
                    "status": "archived",
                    "custom_data": {"app_customer_id": "acct_1"},
                    "created_at": "2025-01-09T00:00:00Z",
                    "updated_at": "2025-01-09T00:00:00Z",
                }
            ],
            "/products": [
                {"id": one["product_id"], "name": one["name"], "status": "active",
                 "custom_data": None, "created_at": "2024-12-01T00:00:00Z"}
                for one in (BASIC, PRO)
            ],
            "/prices": [BASIC, PRO, ABROAD, LOCAL, TRIED, COSTLY, TABLES, CHAIRS],
            "/discounts": [
                {"id": "dsc_1", "status": "archived", "description": "Welcome",
                 "type": "percentage", "amount": "20", "currency_code": None, "recur": True,
                 "maximum_recurring_intervals": 3, "created_at": "2024-12-01T00:00:00Z"},
                {"id": "dsc_seat", "status": "active", "description": "For every seat",
                 "type": "flat_per_seat", "amount": "200", "currency_code": "USD", "recur": True,
                 "maximum_recurring_intervals": None, "created_at": "2024-12-01T00:00:00Z"},
                *(
                    {"id": f"dsc_{name}", "status": "active", "description": name, "type": kind,
                     "amount": amount, "currency_code": "USD", "recur": True,
                     "maximum_recurring_intervals": None, "created_at": "2024-12-01T00:00:00Z"}
                    for name, kind, amount in (("ten", "flat", "1000"),
                                               ("one", "flat_per_seat", "100"))
                ),
            ],
            "/transactions": [*bills, *other_bills, *monthly_bills],
            "/adjustments": [refund, pending, *(chargebacks() if everyone else [])],
        },
    )  # fmt: skip
