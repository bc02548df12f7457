"""The book-keeper: what each subscription earns per month, from its life alone.

This is the independent side of the truth: it knows contracts, not invoices or API objects. The one
thing it is told by the cashier is when the first invoice with a positive total was issued and paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from demo.company.catalogue import Catalogue, Coupon, Price
from demo.company.lives import EARNS_NOTHING, DiscountSpan, ItemSpan, Period, SubscriptionLife

ZERO = Fraction(0)


@dataclass(frozen=True)
class ItemValue:
    """Monthly value of one item in minor units; net = gross - discount - tax."""

    span: ItemSpan
    gross: Fraction
    discount: Fraction
    tax: Fraction

    @property
    def net(self) -> Fraction:
        """What counts as recurring revenue."""
        return self.gross - self.discount - self.tax


def _counts(
    coupon: Coupon, price: Price, span: DiscountSpan, moment: int, once: int | None
) -> bool:
    """Whether a coupon lowers recurring revenue of an item at `moment`.

    A coupon for one invoice does only where that invoice is for longer than a month, until `once`.
    """
    if coupon.duration != "once":
        return True
    return price.monthly_factor < 1 and once is not None and moment < once


def value_items(
    life: SubscriptionLife,
    catalogue: Catalogue,
    moment: int,
    once_until: Mapping[str, int],
) -> list[ItemValue]:
    """Monthly value of each licensed item at `moment`.

    Item discounts first, then the subscription's, each in the order they were given; an amount is
    per invoice, so it is spread over months like the price and over items by their weight.
    """
    spans: list[ItemSpan] = []
    prices: list[Price] = []
    for span in life.items_at(moment):
        price = catalogue.prices[span.price].in_currency(life.currency)
        if price.is_licensed:
            spans.append(span)
            prices.append(price)
    gross = [price.monthly(span.quantity or 0) for span, price in zip(spans, prices, strict=True)]
    left = list(gross)
    ordered = sorted(life.discounts_at(moment), key=lambda discount: discount.item is None)
    for discount in ordered:
        coupon = catalogue.coupons[discount.coupon]
        hit = [
            n
            for n, (span, price) in enumerate(zip(spans, prices, strict=True))
            if (discount.item is None or span.item == discount.item)
            and (not coupon.products or price.product in coupon.products)
            and _counts(coupon, price, discount, moment, once_until.get(discount.id))
        ]
        if coupon.percent is not None:
            for n in hit:
                left[n] -= left[n] * coupon.percent / 100
            continue
        weight = sum((left[n] for n in hit), ZERO)
        if weight > 0:
            off = min(Fraction(coupon.amount or 0) * prices[hit[0]].monthly_factor, weight)
            shares = {n: off * left[n] / weight for n in hit}
            for n, share in shares.items():
                left[n] -= share
    values = []
    for n, (span, price) in enumerate(zip(spans, prices, strict=True)):
        tax = ZERO
        if price.tax_behavior == "inclusive" and life.tax_percent is not None:
            tax = left[n] * life.tax_percent / (100 + life.tax_percent)
        values.append(ItemValue(span, gross[n], gross[n] - left[n], tax))
    return values


def once_spans(
    life: SubscriptionLife, catalogue: Catalogue, periods: list[Period]
) -> dict[str, int]:
    """Until when each one-invoice coupon counts: the end of the first paid period it was on."""
    spans = {}
    for discount in life.discounts:
        if catalogue.coupons[discount.coupon].duration != "once":
            continue
        first = next(
            (
                p
                for p in periods
                if not p.is_trial and p.end > discount.start and _charges(life, catalogue, p)
            ),
            None,
        )
        if first is not None:
            spans[discount.id] = first.end
    return spans


def lasts_until(
    discount: DiscountSpan, life: SubscriptionLife, catalogue: Catalogue, periods: list[Period]
) -> int | None:
    """A coupon for some months lowers what the last period it was on costs, to the end of that
    period, or until the rest of it is billed anew for other items."""
    end = discount.end
    if catalogue.coupons[discount.coupon].duration != "repeating" or end is None:
        return end
    last = next((p for p in periods if not p.is_trial and p.start < end < p.end), None)
    if last is None:
        return end
    billed_anew = life.proration != "none"
    changes = (span.start for span in life.items if billed_anew and end <= span.start < last.end)
    return min([last.end, *changes])


def _charges(life: SubscriptionLife, catalogue: Catalogue, period: Period) -> bool:
    return any(
        catalogue.prices[span.price].is_licensed
        and catalogue.prices[span.price].amount(span.quantity or 0) > 0
        for span in life.items_at(period.start)
    )


def recurring_rows(
    life: SubscriptionLife,
    catalogue: Catalogue,
    periods: list[Period],
    first_charged_at: int | None,
    proven_at: int | None,
) -> Iterator[tuple[Any, ...]]:
    """Rows of the store's table `recurring`: stretches in which an item earns or is paused.

    What is paused keeps the value it had when the pause began; a subscription that never earned
    before it was paused has nothing to pause.
    """
    once_until = once_spans(life, catalogue, periods)
    lasting = (replace(d, end=lasts_until(d, life, catalogue, periods)) for d in life.discounts)
    life = replace(life, discounts=tuple(lasting))
    points = sorted({*life.change_points(), *once_until.values()})
    frozen: list[ItemValue] | None = None
    last: list[ItemValue] = []
    for number, start in enumerate(points):
        end = points[number + 1] if number + 1 < len(points) else None
        status, pause = life.status_at(start), life.pause_at(start)
        collecting = status in ("active", "past_due")
        is_paused = status == "paused" or (
            collecting and pause is not None and pause.behavior in EARNS_NOTHING
        )
        if is_paused:
            frozen = last if frozen is None else frozen
            values, state = frozen, "paused"
        elif collecting:
            frozen, state = None, "earning"
            values = last = value_items(life, catalogue, start, once_until)
        else:
            frozen, last = None, []
            continue
        for value in values:
            yield (
                life.customer,
                life.id,
                value.span.item,
                catalogue.prices[value.span.price].product,
                value.span.price,
                value.span.quantity,
                life.currency,
                state,
                start,
                end,
                first_charged_at,
                proven_at,
                str(value.gross),
                str(value.discount),
                str(value.tax),
                str(value.net),
            )
