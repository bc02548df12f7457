"""Random subscription lives, the Stripe objects that tell them, and an exact reckoning of them.

The reckoning knows nothing of the models: it walks through every customer's days in fractions, from
the rules of recurring revenue alone. It is slow and short, the models are the opposite.
"""

from __future__ import annotations

import csv
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from support.commands import ROOT

Json = dict[str, Any]

FIRST = datetime(2025, 6, 3)
LAST = datetime(2026, 6, 1)
NANO = 10**9


@dataclass(frozen=True)
class PriceTerms:
    """Terms of a price: how often, in what, and how much for a quantity, in minor units."""

    id: str
    currency: str
    interval: str
    count: int
    unit: int = 0
    tiers_mode: str | None = None
    tiers: tuple[tuple[int | None, int, int], ...] = ()
    divide_by: int | None = None

    def amount(self, quantity: int) -> Fraction:
        """Minor units of an invoice for so many."""
        if self.divide_by:
            quantity = -(-quantity // self.divide_by)
        if self.tiers_mode is None:
            return Fraction(self.unit * quantity)
        total, below = 0, 0
        for up_to, unit, flat in self.tiers:
            top = quantity if up_to is None else min(up_to, quantity)
            if self.tiers_mode == "volume":
                if up_to is None or quantity <= up_to:
                    return Fraction(quantity * unit + flat if quantity else 0)
            elif quantity > below:
                total += (top - below) * unit + flat
            below = top
        return Fraction(total)

    @property
    def per_month(self) -> Fraction:
        """Intervals per month."""
        a_year = {"day": 365, "week": 52, "month": 12, "year": 1}[self.interval]
        return Fraction(a_year, 12 * self.count)

    def body(self) -> Json:
        """The object as the API gives it."""
        tiers = [
            {"up_to": up_to, "unit_amount": unit, "flat_amount": flat}
            for up_to, unit, flat in self.tiers
        ]
        return {
            "id": self.id,
            "object": "price",
            "product": f"prod_{self.id}",
            "active": True,
            "currency": self.currency,
            "unit_amount": None if tiers else self.unit,
            "unit_amount_decimal": None if tiers else str(self.unit),
            "billing_scheme": "tiered" if tiers else "per_unit",
            "tiers_mode": self.tiers_mode,
            "type": "recurring",
            "tax_behavior": "exclusive",
            "transform_quantity": self.divide_by and {"divide_by": self.divide_by, "round": "up"},
            "recurring": {
                "interval": self.interval,
                "interval_count": self.count,
                "usage_type": "licensed",
            },
            "created": seconds(FIRST - timedelta(days=30)),
            "metadata": {},
        } | ({"tiers": tiers} if tiers else {})


PRICES = {
    price.id: price
    for price in (
        PriceTerms("plain", "usd", "month", 1, 4900),
        PriceTerms("seats", "usd", "month", 1, 1234),
        PriceTerms("free", "usd", "month", 1, 0),
        PriceTerms("blocks", "usd", "month", 1, 900, divide_by=10),
        PriceTerms(
            "graduated", "usd", "month", 1, 0, "graduated",
            ((5, 1000, 0), (20, 800, 300), (None, 600, 0)),
        ),
        PriceTerms("volume", "usd", "month", 1, 0, "volume", ((10, 500, 0), (None, 300, 1000))),
        PriceTerms("yearly", "usd", "year", 1, 100_000),
        PriceTerms("weekly", "usd", "week", 1, 1000),
        PriceTerms("quarterly", "usd", "month", 3, 9001),
        PriceTerms("daily", "usd", "day", 1, 99),
        PriceTerms("euro", "eur", "month", 1, 3900),
        PriceTerms("euro_yearly", "eur", "year", 1, 31_999),
    )
}  # fmt: skip
#: Items of one subscription are billed together, so they share interval and currency.
FAMILIES = (
    ("plain", "seats", "free", "blocks", "graduated", "volume"),
    ("yearly",), ("weekly",), ("quarterly",), ("daily",), ("euro",), ("euro_yearly",),
)  # fmt: skip


@dataclass(frozen=True)
class Discount:
    """A coupon on a subscription or an item: percent, or minor units an invoice."""

    id: str
    start: datetime
    end: datetime | None
    percent: int | None
    amount: int | None
    item: str | None


@dataclass(frozen=True)
class Version:
    """A subscription from a moment on: what an event's snapshot shows."""

    at: datetime
    status: str
    items: tuple[tuple[str, str, int], ...]
    pause: str | None = None
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True)
class Life:
    """A subscription with all its versions; `is_paid` tells whether its first invoice was."""

    id: str
    customer: str
    versions: tuple[Version, ...]
    is_paid: bool = True
    trial_end: datetime | None = None

    @property
    def start(self) -> datetime:
        """When it began."""
        return self.versions[0].at

    @property
    def currency(self) -> str:
        """Currency of all its prices."""
        return PRICES[self.versions[0].items[0][1]].currency

    def at(self, moment: datetime) -> Version | None:
        """Its state at a moment; none before it began."""
        place = bisect_right([version.at for version in self.versions], moment)
        return self.versions[place - 1] if place else None


