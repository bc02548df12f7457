"""Lives changed by what happens to them: each function takes a life and returns another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from demo.company.catalogue import Price
from demo.company.lives import (
    DiscountSpan,
    ItemSpan,
    PauseSpan,
    Period,
    SubscriptionLife,
    billing_periods,
    make_id,
)
from demo.timeline import DAY, HOUR

Prices = Mapping[str, Price]


def plain(
    customer: str,
    number: int,
    price: str,
    start: int,
    *,
    quantity: int | None = 1,
    currency: str = "usd",
    trial_days: int = 0,
) -> SubscriptionLife:
    """A subscription of one item; with a trial it converts at the trial's end."""
    trial_end = start + trial_days * DAY if trial_days else None
    statuses: tuple[tuple[int, str], ...] = ((start, "active"),)
    if trial_end is not None:
        statuses = ((start, "trialing"), (trial_end, "active"))
    return SubscriptionLife(
        id=make_id("sub", customer, number),
        customer=customer,
        currency=currency,
        statuses=statuses,
        items=(ItemSpan(make_id("si", customer, number, 1), price, quantity, start),),
        trial_end=trial_end,
    )


def add_item(
    life: SubscriptionLife, price: str, quantity: int | None, at: int, end: int | None = None
) -> SubscriptionLife:
    """Another item from `at` on."""
    name = make_id("si", life.id, len(life.items) + 1)
    return replace(life, items=(*life.items, ItemSpan(name, price, quantity, at, end)))


def remove_item(life: SubscriptionLife, number: int, at: int) -> SubscriptionLife:
    """The `number`th item (in order of appearance) is gone from `at` on."""
    name = list(dict.fromkeys(span.item for span in life.items))[number]
    return replace(
        life,
        items=tuple(
            replace(span, end=at) if span.item == name and span.end is None else span
            for span in life.items
        ),
    )


def change_item(
    life: SubscriptionLife,
    at: int,
    *,
    price: str | None = None,
    quantity: int | None = None,
    number: int = 0,
) -> SubscriptionLife:
    """The `number`th item has another price or quantity from `at` on; its id stays."""
    name = list(dict.fromkeys(span.item for span in life.items))[number]
    spans: list[ItemSpan] = []
    for span in life.items:
        if span.item == name and span.end is None:
            spans.append(replace(span, end=at))
            spans.append(
                ItemSpan(
                    name,
                    span.price if price is None else price,
                    span.quantity if quantity is None else quantity,
                    at,
                )
            )
        else:
            spans.append(span)
    return replace(life, items=tuple(spans))


def discount(
    life: SubscriptionLife,
    coupon: str,
    start: int,
    end: int | None = None,
    *,
    item: int | None = None,
    promotion_code: str | None = None,
) -> SubscriptionLife:
    """A coupon on the subscription, or on its `item`th item."""
    name = None if item is None else list(dict.fromkeys(s.item for s in life.items))[item]
    span = DiscountSpan(
        make_id("di", life.id, len(life.discounts)), coupon, start, end, name, promotion_code
    )
    return replace(life, discounts=(*life.discounts, span))


def pause(life: SubscriptionLife, start: int, end: int | None, behavior: str) -> SubscriptionLife:
    """Collection pauses."""
    return replace(life, pauses=(*life.pauses, PauseSpan(start, end, behavior)))


def become(life: SubscriptionLife, at: int, status: str) -> SubscriptionLife:
    """Another status from `at` on; whatever was to come later does not come."""
    kept = tuple(row for row in life.statuses if row[0] < at)
    return replace(life, statuses=(*kept, (at, status)))


def cancel_now(life: SubscriptionLife, at: int) -> SubscriptionLife:
    """Ends at once."""
    return replace(become(life, at, "canceled"), canceled_at=at)


def paid_periods(life: SubscriptionLife, prices: Prices, horizon: int) -> list[Period]:
    """Periods after the trial."""
    return [p for p in billing_periods(life, prices, horizon) if not p.is_trial]


def cancel_at_period_end(
    life: SubscriptionLife, prices: Prices, requested: int, horizon: int
) -> SubscriptionLife:
    """A cancel requested now that takes effect when the running period is over."""
    periods = billing_periods(life, prices, max(horizon, requested + 800 * DAY))
    running = next(p for p in reversed(periods) if p.start <= requested)
    ended = become(life, running.full_end, "canceled")
    return replace(ended, canceled_at=requested, cancel_at_period_end=True)


def fail_renewal(
    life: SubscriptionLife,
    prices: Prices,
    number: int,
    horizon: int,
    *,
    recovered_after: int | None = None,
    then: str = "canceled",
    gives_up_after: int = 21 * DAY,
) -> SubscriptionLife:
    """The `number`th paid period's payment fails (0 is the first): past due two hours later.

    Recovers after so many seconds, or becomes `then` (canceled, unpaid) when dunning gives up.
    """
    periods = paid_periods(life, prices, horizon)
    if number >= len(periods):
        return life
    at = periods[number].start
    late = at + 2 * HOUR if number or life.trial_end is None else at
    failed = become(life, late, "past_due")
    if recovered_after is not None:
        return become(failed, at + recovered_after, "active")
    ended = become(failed, at + gives_up_after, then)
    return replace(ended, canceled_at=at + gives_up_after) if then == "canceled" else ended
