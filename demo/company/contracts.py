"""Contracts that the company bills by hand, beside what the card processor bills.

Two firms have only a contract; one has a plan by card and a contract for support; one left its plan
and was on a contract four days later, which is a pause between two providers and no churn. The
files are those of `examples/billing_files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from demo.timeline import DAY, HOUR, day_of, epoch, month_start, shift_month
from demo.truth.writing import write_csv
from demo.vendors.store import StoreWriter

#: How ids of this source begin in the models.
SOURCE: Final = "billing_files"
PRODUCT: Final = "enterprise"
#: Invoices are of a calendar month, sent on its first day, paid so many days later.
PAID_AFTER: Final = 10
#: So many days before its contract the firm that moved ended its plan.
GAP_DAYS: Final = 4
MOVED: Final = "cus_moved_to_contract"
MOVED_APP_ID: Final = "app-moved-1"


@dataclass(frozen=True)
class Contract:
    """A monthly contract: who has it since the first of a month, for how many cents.

    known_as: the customer's id in the models. left: cents a month that it paid elsewhere until
    `GAP_DAYS` before.
    """

    customer: str
    name: str
    country: str
    app_customer: str
    known_as: str
    currency: str
    cents: int
    since: date
    left: int = 0

    @property
    def is_alone(self) -> bool:
        """Whether the firm is no customer anywhere else; else `seeds/customer_map.csv` joins it."""
        return self.known_as.startswith(SOURCE)

    @property
    def id(self) -> str:
        """The subscription's id in the files."""
        return f"{self.customer}-contract"

    def months(self, until: int) -> Iterator[date]:
        """First days of the months that begin at or before a moment."""
        month = self.since
        while epoch(month) <= until:
            yield month
            month = shift_month(month, 1)


def moved_at(clock: int) -> date:
    """The first day of the contract of the firm that moved."""
    return shift_month(month_start(day_of(clock)), -2)


def contracts(start: int, clock: int) -> Sequence[Contract]:
    """All contracts of a company whose life is at least a year."""
    first = month_start(day_of(start))

    def own(customer: str, name: str, country: str, currency: str, cents: int, months: int
            ) -> Contract:  # fmt: skip
        known_as, since = f"{SOURCE}:{customer}", shift_month(first, months)
        return Contract(customer, name, country, customer, known_as, currency, cents, since)

    return (
        own("northwind", "Northwind Insurance", "US", "usd", 115_000, 5),
        own("meridian", "Meridian Bank", "DE", "eur", 89_000, 9),
        Contract("support", "Support of a mapped firm", "US", "app-mapped-1",
                 "cus_app_customer_id", "usd", 25_000, shift_month(first, 10)),
        Contract("moved", "A firm that moved", "US", MOVED_APP_ID, MOVED, "usd", 16_000,
                 moved_at(clock), left=9_900),
    )  # fmt: skip


def book_contracts(store: StoreWriter, signed: Sequence[Contract], horizon: int) -> None:
    """What the contracts earn and bring, in the simulator's own books."""
    for one in signed:
        start = epoch(one.since)
        if one.left:
            # between two providers within a week: paused at what it paid before
            end = start - GAP_DAYS * DAY + 9 * HOUR
            store.book_recurring([_stretch(one, "paused", end, start, one.left)])
        store.book_recurring([_stretch(one, "earning", start, None, one.cents)])
        for month in one.months(horizon):
            paid = epoch(month) + PAID_AFTER * DAY + 12 * HOUR
            reference = f"{one.customer}-{month:%Y-%m}"
            store.book(paid, "cash", one.known_as, one.currency, one.cents, reference)


def _stretch(one: Contract, state: str, start: int, end: int | None, cents: int) -> tuple[Any, ...]:
    """A row of the store's table `recurring`."""
    item = f"{one.id}/{PRODUCT}"
    whole = str(cents)
    return (
        one.known_as, one.id, item, PRODUCT, PRODUCT, 1, one.currency, state, start, end, None,
        None, whole, "0", "0", whole,
    )  # fmt: skip


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def write_contracts(folder: Path, signed: Sequence[Contract], clock: int) -> None:
    """Write the four files as somebody keeps them at the clock."""
    known = [one for one in signed if epoch(one.since) <= clock]
    write_csv(
        folder / "customers.csv",
        ("customer_id", "name", "email", "country", "app_customer_id", "created_on"),
        [
            # whom a map joins with another customer, it also names to the app
            (one.customer, one.name, "", one.country,
             one.app_customer if one.is_alone else "", one.since)
            for one in known
        ],
    )  # fmt: skip
    write_csv(
        folder / "subscriptions.csv",
        (
            "subscription_id", "customer_id", "product_id", "product_name", "quantity",
            "unit_price", "currency", "billing_interval", "interval_count", "status", "valid_from",
            "valid_to",
        ),
        [
            (one.id, one.customer, PRODUCT, "Enterprise contract", 1, _money(one.cents),
             one.currency.upper(), "month", 1, "active", one.since, "")
            for one in known
        ],
    )  # fmt: skip
    bills = [(one, month) for one in known for month in one.months(clock)]
    write_csv(
        folder / "invoices.csv",
        (
            "invoice_id", "line_id", "customer_id", "subscription_id", "product_id", "description",
            "status", "issued_on", "due_on", "currency", "quantity", "amount", "period_start",
            "period_end",
        ),
        [
            (f"{one.customer}-{month:%Y-%m}", 1, one.customer, one.id, PRODUCT,
             "Enterprise contract", "open", month, month + timedelta(days=30),
             one.currency.upper(), 1, _money(one.cents), month, shift_month(month, 1))
            for one, month in bills
        ],
    )  # fmt: skip
    paid = [(one, month, month + timedelta(days=PAID_AFTER)) for one, month in bills]
    write_csv(
        folder / "payments.csv",
        ("payment_id", "invoice_id", "kind", "paid_on", "amount", "currency"),
        [
            (f"bank-{one.customer}-{month:%Y-%m}", f"{one.customer}-{month:%Y-%m}", "payment", day,
             _money(one.cents), one.currency.upper())
            for one, month, day in paid
            if epoch(day) + 12 * HOUR <= clock
        ],
    )  # fmt: skip