def seconds(moment: datetime) -> int:
    """Epoch of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


# -- making them up ------------------------------------------------------------------------------


def _next_moment(rng: random.Random, after: datetime) -> datetime:
    """Soon after, now and then on the same day or exactly at midnight."""
    kind = rng.random()
    if kind < 0.15:
        return after + timedelta(minutes=rng.randrange(7, 300))
    days = rng.choice((1, 3, 14, 30, 45, 90))
    midnight = datetime.combine(after.date() + timedelta(days=days), datetime.min.time())
    return midnight if kind < 0.3 else midnight + timedelta(seconds=rng.randrange(1, 86_400))


def _random_discount(rng: random.Random, life: str, number: int, version: Version) -> Discount:
    kind = rng.random()
    end = version.at + timedelta(days=rng.choice((31, 61, 92))) if rng.random() < 0.5 else None
    item = rng.choice(version.items)[0] if rng.random() < 0.4 else None
    percent = rng.choice((10, 25, 33, 100)) if kind < 0.6 else None
    amount = None if percent else rng.choice((500, 1001, 20_000))
    return Discount(f"di_{life}_{number}", version.at, end, percent, amount, item)


def _changed(
    rng: random.Random, life: str, number: int, version: Version, family: Sequence[str]
) -> Version:
    """The same subscription after something happened to it."""
    items = list(version.items)
    kind = rng.choice(
        ("quantity", "quantity", "price", "item", "pause", "status", "discount", "end")
    )
    if kind == "quantity":
        place = rng.randrange(len(items))
        items[place] = (*items[place][:2], rng.randrange(0, 30))
    elif kind == "price":
        place = rng.randrange(len(items))
        items[place] = (items[place][0], rng.choice(family), items[place][2])
    elif kind == "item":
        if len(items) > 1 and rng.random() < 0.5:
            items.pop(rng.randrange(len(items)))
        elif len(items) < 3:
            items.append((f"si_{life}_{number}", rng.choice(family), rng.randrange(1, 12)))
    elif kind == "pause":
        behavior = rng.choice(("void", "mark_uncollectible", "keep_as_draft"))
        return replace(version, pause=None if version.pause else behavior)
    elif kind == "status":
        other = [s for s in ("active", "past_due", "unpaid", "paused") if s != version.status]
        return replace(version, status=rng.choice(other))
    elif kind == "discount":
        if version.discounts and rng.random() < 0.5:
            return replace(version, discounts=version.discounts[1:])
        if len(version.discounts) < 2:
            new = _random_discount(rng, life, number, version)
            return replace(version, discounts=(*version.discounts, new))
    else:
        return replace(version, status="canceled")
    kept = {item for item, _, _ in items}
    discounts = tuple(d for d in version.discounts if d.item is None or d.item in kept)
    return replace(version, items=tuple(items), discounts=discounts)


def random_life(rng: random.Random, number: int, customer: str, after: datetime) -> Life:
    """A subscription of `customer` that begins some time after."""
    name = f"{number:04}"
    family = rng.choice(FAMILIES[:1] * 5 + FAMILIES)
    at = _next_moment(rng, after)
    item = (f"si_{name}_0", rng.choice(family), rng.randrange(1, 25))
    version = Version(at, "active", (item,))
    versions, trial_end = [version], None
    if rng.random() < 0.2:
        trial_end = at + timedelta(days=14)
        versions = [replace(version, status="trialing"), replace(version, at=trial_end)]
    while rng.random() < 0.8 and versions[-1].status != "canceled":
        at = _next_moment(rng, versions[-1].at)
        if at >= LAST:
            break
        base = replace(versions[-1], at=at)
        # what has ended is no longer on the object
        running = tuple(d for d in base.discounts if d.end is None or d.end > at)
        versions.append(
            _changed(rng, name, len(versions), replace(base, discounts=running), family)
        )
    seen = tuple(version for version in versions if version.at < LAST)
    return Life(f"sub_{name}", customer, seen, rng.random() < 0.93, trial_end)


def random_lives(seed: int, count: int) -> list[Life]:
    """So many subscriptions; some customers have two at once, or one after the other."""
    rng = random.Random(seed)
    lives: list[Life] = []
    while len(lives) < count:
        customer = f"cus_{len(lives):04}"
        after = FIRST + timedelta(days=rng.randrange(0, 200))
        for _ in range(rng.choice((1, 1, 2))):
            life = random_life(rng, len(lives), customer, after)
            if life.versions:
                lives.append(life)
                after = rng.choice((after, life.versions[-1].at + timedelta(days=20)))
                after = min(after, LAST - timedelta(days=120))
    return lives


# -- what Stripe says of them --------------------------------------------------------------------


def _discount_body(life: Life, discount: Discount) -> Json:
    return {
        "id": discount.id,
        "object": "discount",
        "start": seconds(discount.start),
        "end": None if discount.end is None else seconds(discount.end),
        "subscription": life.id,
        "subscription_item": discount.item,
        "customer": life.customer,
        "source": {"type": "coupon", "coupon": f"coupon_{discount.id}"},
    }


def subscription_body(life: Life, version: Version) -> Json:
    """The subscription as of one of its versions."""
    ended = seconds(version.at) if version.status == "canceled" else None
    return {
        "id": life.id,
        "object": "subscription",
        "customer": life.customer,
        "status": version.status,
        "currency": life.currency,
        "collection_method": "charge_automatically",
        "created": seconds(life.start),
        "start_date": seconds(life.start),
        "trial_start": seconds(life.start) if life.trial_end else None,
        "trial_end": seconds(life.trial_end) if life.trial_end else None,
        "cancel_at_period_end": False,
        "canceled_at": ended,
        "ended_at": ended,
        "pause_collection": version.pause and {"behavior": version.pause, "resumes_at": None},
        "discounts": [_discount_body(life, d) for d in version.discounts if d.item is None],
        "items": {
            "object": "list",
            "data": [
                {
                    "id": item,
                    "created": seconds(
                        next(v.at for v in life.versions if item in {i for i, _, _ in v.items})
                    ),
                    "quantity": quantity,
                    "price": PRICES[price].body(),
                    "discounts": [
                        _discount_body(life, d) for d in version.discounts if d.item == item
                    ],
                }
                for item, price, quantity in version.items
            ],
        },
    }


def catalogue(lives: Sequence[Life]) -> dict[str, list[Json]]:
    """Customers, products, prices, coupons and first invoices."""
    discounts = {d.id: (life, d) for life in lives for v in life.versions for d in v.discounts}
    created = seconds(FIRST - timedelta(days=30))
    return {
        "customers": [
            {"id": customer, "created": created, "metadata": {}}
            for customer in sorted({life.customer for life in lives})
        ],
        "products": [
            {
                "id": f"prod_{price}",
                "name": price,
                "active": True,
                "created": created,
                "metadata": {},
            }
            for price in PRICES
        ],
        "prices": [price.body() for price in PRICES.values()],
        "coupons": [
            {
                "id": f"coupon_{discount.id}",
                "object": "coupon",
                "duration": "forever" if discount.end is None else "repeating",
                "percent_off": discount.percent,
                "amount_off": discount.amount,
                "currency": life.currency if discount.amount else None,
                "created": created,
            }
            for life, discount in discounts.values()
        ],
        "invoices": [_first_invoice(life) for life in lives],
    }


def _first_invoice(life: Life) -> Json:
    """The first invoice with a charge: what its line is for counts, not how much it is."""
    begins = life.trial_end or life.start
    at = seconds(begins)
    item, price, quantity = (life.at(begins) or life.versions[0]).items[0]
    line = {
        "id": f"il_{life.id}",
        "object": "line_item",
        "amount": 100,
        "currency": life.currency,
        "quantity": quantity,
        "proration": False,
        "type": "subscription",
        "subscription": life.id,
        "subscription_item": item,
        "price": PRICES[price].body(),
        "period": {"start": at, "end": seconds(begins + timedelta(days=28))},
        "discount_amounts": [],
    }
    return {
        "id": f"in_{life.id}",
        "object": "invoice",
        "customer": life.customer,
        "subscription": life.id,
        "status": "paid" if life.is_paid else "open",
        "currency": life.currency,
        "collection_method": "charge_automatically",
        "created": at,
        "subtotal": 100,
        "total": 100,
        "amount_due": 100,
        "amount_paid": 100 if life.is_paid else 0,
        "discounts": [],
        "status_transitions": {"finalized_at": at, "paid_at": at if life.is_paid else None},
        "lines": {"object": "list", "data": [line], "has_more": False},
    }


# -- the reckoning -------------------------------------------------------------------------------


def half_up(value: Fraction, unit: int = NANO) -> Fraction:
    """Rounded to 1 / unit, half away from zero."""
    scaled = abs(value) * unit
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, unit)


def read_rates() -> dict[str, list[tuple[date, Fraction]]]:
    """Currency -> (first day, US dollars), from the project's seed."""
    rates: dict[str, list[tuple[date, Fraction]]] = {}
    with (ROOT / "seeds/exchange_rates.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["rate_date"])
            rates.setdefault(row["currency"], []).append((day, Fraction(row["usd_per_unit"])))
    return {currency: sorted(rows) for currency, rows in rates.items()}


def is_paused(version: Version) -> bool:
    """Whether it is paused, by status or with its collection."""
    collected = version.pause not in ("void", "mark_uncollectible")
    return version.status == "paused" or (
        version.status in ("active", "past_due") and not collected
    )


def is_earning(life: Life, version: Version) -> bool:
    """Whether it earns."""
    return life.is_paid and version.status in ("active", "past_due") and not is_paused(version)


def net_of_items(life: Life, version: Version, moment: datetime) -> Fraction:
    """Major units a month after discounts, each item rounded to the nano-unit."""
    running = [
        d for d in version.discounts if d.start <= moment and (d.end is None or moment < d.end)
    ]
    left: list[Fraction] = []
    for item, price, quantity in version.items:
        terms = PRICES[price]
        rest = half_up(terms.amount(quantity) / 100 * terms.per_month)
        for discount in (one for one in running if one.item == item):
            rest -= half_up(taken_off(discount, rest, terms.per_month))
        left.append(rest)
    per_month = PRICES[version.items[0][1]].per_month
    for discount in (one for one in running if one.item is None):
        total = sum(left, Fraction(0))
        off = taken_off(discount, total, per_month)
        left = [rest - off * rest / total for rest in left] if total else left
    return sum(left, Fraction(0))


def taken_off(discount: Discount, rest: Fraction, per_month: Fraction) -> Fraction:
    """What a discount takes from what those listed before it left, in major units a month."""
    if discount.percent is not None:
        return rest * discount.percent / 100
    return min(half_up(Fraction(discount.amount or 0, 100) * per_month), rest)


def moments_of(life: Life) -> list[datetime]:
    """Every moment at which its value may change, in order."""
    found = {version.at for version in life.versions}
    found |= {d.end for v in life.versions for d in v.discounts if d.end is not None}
    return sorted(moment for moment in found if moment < LAST)


def timeline(life: Life) -> Iterator[tuple[datetime, Fraction, Fraction]]:
    """(moment, earning, paused) whenever either may have changed, in the life's own currency."""
    earned_before, paused, was_paused = Fraction(0), Fraction(0), False
    for moment in moments_of(life):
        version = life.at(moment)
        assert version is not None
        earning = Fraction(0)
        now_paused = life.is_paid and is_paused(version)
        if is_earning(life, version):
            earning = net_of_items(life, version, moment)
        if now_paused and not was_paused:
            paused = earned_before
        elif not now_paused:
            paused = Fraction(0)
        earned_before, was_paused = earning, now_paused
        yield moment, earning, paused


@dataclass
class Book:
    """What a customer's days were: (day, kind) -> change, and MRR at the end of a day."""

    movements: dict[tuple[str, date, str], Fraction] = field(default_factory=dict)
    balances: dict[str, list[tuple[date, Fraction]]] = field(default_factory=dict)

    def balance(self, customer: str, day: date) -> Fraction:
        """MRR of a customer at the end of a day."""
        rows = self.balances.get(customer, [])
        place = bisect_right([row[0] for row in rows], day)
        return rows[place - 1][1] if place else Fraction(0)


def keep_book(lives: Sequence[Life], zone: str) -> Book:
    """Day by day and customer by customer, in US dollars."""
    rates = read_rates()
    book = Book()
    by_customer: dict[str, list[Life]] = {}
    for life in lives:
        by_customer.setdefault(life.customer, []).append(life)
    for customer, own in by_customer.items():
        _keep_customer(book, customer, own, rates, ZoneInfo(zone))
    return book


def _rate(rates: dict[str, list[tuple[date, Fraction]]], currency: str, day: date) -> Fraction:
    if currency == "usd":
        return Fraction(1)
    rows = rates[currency]
    place = bisect_right([row[0] for row in rows], day)
    return rows[max(place, 1) - 1][1]


def _keep_customer(
    book: Book,
    customer: str,
    lives: Sequence[Life],
    rates: dict[str, list[tuple[date, Fraction]]],
    zone: ZoneInfo,
) -> None:
    def local_day(moment: datetime) -> date:
        return moment.replace(tzinfo=UTC).astimezone(zone).date()

    closes: dict[date, dict[str, tuple[Fraction, Fraction]]] = {}
    for life in lives:
        for moment, earning, paused in timeline(life):
            closes.setdefault(local_day(moment), {})[life.id] = (earning, paused)
    days = set(closes)
    first, last = min(closes), local_day(LAST - timedelta(seconds=1))
    days |= {day for rows in rates.values() for day, _ in rows if first < day <= last}
    state: dict[str, tuple[Fraction, Fraction]] = {}
    currency = {life.id: life.currency for life in lives}
    had_paid, before_day = False, first
    for day in sorted(days):
        before = dict(state)
        state |= closes.get(day, {})

        def value(of: dict[str, tuple[Fraction, Fraction]], part: int, at: date) -> Fraction:
            return sum(
                (amounts[part] * _rate(rates, currency[life], at) for life, amounts in of.items()),
                Fraction(0),
            )

        fx = value(before, 0, day) - value(before, 0, before_day)
        own = value(state, 0, day) - value(before, 0, day)
        paused = value(state, 1, day) - value(before, 1, day)
        rest = own + paused
        total_before = sum((sum(amounts) for amounts in before.values()), Fraction(0))
        total_after = sum((sum(amounts) for amounts in state.values()), Fraction(0))
        found = {"fx": fx, "pause" if paused > 0 else "resume": -paused}
        if total_before == 0 and total_after > 0:
            kind = "reactivation" if had_paid else "new"
        elif total_before > 0 and total_after == 0:
            kind = "churn"
        else:
            kind = "expansion" if rest > 0 else "contraction"
        found[kind] = rest
        had_paid = had_paid or total_after > 0
        for name, change in found.items():
            if change:
                book.movements[customer, day, name] = change
        book.balances.setdefault(customer, []).append((day, value(state, 0, day)))
        before_day = day
