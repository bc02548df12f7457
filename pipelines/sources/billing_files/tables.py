"""Billing files: their columns, what must be in them, and the raw tables that they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.loading.tables import ObjectTable


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        kind: text, day, money, quantity, percent, currency, or choice.
        is_needed: a row without it cannot be read.
        default: what an empty cell means.
        choices: what a choice may be.
        least: the lowest number that makes sense.
        below: what to write instead of a lower one.
    """

    kind: str
    is_needed: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    below: str = ""


@dataclass(frozen=True)
class BillingFile:
    """A kind of file: how its name begins, its columns, the columns that tell rows apart.

    Attributes:
        alike: columns that all rows share which have the first column of the key in common.
    """

    prefix: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    table: ObjectTable
    alike: tuple[str, ...] = ()


#: Kind of a column -> type of the raw column.
_RAW_TYPES: Final = {
    "text": "text",
    "day": "date",
    "money": "money",
    "quantity": "bigint",
    "percent": "decimal",
    "currency": "text",
    "choice": "text",
}


def _file(
    prefix: str, table: str, key: tuple[str, ...], alike: tuple[str, ...] = (), **columns: Column
) -> BillingFile:
    raw = {name: _RAW_TYPES[column.kind] for name, column in columns.items()}
    return BillingFile(
        prefix,
        columns,
        key,
        ObjectTable(table, {**raw, "email_domain": "text"} if "email" in raw else raw),
        alike,
    )


_NEEDED: Final = Column("text", is_needed=True)
_TEXT: Final = Column("text")
_DAY: Final = Column("day")
_CURRENCY: Final = Column("currency", is_needed=True)

CUSTOMERS: Final = _file(
    "customers",
    "customers",
    ("customer_id",),
    customer_id=_NEEDED,
    name=_TEXT,
    email=_TEXT,
    country=_TEXT,
    app_customer_id=_TEXT,
    created_on=_DAY,
)
SUBSCRIPTIONS: Final = _file(
    "subscriptions",
    "subscription_prices",
    ("subscription_id", "product_id", "valid_from"),
    subscription_id=_NEEDED,
    customer_id=_NEEDED,
    product_id=_NEEDED,
    product_name=_TEXT,
    quantity=Column("quantity", default="1"),
    unit_price=Column(
        "money", is_needed=True, least=0, below="for a price taken off write discount_percent"
    ),
    currency=_CURRENCY,
    billing_interval=Column("choice", is_needed=True, choices=("day", "week", "month", "year")),
    interval_count=Column("quantity", default="1", least=1, below="write 1 for every interval"),
    discount_percent=Column("percent"),
    status=Column(
        "choice", default="active", choices=("active", "trialing", "past_due", "unpaid", "paused")
    ),
    valid_from=Column("day", is_needed=True),
    valid_to=_DAY,
)
INVOICES: Final = _file(
    "invoices",
    "invoice_lines",
    ("invoice_id", "line_id"),
    ("customer_id", "currency"),
    invoice_id=_NEEDED,
    line_id=_NEEDED,
    customer_id=_NEEDED,
    subscription_id=_TEXT,
    product_id=_TEXT,
    description=_TEXT,
    status=Column(
        "choice", default="open", choices=("draft", "open", "paid", "void", "uncollectible")
    ),
    issued_on=Column("day", is_needed=True),
    due_on=_DAY,
    paid_on=_DAY,
    closed_on=_DAY,
    currency=_CURRENCY,
    quantity=Column("quantity", default="1"),
    amount=Column("money", is_needed=True),
    discount=Column("money", default="0"),
    tax=Column("money", default="0"),
    period_start=_DAY,
    period_end=_DAY,
)
PAYMENTS: Final = _file(
    "payments",
    "payments",
    ("payment_id",),
    payment_id=_NEEDED,
    invoice_id=_NEEDED,
    kind=Column("choice", default="payment", choices=("payment", "refund")),
    paid_on=Column("day", is_needed=True),
    amount=Column("money", is_needed=True, least=0, below="for money given back write kind refund"),
    currency=_CURRENCY,
)

#: Every kind of file.
FILES: Final = (CUSTOMERS, SUBSCRIPTIONS, INVOICES, PAYMENTS)
