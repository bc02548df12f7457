"""Random companies: customers whose every right, change and misfortune is drawn by chance.

They are played by the demo's own cashier, so that what the API says of them hangs together as it
does in reality: drafts kept in a pause and finalised weeks later, discounts larger than the bill,
changes amid a period, refunds, disputes, credits, customers deleted, currencies without decimals.
Wider than the demo company, which is meant to be looked at; these are meant to break something.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from demo.company.accounts import CustomerAccount, Dispute, ExtraLine, Grant, InvoiceFate, Refund
from demo.company.billing import CustomerBilling
from demo.company.catalogue import Catalogue, Coupon, Price, Product
from demo.company.growth import (
    add_item,
    become,
    cancel_at_period_end,
    cancel_now,
    change_item,
    discount,
    fail_renewal,
    pause,
    plain,
    remove_item,
)
from demo.company.lives import SubscriptionLife
from demo.company.plans import demo_catalogue
from demo.company.scenarios import open_account, put_catalogue
from demo.timeline import DAY, HOUR, epoch
from demo.vendors.store import StoreWriter

START: Final = epoch("2025-01-01")
CLOCK: Final = "2026-06-15T12:00:00Z"
HORIZON: Final = epoch(CLOCK) + 40 * DAY

#: Prices that may stand on one subscription: they share an interval and a currency.
FAMILIES: Final = (
    ("usd", ("price_starter_month", "price_pro_month", "price_business_month", "price_addon")),
    ("usd", ("price_team_month", "price_blocks", "price_seats_graduated", "price_api_volume")),
    ("usd", ("price_free_month", "price_starter_month", "price_module_01", "price_module_12")),
    ("usd", ("price_pro_year", "price_team_year", "price_business_year")),
    ("usd", ("price_pro_week", "price_starter_week")),
    ("usd", ("price_pro_quarter", "price_team_quarter")),
    ("usd", ("price_odd_day", "price_odd_days")),
    ("usd", ("price_odd_tiny", "price_odd_decimal")),
    ("eur", ("price_pro_month", "price_starter_month", "price_addon_eur")),
    ("eur", ("price_pro_vat",)),
    ("eur", ("price_pro_net",)),
    ("jpy", ("price_pro_month", "price_business_month")),
    ("kwd", ("price_pro_month", "price_team_month")),
    ("idr", ("price_odd_rupiah",)),
)  # fmt: skip
COUPONS: Final = (
    "FOREVER20", "LAUNCH50", "FIRST30", "TENOFF", "YEAROFF", "WELCOME", "SUPPORT25", "OLDTIMES",
    "ALLOFF", "THIRD", "HUGE",
)  # fmt: skip


@dataclass(frozen=True)
class Draw:
    """Chance, with the few words that making lives up needs."""

    rng: random.Random

    def happens(self, share: float) -> bool:
        """True in so many cases of 1."""
        return self.rng.random() < share

    def moment(self, after: int, before: int = HORIZON) -> int:
        """Some time later, to the minute, now and then exactly at midnight."""
        at = after + self.rng.randint(1, 120) * DAY + self.rng.randint(0, 1439) * 60
        at = min(at, before - HOUR)
        return at - at % DAY if self.happens(0.1) and at - at % DAY > after else at


def catalogue() -> Catalogue:
    """The demo's price book and some odd prices and coupons."""
    book = demo_catalogue(START)
    book.products["prod_odd"] = Product("prod_odd", "Odd things", START)
    for name, currency, unit, interval, count in (
        ("day", "usd", Fraction(99), "day", 1),
        ("days", "usd", Fraction(250), "day", 1),
        ("tiny", "usd", Fraction(1, 1000), "month", 1),
        ("decimal", "usd", Fraction(123456789, 1000000), "month", 1),
        ("rupiah", "idr", Fraction(1_200_000_000_000), "year", 1),
    ):
        price = Price(
            f"price_odd_{name}", "prod_odd", currency, unit, interval, count, created=START
        )
        book.prices[price.id] = price
    for coupon in (
        Coupon("ALLOFF", "repeating", percent=Fraction(100), months=2, created=START),
        Coupon("THIRD", "forever", percent=Fraction(3333, 100), created=START),
        Coupon("HUGE", "forever", amount=10_000_000, currency="usd", created=START),
    ):
        book.coupons[coupon.id] = coupon
    return book


# -- what may happen to a subscription -------------------------------------------------------------

Deed = Callable[[Draw, SubscriptionLife, int, tuple[str, ...], Catalogue], SubscriptionLife]


