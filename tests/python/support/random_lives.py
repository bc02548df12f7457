"""Random lives of subscriptions, and how six vendors tell of them.

A life is made of states and of bills; what it earns each day is reckoned from these alone. Changes
happen at midnight of days on which somebody looks, so that nobody misses one; what happens between
(the end of a trial, renewals, the end of a discount, an end that was asked for) nobody sees happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from support import (
    braintree_lives,
    chargebee_lives,
    lemon_squeezy_lives,
    paddle_lives,
    polar_lives,
    recurly_lives,
)
from support.braintree_server import BraintreeCompany
from support.chargebee_server import ChargebeeCompany, seconds
from support.json_server import Json
from support.lemon_squeezy_server import LemonSqueezyCompany
from support.paddle_server import PaddleCompany
from support.polar_server import PolarCompany
from support.recurly_server import RecurlyCompany

LOOKS = tuple(map(date.fromisoformat, (
    "2025-01-10", "2025-01-26", "2025-02-12", "2025-03-03", "2025-03-20", "2025-04-08",
    "2025-04-30",
)))  # fmt: skip
LAST_DAY = LOOKS[-1]
#: Plan -> cents of a seat and month.
PLANS = {"basic": 3000, "pro": 9000}
PERCENT_OFF = 25
DISCOUNTED_MONTHS = 2


@dataclass(frozen=True)
class State:
    """What a subscription is from a day on: trialing, active, paused or ended."""

    day: date
    status: str
    plan: str
    seats: int
    ends_on: date | None = None


@dataclass(frozen=True)
class Bill:
    """One whole period, paid on its first day."""

    day: date
    until: date
    plan: str
    seats: int
    is_discounted: bool

    @property
    def subtotal(self) -> int:
        return PLANS[self.plan] * self.seats

    @property
    def discount(self) -> int:
        return self.subtotal * PERCENT_OFF // 100 if self.is_discounted else 0


@dataclass
class Life:
    """A subscription's states, oldest first, and bills."""

    number: int
    start: date
    trial_end: date | None
    has_discount: bool
    states: list[State] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)

    @property
    def first_bill(self) -> date:
        return self.trial_end or self.start

    @property
    def discount_end(self) -> date:
        return months_later(self.first_bill, DISCOUNTED_MONTHS)

    def state_on(self, day: date) -> State:
        return [one for one in self.states if one.day <= day][-1]

    def mrr_on(self, day: date) -> Decimal:
        """What it earns at the end of a day, in dollars."""
        if day < self.first_bill:
            return Decimal(0)
        state = self.state_on(day)
        if state.status != "active" or (state.ends_on and state.ends_on <= day):
            return Decimal(0)
        cents = Decimal(PLANS[state.plan] * state.seats)
        if self.has_discount and day < self.discount_end:
            cents *= Decimal(100 - PERCENT_OFF) / 100
        return cents / 100

    def changes(self) -> list[tuple[str, Decimal]]:
        """Days on which that changes, and by how much."""
        days = [self.start + timedelta(one) for one in range((LAST_DAY - self.start).days + 1)]
        found = []
        before = Decimal(0)
        for day in days:
            now = self.mrr_on(day)
            if now != before:
                found.append((day.isoformat(), now - before))
            before = now
        return found


