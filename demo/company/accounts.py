"""A billing customer: what it buys, and what happens to its money besides subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from demo.company.lives import SubscriptionLife
from demo.vendors.store import Json


@dataclass(frozen=True)
class Refund:
    """Money given back `after` the payment: a share of it, and whether a credit note says so."""

    after: int
    share: Fraction = Fraction(1)
    with_credit_note: bool = False


@dataclass(frozen=True)
class Dispute:
    """A disputed payment, opened and closed so long after it; `won` None is still open."""

    opened_after: int
    closed_after: int | None = None
    won: bool | None = None


@dataclass(frozen=True)
class InvoiceFate:
    """What happens to a subscription's `number`th invoice (from 1) with a positive total."""

    number: int
    refund: Refund | None = None
    dispute: Dispute | None = None
    credit_note_share: Fraction | None = None


@dataclass(frozen=True)
class ExtraLine:
    """A one-off invoice item: waiting for the next invoice, or on an invoice of its own."""

    at: int
    amount: int
    description: str
    price: str | None = None
    quantity: int = 1
    own_invoice: bool = False
    paid: bool = True
    product: str | None = None


@dataclass(frozen=True)
class Grant:
    """A billing credit grant: amount in minor units, `paid` or `promotional`."""

    at: int
    amount: int
    category: str
    name: str
    expires_at: int | None = None
    applied: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class CustomerAccount:
    """A billing customer with all that it buys."""

    id: str
    created: int
    name: str
    email: str
    currency: str
    country: str = "US"
    metadata: Json = field(default_factory=dict)
    lives: tuple[SubscriptionLife, ...] = ()
    fates: tuple[tuple[str, InvoiceFate], ...] = ()
    extras: tuple[ExtraLine, ...] = ()
    grants: tuple[Grant, ...] = ()
    deleted_at: int | None = None
    renamed: tuple[int, str] | None = None
