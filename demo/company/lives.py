"""What a subscription's life is: the contract between company and customer, and what came of it.

A life is written down before anything is billed. The billing engine turns it into a vendor's
objects (`billing.py`); the book-keeper values it for the truth (`bookkeeping.py`). Neither reads
the other's work. All moments are seconds since 1970; spans are half-open, `None` means "still".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from demo.company.catalogue import Price
from demo.timeline import DAY, add_interval
from demo.vendors.store import Json

#: Statuses after which nothing happens any more.
FINAL: Final = frozenset({"canceled", "incomplete_expired"})
#: Ways of pausing collection under which the vendor collects nothing.
EARNS_NOTHING: Final = frozenset({"void", "mark_uncollectible"})

_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def make_id(prefix: str, *parts: object, length: int = 18) -> str:
    """An id that looks like the vendor's and depends on `parts` only."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(_LETTERS[rest])
    return f"{prefix}_{''.join(letters)}"


@dataclass(frozen=True)
class ItemSpan:
    """One item at one price and quantity (None for metered) for a while."""

    item: str
    price: str
    quantity: int | None
    start: int
    end: int | None = None


@dataclass(frozen=True)
class DiscountSpan:
    """A coupon on the whole subscription, or on one item."""

    id: str
    coupon: str
    start: int
    end: int | None = None
    item: str | None = None
    promotion_code: str | None = None


@dataclass(frozen=True)
class PauseSpan:
    """Collection paused with a behaviour: void, mark_uncollectible or keep_as_draft."""

    start: int
    end: int | None
    behavior: str


@dataclass(frozen=True)
class Phase:
    """A phase of a schedule: what is bought, (price, quantity) each."""

    start: int
    end: int
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Schedule:
    """A subscription schedule: agreed phases, made at `created`."""

    id: str
    created: int
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class SubscriptionLife:
    """Everything that was agreed and that happened to one subscription.

    `statuses` starts at the subscription's start. `usage` has (moment, units) per metered item.
    `proration` says how a change inside a period is billed: `invoice_now`, `next_invoice` or
    `none`. `after_dunning` is what becomes of open invoices when a subscription ends unpaid:
    `uncollectible`, `void` or `open`.
    """

    id: str
    customer: str
    currency: str
    statuses: tuple[tuple[int, str], ...]
    items: tuple[ItemSpan, ...]
    discounts: tuple[DiscountSpan, ...] = ()
    pauses: tuple[PauseSpan, ...] = ()
    created: int | None = None
    trial_end: int | None = None
    canceled_at: int | None = None
    cancel_at_period_end: bool = False
    tax_percent: Fraction | None = None
    collection_method: str = "charge_automatically"
    days_until_due: int = 30
    pay_after: int = 12 * DAY
    proration: str = "invoice_now"
    after_dunning: str = "uncollectible"
    usage: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    schedule: Schedule | None = None
    metadata: Json = field(default_factory=dict)

    @property
    def start(self) -> int:
        """When service began."""
        return self.statuses[0][0]

    @property
    def recorded_at(self) -> int:
        """When the vendor's object was made; later than the start where it was backdated."""
        return self.start if self.created is None else self.created

    @property
    def ended_at(self) -> int | None:
        """When it ended for good."""
        at, status = self.statuses[-1]
        return at if status in FINAL else None

    def status_at(self, moment: int) -> str:
        """Status in force at `moment` (the first one before the start)."""
        current = self.statuses[0][1]
        for at, status in self.statuses:
            if at > moment:
                break
            current = status
        return current

    def next_status(self, moment: int, wanted: Iterable[str]) -> int | None:
        """When it next enters one of `wanted`, strictly after `moment`."""
        names = set(wanted)
        return next((at for at, name in self.statuses if at > moment and name in names), None)

    def items_at(self, moment: int) -> list[ItemSpan]:
        """Item spans in force at `moment`, in the order they were written."""
        return [
            span
            for span in self.items
            if span.start <= moment and (span.end is None or moment < span.end)
        ]

    def discounts_at(self, moment: int) -> list[DiscountSpan]:
        """Discount spans in force at `moment`."""
        return [
            span
            for span in self.discounts
            if span.start <= moment and (span.end is None or moment < span.end)
        ]

    def pause_at(self, moment: int) -> PauseSpan | None:
        """The pause of collection in force at `moment`."""
        for span in self.pauses:
            if span.start <= moment and (span.end is None or moment < span.end):
                return span
        return None

    def change_points(self) -> list[int]:
        """Every moment at which the contract or its state changes, ordered."""
        points = {at for at, _ in self.statuses}
        spans: list[ItemSpan | DiscountSpan | PauseSpan] = [
            *self.items,
            *self.discounts,
            *self.pauses,
        ]
        for span in spans:
            points.add(span.start)
            if span.end is not None:
                points.add(span.end)
        return sorted(points)


@dataclass(frozen=True)
class Period:
    """A billing period; `is_cut` where a change of interval or the like ended it early."""

    start: int
    end: int
    full_end: int
    is_trial: bool = False


def _rhythm(
    life: SubscriptionLife, prices: Mapping[str, Price], moment: int
) -> tuple[str, int, bool] | None:
    """Interval, count and whether anything is charged at all, of the items at `moment`."""
    spans = life.items_at(moment)
    if not spans:
        return None
    leading = next((prices[s.price] for s in spans if prices[s.price].is_licensed), None)
    price = leading or prices[spans[0].price]
    charged = any(
        prices[s.price].is_metered or prices[s.price].amount(s.quantity or 0) > 0 for s in spans
    )
    return price.interval or "month", price.interval_count, charged


def billing_periods(
    life: SubscriptionLife, prices: Mapping[str, Price], horizon: int
) -> list[Period]:
    """All billing periods that start before `horizon`.

    The cycle starts anew after a trial, after the status `paused`, when the interval changes and
    when a free subscription becomes a paid one (as the vendor does).
    """
    periods: list[Period] = []
    stop = min(horizon, life.ended_at if life.ended_at is not None else horizon)
    start = life.start
    if life.trial_end is not None:
        end = min(life.trial_end, stop)
        periods.append(Period(start, end, life.trial_end, is_trial=True))
        start = life.trial_end
    anchor, count = start, 0
    while start < stop:
        if life.status_at(start) == "paused":
            resumed = life.next_status(start, ("active",))
            if resumed is None:
                break
            start = anchor = resumed
            count = 0
            continue
        rhythm = _rhythm(life, prices, start)
        if rhythm is None:
            break
        full_end = add_interval(anchor, rhythm[0], rhythm[1] * (count + 1))
        cut = _cut(life, prices, start, full_end, rhythm)
        periods.append(Period(start, full_end if cut is None else cut, full_end))
        if cut is None:
            start, count = full_end, count + 1
        else:
            start = anchor = cut
            count = 0
    return periods


def _cut(
    life: SubscriptionLife,
    prices: Mapping[str, Price],
    start: int,
    end: int,
    rhythm: tuple[str, int, bool],
) -> int | None:
    for point in life.change_points():
        if not start < point < end:
            continue
        if life.status_at(point) == "paused":
            return point
        now = _rhythm(life, prices, point)
        if now is not None and (now[:2] != rhythm[:2] or (now[2] and not rhythm[2])):
            return point
    return None