def months_later(day: date, count: int) -> date:
    month = day.month - 1 + count
    return day.replace(year=day.year + month // 12, month=month % 12 + 1)


def random_life(number: int, random: Random) -> Life:
    start = date(2025, 1, random.randint(2, 8))
    life = Life(
        number,
        start,
        start + timedelta(14) if random.random() < 0.4 else None,
        random.random() < 0.4,
    )
    plan, seats = random.choice(list(PLANS)), random.randint(1, 5)
    life.states.append(State(start, "trialing" if life.trial_end else "active", plan, seats))
    if life.trial_end:
        life.states.append(State(life.trial_end, "active", plan, seats))
    anchor = life.first_bill
    for look in LOOKS[:-1]:
        state = life.states[-1]
        if look <= life.first_bill or state.status == "ended" or state.ends_on:
            continue
        anchor = bill_until(life, anchor, look)
        kinds = ["none", "none", "plan", "seats", "seats", "stop", "stop_at_end", "pause"]
        if life.has_discount:
            kinds = kinds[:5]  # when its months begin again after a pause, vendors differ
        kind = "resume" if state.status == "paused" else random.choice(kinds)
        if kind == "plan":
            plan = "pro" if state.plan == "basic" else "basic"
            life.states.append(State(look, "active", plan, state.seats))
        elif kind == "seats":
            seats = random.choice([one for one in range(1, 6) if one != state.seats])
            life.states.append(State(look, "active", state.plan, seats))
        elif kind == "stop":
            life.states.append(State(look, "ended", state.plan, state.seats, look))
        elif kind == "stop_at_end":
            life.states.append(State(look, "active", state.plan, state.seats, anchor))
        elif kind == "pause":
            life.states.append(State(look, "paused", state.plan, state.seats))
        elif kind == "resume":
            life.states.append(State(look, "active", state.plan, state.seats))
            anchor = look
    bill_until(life, anchor, LAST_DAY + timedelta(1))
    return life


def bill_until(life: Life, anchor: date, day: date) -> date:
    """Bill the periods that begin before a day; returns when the next one begins."""
    while anchor < day:
        state = life.state_on(anchor)
        if state.status != "active" or (state.ends_on and state.ends_on <= anchor):
            break
        until = months_later(anchor, 1)
        is_discounted = life.has_discount and anchor < life.discount_end
        life.bills.append(Bill(anchor, until, state.plan, state.seats, is_discounted))
        anchor = until
    return anchor


def lives(seed: int, count: int) -> list[Life]:
    random = Random(seed)
    return [random_life(number, random) for number in range(1, count + 1)]


def at(day: date | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None


# -- Polar ---------------------------------------------------------------------------------------


def at_polar(told: list[Life]) -> PolarCompany:
    discount: Json = {
        "id": "disc", "name": "Welcome", "type": "percentage", "basis_points": PERCENT_OFF * 100,
        "duration": "repeating", "duration_in_months": DISCOUNTED_MONTHS,
    }  # fmt: skip
    prices: dict[str, Json] = {
        plan: {
            "id": f"price_{plan}", "product_id": plan, "amount_type": "seat_based",
            "price_currency": "usd", "tax_behavior": "exclusive", "created_at": "2024-12-01",
            "seat_tiers": {"seat_tier_type": "volume", "tiers": [
                {"min_seats": 1, "max_seats": None, "price_per_seat": cents}]},
        }
        for plan, cents in PLANS.items()
    }  # fmt: skip
    states, orders, payments = [], [], []
    for life in told:
        name = f"sub_{life.number}"
        for state in life.states:
            is_over = state.status == "ended"
            states.append({
                **polar_lives.subscription(str(life.number), state.plan, [prices[state.plan]]),
                "seen": at(state.day), "seats": state.seats, "created_at": at(life.start),
                "status": "canceled" if is_over else state.status, "started_at": at(life.start),
                "trial_start": at(life.start) if life.trial_end else None,
                "trial_end": at(life.trial_end),
                "discount": discount if life.has_discount else None,
                "discount_id": "disc" if life.has_discount else None,
                "cancel_at_period_end": bool(state.ends_on) and not is_over,
                "canceled_at": at(state.day) if state.ends_on else None,
                "ends_at": at(state.ends_on), "ended_at": at(state.ends_on) if is_over else None,
                "paused_at": at(state.day) if state.status == "paused" else None,
            })  # fmt: skip
        last = life.states[-1]
        if last.status != "ended" and last.ends_on and last.ends_on <= LAST_DAY:
            states.append({"seen": at(last.ends_on), "id": name, "status": "canceled",
                           "ended_at": at(last.ends_on)})  # fmt: skip
        if life.has_discount and life.discount_end <= LAST_DAY:
            states.append({"seen": at(life.discount_end), "id": name, "discount": None,
                           "discount_id": None})  # fmt: skip
        for number, bill in enumerate(life.bills):
            item = polar_lives.item(f"{name}_{number}", f"price_{bill.plan}", bill.subtotal,
                                    str(bill.day), str(bill.until))  # fmt: skip
            orders.append(polar_lives.order(
                f"{name}_{number}", name, bill.plan, str(bill.day), [item],
                discount=discount if bill.is_discounted else None, discounted=bill.discount,
            ))  # fmt: skip
            payments.append(polar_lives.payment(orders[-1]))
    states.sort(key=lambda one: str(one["seen"]))
    return PolarCompany(lists={
        "/v1/products/": [polar_lives.product(plan, plan, prices[plan]) for plan in PLANS],
        "/v1/discounts/": [{**discount, "products": [], "created_at": "2024-12-01T00:00:00Z"}],
        "/v1/customers/": [], "/v1/subscriptions/": states, "/v1/orders/": orders,
        "/v1/payments/": payments, "/v1/refunds/": [], "/v1/disputes/": [],
    })  # fmt: skip


# -- Lemon Squeezy -------------------------------------------------------------------------------


def at_lemon_squeezy(told: list[Life]) -> LemonSqueezyCompany:
    numbers = {plan: number for number, plan in enumerate(PLANS, 1)}
    states, bills = [], []
    for life in told:
        first = life.states[0]
        for state in life.states:
            is_over = state.status == "ended"
            trialing = state.status == "trialing"
            status = "on_trial" if trialing else "expired" if is_over else state.status
            states.append({
                **lemon_squeezy_lives.subscription(life.number, numbers[state.plan],
                                                   str(life.start)),
                "seen": at(state.day), "trial_ends_at": at(life.trial_end) if trialing else None,
                "status": "cancelled" if state.ends_on and not is_over else status,
                "ends_at": at(state.ends_on),
                "pause": {"mode": "void", "resumes_at": None} if status == "paused" else None,
                "first_subscription_item": lemon_squeezy_lives.item(
                    life.number, numbers[state.plan], state.seats),
            })  # fmt: skip
        last = life.states[-1]
        if last.status != "ended" and last.ends_on and last.ends_on <= LAST_DAY:
            states.append({"seen": at(last.ends_on), "id": str(life.number), "status": "expired"})
        assert first.day == life.start
        bills += [
            lemon_squeezy_lives.bill(
                100 * life.number + number, life.number, str(bill.day), bill.subtotal,
                "renewal" if number else "initial", discount=bill.discount,
            )
            for number, bill in enumerate(life.bills)
        ]  # fmt: skip
    states.sort(key=lambda one: str(one["seen"]))
    given = [life for life in told if life.has_discount]
    return LemonSqueezyCompany(lists={
        "/v1/stores": [{"id": "1", "name": "Acme", "currency": "USD",
                        "created_at": "2024-12-01T00:00:00Z"}],
        "/v1/products": [], "/v1/variants": [], "/v1/customers": [], "/v1/orders": [],
        "/v1/prices": [lemon_squeezy_lives.price(numbers[plan], PLANS[plan]) for plan in PLANS],
        "/v1/discounts": [
            {"id": "1", "name": "Welcome", "amount": PERCENT_OFF, "amount_type": "percent",
             "duration": "repeating", "duration_in_months": DISCOUNTED_MONTHS,
             "status": "published", "created_at": "2024-12-01T00:00:00Z"}
        ],
        "/v1/discount-redemptions": [
            {"id": str(life.number), "discount_id": 1, "order_id": life.number,
             "discount_amount": PERCENT_OFF, "discount_amount_type": "percent",
             "created_at": at(life.start)}
            for life in given
        ],
        "/v1/subscriptions": states, "/v1/subscription-invoices": bills,
    })  # fmt: skip


# -- Recurly -------------------------------------------------------------------------------------


def at_recurly(told: list[Life]) -> RecurlyCompany:
    plans = {plan: {"id": plan, "code": plan, "name": plan} for plan in PLANS}
    states, lines, invoices, transactions = [], [], [], []
    for life in told:
        account = {"id": f"a{life.number}", "code": f"c{life.number}"}
        for state in life.states:
            if state.status == "active" and state.day == life.trial_end:
                continue  # a trial is called active
            is_over = state.status == "ended"
            names = {"trialing": "active", "ended": "expired"}
            states.append({
                "seen": at(state.day), "id": f"rs{life.number}", "account": account,
                "state": "canceled" if state.ends_on and not is_over
                else names.get(state.status, state.status),
                "plan": plans[state.plan], "currency": "USD", "quantity": state.seats,
                "unit_amount": PLANS[state.plan] / 100, "tax_inclusive": False, "add_ons": [],
                "collection_method": "automatic", "created_at": at(life.start),
                "activated_at": at(life.start),
                "trial_started_at": at(life.start) if life.trial_end else None,
                "trial_ends_at": at(life.trial_end),
                "paused_at": at(state.day) if state.status == "paused" else None,
                "canceled_at": at(state.day) if state.ends_on else None,
                "expires_at": at(state.ends_on),
                "coupon_redemptions": [
                    {"id": f"cr{life.number}", "coupon": {"id": "cw", "code": "W"},
                     "state": "active", "created_at": at(life.start)}
                ] if life.has_discount else [],
            })  # fmt: skip
        last = life.states[-1]
        if last.status != "ended" and last.ends_on and last.ends_on <= LAST_DAY:
            states.append({"seen": at(last.ends_on), "id": f"rs{life.number}", "state": "expired"})
        for number, bill in enumerate(life.bills):
            name = f"{life.number}_{number}"
            lines.append(recurly_lives.line(
                name, plans[bill.plan], PLANS[bill.plan] / 100, bill.seats, bill.discount / 100,
                str(bill.day), str(bill.until), subscription_id=f"rs{life.number}",
            ))  # fmt: skip
            total = (bill.subtotal - bill.discount) / 100
            common = {"account": account, "currency": "USD", "created_at": at(bill.day),
                      "updated_at": at(bill.day)}  # fmt: skip
            invoices.append({
                **common, "id": f"i{name}", "type": "charge", "state": "paid", "number": name,
                "origin": "renewal", "subscription_ids": [f"rs{life.number}"],
                "collection_method": "automatic", "subtotal": total, "tax": 0.0, "total": total,
                "paid": total, "balance": 0.0, "closed_at": at(bill.day),
            })  # fmt: skip
            transactions.append({
                **common, "id": f"t{name}", "type": "purchase", "status": "success",
                "invoice": {"id": f"i{name}"}, "amount": total, "collected_at": at(bill.day),
            })  # fmt: skip
    states.sort(key=lambda one: str(one["seen"]))
    return RecurlyCompany(states=states, lists={
        "/plans": [
            {**plan, "state": "active", "interval_unit": "months", "interval_length": 1,
             "created_at": "2024-12-01T00:00:00Z"}
            for plan in plans.values()
        ],
        "/coupons": [
            {"id": "cw", "code": "W", "duration": "temporal", "state": "redeemable",
             "temporal_amount": DISCOUNTED_MONTHS, "temporal_unit": "month",
             "discount": {"type": "percent", "percent": PERCENT_OFF},
             "created_at": "2024-12-01T00:00:00Z"}
        ],
        "/accounts": [], "/invoices": invoices, "/line_items": lines,
        "/transactions": transactions,
    })  # fmt: skip


# -- Paddle --------------------------------------------------------------------------------------


def at_paddle(told: list[Life]) -> PaddleCompany:
    prices = {
        plan: paddle_lives.price(plan, str(cents), tax_mode="external")
        for plan, cents in PLANS.items()
    }
    events: list[Json] = []
    bills: list[Json] = []
    for life in told:
        told_states = list(life.states)
        last = told_states[-1]
        if last.status != "ended" and last.ends_on and last.ends_on <= LAST_DAY:
            told_states.append(State(last.ends_on, "ended", last.plan, last.seats, last.ends_on))
        for state in told_states:
            is_billed = state.day >= life.first_bill
            is_over = state.status == "ended"
            item: Json = {"status": "active", "quantity": state.seats, "recurring": True,
                          "price": prices[state.plan]}  # fmt: skip
            if life.trial_end:
                item["trial_dates"] = {"starts_at": at(life.start), "ends_at": at(life.trial_end)}
            given = {
                "id": "dsc", "starts_at": at(life.first_bill) if is_billed else None,
                "ends_at": at(life.discount_end) if is_billed else None,
            }  # fmt: skip
            ending = {"action": "cancel", "effective_at": at(state.ends_on), "resume_at": None}
            events.append({
                "event_id": "", "event_type": "subscription.updated",
                "occurred_at": at(state.day),
                "data": {
                    "id": f"sub_{life.number}", "customer_id": f"ctm_{life.number}",
                    "status": "canceled" if is_over else state.status, "currency_code": "USD",
                    "created_at": at(life.start), "started_at": at(life.start),
                    "first_billed_at": at(life.first_bill) if is_billed else None,
                    "canceled_at": at(state.ends_on) if is_over else None,
                    "paused_at": at(state.day) if state.status == "paused" else None,
                    "collection_mode": "automatic",
                    "scheduled_change": ending if state.ends_on and not is_over else None,
                    "billing_cycle": {"interval": "month", "frequency": 1},
                    "discount": given
                    if life.has_discount and state.day < life.discount_end else None,
                    "items": [item],
                },
            })  # fmt: skip
        for number, bill in enumerate(life.bills):
            of = prices[bill.plan]
            net = bill.subtotal - bill.discount
            name = f"{life.number}_{number}"
            line: dict[str, Any] = paddle_lives.line(
                name, of, bill.seats, (bill.subtotal, bill.discount, 0, net), tax_rate="0"
            )
            bills.append(paddle_lives.bill(
                name, str(bill.day), str(bill.until), "subscription_recurring", [line], [of],
                subscription_id=f"sub_{life.number}", customer_id=f"ctm_{life.number}",
                discount_id="dsc" if bill.is_discounted else None,
            ))  # fmt: skip
    events.sort(key=lambda one: str(one["occurred_at"]))
    for number, event in enumerate(events):
        event["event_id"] = f"evt_{number:04}"
    return PaddleCompany(events=events, lists={
        "/customers": [], "/adjustments": [], "/transactions": bills,
        "/products": [
            {"id": one["product_id"], "name": one["name"], "status": "active",
             "created_at": "2024-12-01T00:00:00Z"}
            for one in prices.values()
        ],
        "/prices": list(prices.values()),
        "/discounts": [
            {"id": "dsc", "status": "active", "description": "Welcome", "type": "percentage",
             "amount": str(PERCENT_OFF), "currency_code": None, "recur": True,
             "maximum_recurring_intervals": DISCOUNTED_MONTHS,
             "created_at": "2024-12-01T00:00:00Z"}
        ],
    })  # fmt: skip


# -- Chargebee -----------------------------------------------------------------------------------


def at_chargebee(told: list[Life]) -> ChargebeeCompany:
    prices = {plan: chargebee_lives.item_price(plan, cents) for plan, cents in PLANS.items()}
    names = {"trialing": "in_trial", "ended": "cancelled"}
    events: list[Json] = []
    bills: list[Json] = []
    payments: list[Json] = []
    for life in told:
        states = list(life.states)
        last = states[-1]
        if last.status != "ended" and last.ends_on and last.ends_on <= LAST_DAY:
            states.append(State(last.ends_on, "ended", last.plan, last.seats, last.ends_on))
        whose = {"subscription_id": f"cb{life.number}", "customer_id": f"c{life.number}"}
        for state in states:
            is_ending = state.ends_on is not None and state.status == "active"
            coupon: Json = {"coupon_id": "W20"}
            if state.day >= life.first_bill:
                coupon["apply_till"] = unix(life.discount_end)
            events.append({
                "event_type": "subscription_changed", "occurred_at": unix(state.day),
                "content": {"subscription": {
                    "id": whose["subscription_id"], "customer_id": whose["customer_id"],
                    "status": "non_renewing" if is_ending
                    else names.get(state.status, state.status),
                    "currency_code": "USD", "created_at": unix(life.start),
                    "started_at": unix(life.start),
                    "trial_start": unix(life.start) if life.trial_end else None,
                    "trial_end": unix(life.trial_end), "due_invoices_count": 0,
                    "pause_date": unix(state.day) if state.status == "paused" else None,
                    "cancelled_at": unix(state.ends_on),
                    "cancel_schedule_created_at": unix(state.day) if is_ending else None,
                    "subscription_items": [
                        chargebee_lives.held(prices[state.plan], state.seats)
                    ],
                    "coupons": [coupon]
                    if life.has_discount and state.day < life.discount_end else [],
                }},
            })  # fmt: skip
        for number, bill in enumerate(life.bills):
            name = f"{life.number}_{number}"
            line = chargebee_lives.line(
                name, prices[bill.plan], bill.subtotal, bill.discount, str(bill.day),
                str(bill.until), subscription_id=whose["subscription_id"],
                quantity=bill.seats, unit_amount=PLANS[bill.plan],
            )  # fmt: skip
            bills.append(chargebee_lives.invoice(name, str(bill.day), [line], **whose))
            payments.append({
                "id": f"t{name}", "type": "payment", "status": "success", **whose,
                "currency_code": "USD", "amount": bills[-1]["total"], "date": unix(bill.day),
                "updated_at": unix(bill.day),
                "linked_invoices": [{"invoice_id": name, "applied_amount": bills[-1]["total"]}],
            })  # fmt: skip
    events.sort(key=lambda one: int(one["occurred_at"]))
    for number, event in enumerate(events):
        event["id"] = f"ev_{number:04}"
        event["content"]["subscription"]["resource_version"] = number
    return ChargebeeCompany(events=events, lists={
        "/items": [{"id": plan, "name": plan, "type": "plan", "status": "active"}
                   for plan in PLANS],
        "/item_prices": list(prices.values()), "/customers": [], "/credit_notes": [],
        "/coupons": [
            {"id": "W20", "name": "Welcome", "discount_type": "percentage",
             "discount_percentage": float(PERCENT_OFF), "duration_type": "limited_period",
             "period": DISCOUNTED_MONTHS, "period_unit": "month", "apply_on": "invoice_amount",
             "status": "active"}
        ],
        "/invoices": bills, "/transactions": payments,
    })  # fmt: skip


def unix(day: date | None) -> int | None:
    return seconds(str(day)) if day else None


# -- Braintree -----------------------------------------------------------------------------------


def is_told_by_braintree(life: Life) -> bool:
    """It has no percentages, no pauses, and no end that waits for a period's end."""
    return not life.has_discount and not any(
        state.status == "paused" or (state.ends_on and state.status == "active")
        for state in life.states
    )


def at_braintree(told: list[Life]) -> BraintreeCompany:
    subscriptions: list[Json] = []
    charges: list[Json] = []
    for life in filter(is_told_by_braintree, told):
        history = [
            braintree_lives.event(
                f"{state.day}T00:00:00",
                "Canceled" if state.status == "ended" else "Active",
                f"{PLANS[state.plan] * state.seats / 100:.2f}",
                state.plan,
            )
            for state in life.states
            if state.day != life.trial_end
        ]
        last = life.states[-1]
        subscriptions.append({
            "id": f"bt{life.number}", "status": history[-1]["status"], "plan_id": last.plan,
            "price": Decimal(PLANS[last.plan] * last.seats) / 100, "balance": Decimal("0.00"),
            "trial_period": life.trial_end is not None, "never_expires": True,
            "created_at": datetime.combine(life.start, datetime.min.time()),
            "first_billing_date": life.first_bill, "merchant_account_id": "m_usd",
            "billing_period_start_date": life.bills[-1].day if life.bills else life.first_bill,
            "billing_period_end_date": (life.bills[-1].until if life.bills else life.first_bill)
            - timedelta(1),
            "add_ons": [], "discounts": [], "status_history": history[::-1],
        })  # fmt: skip
        charges += [
            braintree_lives.charge(
                f"{life.number}_{number}", f"{bill.day}T00:00:00", f"{bill.subtotal / 100:.2f}",
                str(bill.day), str(bill.until - timedelta(1)), add_ons=[], plan_id=bill.plan,
                subscription_id=f"bt{life.number}", customer={"id": f"cu{life.number}"},
            )
            for number, bill in enumerate(life.bills)
        ]  # fmt: skip
    return BraintreeCompany(
        plans=[
            {"id": plan, "name": plan, "price": Decimal(cents) / 100, "billing_frequency": 1,
             "currency_iso_code": "USD"}
            for plan, cents in PLANS.items()
        ],
        lists={"/subscriptions": subscriptions, "/transactions": charges, "/customers": []},
    )  # fmt: skip


#: Vendor -> how it tells of lives, and the customer of a life's number.
TELLERS = {
    "paddle": (at_paddle, "paddle:ctm_{}"),
    "chargebee": (at_chargebee, "chargebee:c{}"),
    "recurly": (at_recurly, "recurly:a{}"),
    "braintree": (at_braintree, "braintree:cu{}"),
    "polar": (at_polar, "polar:cus_{}"),
    "lemon_squeezy": (at_lemon_squeezy, "lemon_squeezy:{}"),
}


def noon_of(day: date) -> datetime:
    """When somebody looks: on the day of a change, so that a state is dated by it even where the
    vendor does not say when it changed."""
    return datetime(day.year, day.month, day.day, 12)
