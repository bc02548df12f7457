"""One day in June the small plan became a tenth dearer, and some left over it.

Who subscribes from that day on pays the new price at once; who was there before pays it from the
first renewal on. Of those who pay by the month, some give notice within four weeks of the letter.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from demo.company.growth import Prices, cancel_at_period_end
from demo.company.lives import ItemSpan, SubscriptionLife, billing_periods
from demo.timeline import DAY, epoch

RAISED: Final = epoch("2026-06-01")
OLD_PRICE: Final = "price_starter_month"
NEW_PRICE: Final = "price_starter_month_v2"
#: In so many days after the letter people gave notice, and one in so many did.
NOTICE_DAYS: Final = 28
ONE_LEAVES_OF: Final = 3


def after_the_rise(life: SubscriptionLife, prices: Prices, horizon: int) -> SubscriptionLife:
    """The life with the new price in it, and with its end where the price ended it."""
    if not any(span.price == OLD_PRICE for span in life.items):
        return life
    number = _drawn(life)
    noticed = RAISED + (1 + number // ONE_LEAVES_OF % (NOTICE_DAYS - 1)) * DAY
    stays = life.canceled_at is None or life.canceled_at > RAISED + 3 * NOTICE_DAYS * DAY
    paying = life.status_at(RAISED) == life.status_at(noticed) == "active" and stays
    if number % ONE_LEAVES_OF == 0 and paying and _is_charged_the_old_price(life):
        return cancel_at_period_end(life, prices, noticed, horizon)
    periods = billing_periods(life, prices, horizon)
    since = next((period.start for period in periods if period.start >= RAISED), None)
    if since is None:
        return life
    return replace(life, items=tuple(row for span in life.items for row in _dearer(span, since)))


def left_over_the_rise(life: SubscriptionLife) -> bool:
    """Whether it gave notice because of the new price."""
    at = life.canceled_at
    return (
        at is not None
        and life.cancel_at_period_end
        and RAISED < at <= RAISED + NOTICE_DAYS * DAY
        and _is_charged_the_old_price(life)
    )


def _drawn(life: SubscriptionLife) -> int:
    digest = hashlib.blake2b(f"rise|{life.id}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def _is_charged_the_old_price(life: SubscriptionLife) -> bool:
    return any(span.price == OLD_PRICE for span in life.items_at(RAISED))


def _dearer(span: ItemSpan, since: int) -> tuple[ItemSpan, ...]:
    """A span as it was until `since`, and at the new price from then on."""
    if span.price != OLD_PRICE or (span.end is not None and span.end <= since):
        return (span,)
    if span.start >= since:
        return (replace(span, price=NEW_PRICE),)
    return (replace(span, end=since), replace(span, price=NEW_PRICE, start=since))