def _quantity(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    return change_item(life, at, quantity=draw.rng.randint(1, 30))


def _price(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    return change_item(life, at, price=draw.rng.choice(family))


def _add(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    if len({span.item for span in life.items}) > 3:
        return life
    return add_item(life, draw.rng.choice(family), draw.rng.randint(1, 9), at)


def _remove(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    return remove_item(life, 0, at) if len(life.items_at(at - 1)) > 1 else life


def _discount(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    coupon = book.coupons[draw.rng.choice(COUPONS)]
    if coupon.currency not in (None, life.currency) or len(life.discounts) > 2:
        return life
    end = None if coupon.months is None else at + coupon.months * 30 * DAY
    return discount(life, coupon.id, at, end)


def _pause(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    if any(span.end is None or span.end >= at for span in life.pauses):
        return life
    behavior = draw.rng.choice(("void", "mark_uncollectible", "keep_as_draft", "keep_as_draft"))
    return pause(life, at, None if draw.happens(0.2) else draw.moment(at), behavior)


def _fail(
    draw: Draw, life: SubscriptionLife, at: int, family: tuple[str, ...], book: Catalogue
) -> SubscriptionLife:
    recovered = draw.rng.randint(2, 12) * DAY if draw.happens(0.5) else None
    return fail_renewal(
        life,
        book.prices,
        draw.rng.randint(0, 6),
        HORIZON,
        recovered_after=recovered,
        then=draw.rng.choice(("canceled", "unpaid")),
    )


DEEDS: Final[tuple[Deed, ...]] = (
    _quantity, _quantity, _price, _price, _add, _remove, _discount, _discount, _pause,
)  # fmt: skip


def random_life(
    draw: Draw, customer: str, number: int, start: int, book: Catalogue
) -> tuple[SubscriptionLife, int]:
    """A subscription, and until when something happened to it."""
    currency, family = draw.rng.choice(FAMILIES)
    trial = draw.rng.choice((7, 14, 30)) if draw.happens(0.25) else 0
    life = plain(
        customer, number, draw.rng.choice(family), start,
        quantity=draw.rng.randint(1, 20), currency=currency, trial_days=trial,
    )  # fmt: skip
    life = replace(
        life,
        proration=draw.rng.choice(("invoice_now", "next_invoice", "none")),
        after_dunning=draw.rng.choice(("uncollectible", "void", "open")),
        collection_method=draw.rng.choice(
            ("charge_automatically", "charge_automatically", "send_invoice")
        ),
        pay_after=draw.rng.randint(1, 25) * DAY,
        tax_percent=Fraction(19) if draw.happens(0.3) else None,
    )
    at = start + trial * DAY
    for _ in range(draw.rng.randint(0, 6)):
        at = draw.moment(at)
        if at >= HORIZON - 2 * DAY:
            break
        life = draw.rng.choice(DEEDS)(draw, life, at, family, book)
    if draw.happens(0.25):
        life = _fail(draw, life, at, family, book)
    if life.ended_at is None and draw.happens(0.4):
        at = draw.moment(at)
        if life.status_at(at) in ("active", "past_due"):
            ends_at_once = draw.happens(0.4)
            life = (
                cancel_now(life, at)
                if ends_at_once
                else cancel_at_period_end(life, book.prices, at, HORIZON)
            )
    if trial and draw.happens(0.1):
        life = become(life, start + trial * DAY, "paused")
    return life, at


def _fates(draw: Draw, life: SubscriptionLife) -> Iterable[InvoiceFate]:
    numbers = draw.rng.sample(range(1, 8), 2)
    if draw.happens(0.2):
        share = draw.rng.choice((Fraction(1), Fraction(1, 2), Fraction(1, 7)))
        refund = Refund(draw.rng.randint(1, 40) * DAY, share, draw.happens(0.4))
        yield InvoiceFate(numbers[0], refund=refund)
    elif draw.happens(0.1):
        opened = draw.rng.randint(1, 40) * DAY
        won = draw.rng.choice((True, False, None))
        closed = None if won is None else opened + draw.rng.randint(5, 50) * DAY
        yield InvoiceFate(numbers[0], dispute=Dispute(opened, closed, won))
    if draw.happens(0.1):
        yield InvoiceFate(numbers[1], credit_note_share=draw.rng.choice((Fraction(1, 3),)))


def random_account(seed: int, number: int, book: Catalogue) -> CustomerAccount:
    """A customer with one to three subscriptions of one currency."""
    draw = Draw(random.Random(f"{seed}/{number}"))
    customer = f"cus_{seed:03}_{number:02}"
    created = START + draw.rng.randint(0, 420) * DAY + draw.rng.randint(0, 1439) * 60
    lives: list[SubscriptionLife] = []
    at = created + HOUR
    for index in range(draw.rng.choice((1, 1, 1, 2, 3))):
        if at >= HORIZON - 10 * DAY:
            break
        life, last = random_life(draw, customer, index + 1, at, book)
        if not lives or life.currency == lives[0].currency:
            lives.append(life)
        at = draw.rng.choice((at, last)) + draw.rng.randint(0, 30) * DAY
    currency = lives[0].currency
    extras = tuple(
        ExtraLine(
            draw.moment(created),
            draw.rng.choice((-2_500, 199, 50_000)),
            "Extra",
            product="prod_addon",
            own_invoice=(own := draw.happens(0.4)),
            paid=draw.happens(0.8) or not own,
        )
        for _ in range(draw.rng.choice((0, 0, 0, 1, 2)))
    )
    grants = tuple(
        Grant(draw.moment(created), 5_000, draw.rng.choice(("paid", "promotional")), "Credits")
        for _ in range(draw.rng.choice((0, 0, 0, 0, 1)))
    )
    return CustomerAccount(
        id=customer,
        created=created,
        name=f"Company {seed} {number}",
        email=f"{customer}@example.com",
        currency=currency,
        lives=tuple(lives),
        fates=tuple((life.id, fate) for life in lives for fate in _fates(draw, life)),
        extras=tuple(
            replace(extra, own_invoice=True, amount=abs(extra.amount))
            if extra.own_invoice
            else extra
            for extra in extras
        ),
        grants=grants,
        deleted_at=draw.moment(created + 300 * DAY) if draw.happens(0.05) else None,
    )


def write_companies(path: Path, seeds: Iterable[int], customers: int) -> None:
    """Write an account in which the companies of several seeds stand side by side."""
    book = catalogue()
    with StoreWriter(path) as store:
        open_account(store, clock=epoch(CLOCK))
        put_catalogue(store, book)
        for seed in seeds:
            for number in range(customers):
                with store.scope():
                    account = random_account(seed, number, book)
                    CustomerBilling(store, book, account, HORIZON).play()
