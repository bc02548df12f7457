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


def tax_inside() -> PaddleCompany:
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
        events=events,
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
            "/prices": [BASIC, PRO],
            "/discounts": [
                {"id": "dsc_1", "status": "archived", "description": "Welcome",
                 "type": "percentage", "amount": "20", "currency_code": None, "recur": True,
                 "maximum_recurring_intervals": 3, "created_at": "2024-12-01T00:00:00Z"},
                {"id": "dsc_seat", "status": "active", "description": "For every seat",
                 "type": "flat_per_seat", "amount": "200", "currency_code": "USD", "recur": True,
                 "maximum_recurring_intervals": None, "created_at": "2024-12-01T00:00:00Z"},
            ],
            "/transactions": [*bills, *other_bills],
            "/adjustments": [refund, pending],
        },
    )  # fmt: skip
