"""Scripted lives: cases written as dictionaries, placed exactly into an account.

The form of a case is that of `tests/python/fixtures/mrr_cases.yaml`: prices, subscriptions with
rows of statuses, items, pauses and discounts, tax rate, one-off invoices, usage, credit ledger, or
just invoice lines. Every case has its own ids, so that several share an account.

Cost cases are placed as exact bill rows (`place_bill`) and exact app events
(`event_files.write_rows`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import orjson

from demo.company.accounts import CustomerAccount, ExtraLine, Grant
from demo.company.billing import CustomerBilling
from demo.company.catalogue import (
    Catalogue,
    Coupon,
    Price,
    Product,
    Tier,
    coupon_body,
    price_body,
    product_body,
)
from demo.company.leaving import UNSAID
from demo.company.lives import (
    DiscountSpan,
    ItemSpan,
    PauseSpan,
    Phase,
    Schedule,
    SubscriptionLife,
    make_id,
)
from demo.timeline import DAY, epoch, shift_month
from demo.vendors.store import Json, StoreWriter

#: The version of the API that new objects of a test account speak.
CURRENT_VERSION: Final = "2026-10-28.endive"
OLD_VERSION: Final = "2024-06-20"


_SUBSCRIPTION_KEYS: Final = frozenset(
    {"id", "customer", "status", "items", "discounts", "pause", "currency", "created", "trial_end"}
    | {"canceled_at", "cancel_at_period_end", "ended_at", "tax_rate", "collection_method"}
    | {"proration", "after_dunning", "schedule"}
)


@dataclass(frozen=True)
class PlacedCase:
    """A case in an account: its vendor ids by the names the case uses."""

    id: str
    customers: Mapping[str, str]
    subscriptions: Mapping[str, str]
    items: Mapping[str, str]
    prices: Mapping[str, str]
    products: Mapping[str, str]
    expected: Mapping[str, Any]
    report_currency: str
    exchange_rates: tuple[tuple[date, str, Decimal], ...]
    one_off_products: tuple[str, ...] = ()


@dataclass
class _Names:
    """Vendor ids of one case."""

    case: str
    customers: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)

    def _name(self, book: dict[str, str], prefix: str, name: str) -> str:
        return book.setdefault(name, f"{prefix}_{self.case}_{name}")

    def customer(self, name: str) -> str:
        return self._name(self.customers, "cus", name)

    def subscription(self, name: str) -> str:
        return self._name(self.subscriptions, "sub", name)

    def item(self, name: str) -> str:
        return self._name(self.items, "si", name)

    def price(self, name: str) -> str:
        return self._name(self.prices, "price", name)

    def product(self, name: str) -> str:
        return self._name(self.products, "prod", name)


def moment(value: Any) -> int:
    """Seconds of a case's time: a datetime, a day or ISO text."""
    return epoch(value)


def _optional(value: Any) -> int | None:
    return None if value is None else moment(value)


def _fraction(value: Any) -> Fraction:
    return Fraction(str(value))


def read_price(names: _Names, name: str, row: Mapping[str, Any], created: int) -> Price:
    """A case's price row. Unknown keys are refused, so that no case is half understood.

    Raises:
        ValueError: a key this simulator does not know.
    """
    known = {
        "unit_amount", "unit_amount_decimal", "currency", "interval", "interval_count",
        "usage_type", "billing_scheme", "tiers_mode", "tiers", "tax_behavior", "type",
        "transform_quantity", "currency_options", "product", "nickname",
    }  # fmt: skip
    unknown = set(row) - known
    if unknown:
        raise ValueError(f"price {name}: unknown keys {sorted(unknown)}")
    unit = row.get("unit_amount_decimal", row.get("unit_amount"))
    tiers = tuple(
        Tier(
            None if tier["up_to"] in (None, "inf") else int(tier["up_to"]),
            _fraction(tier.get("unit_amount_decimal", tier.get("unit_amount")) or 0),
            int(tier.get("flat_amount") or 0),
        )
        for tier in row.get("tiers", ())
    )
    transform = row.get("transform_quantity") or {}
    one_time = row.get("type") == "one_time"
    options = {
        code: option if not isinstance(option, Mapping) else option["unit_amount"]
        for code, option in (row.get("currency_options") or {}).items()
    }
    return Price(
        id=names.price(name),
        product=names.product(str(row.get("product", name))),
        currency=row["currency"],
        unit=None if unit is None else _fraction(unit),
        interval=None if one_time else row.get("interval", "month"),
        interval_count=int(row.get("interval_count", 1)),
        is_metered=row.get("usage_type") == "metered",
        tiers_mode=row.get("tiers_mode") if tiers else None,
        tiers=tiers,
        divide_by=transform.get("divide_by"),
        round_to=transform.get("round", "up"),
        tax_behavior=row.get("tax_behavior", "unspecified"),
        other_currencies=tuple((code, _fraction(amount)) for code, amount in options.items()),
        created=created,
    )


def _read_life(
    names: _Names,
    row: Mapping[str, Any],
    catalogue: Catalogue,
    case: Mapping[str, Any],
) -> SubscriptionLife:
    unknown = set(row) - _SUBSCRIPTION_KEYS
    if unknown:
        raise ValueError(f"subscription {row['id']}: unknown keys {sorted(unknown)}")
    statuses = tuple((moment(at), str(status)) for at, status in row["status"])
    items = tuple(
        ItemSpan(
            names.item(item),
            names.price(price),
            None if quantity is None else int(quantity),
            moment(start),
            _optional(end),
        )
        for item, price, quantity, start, end in row["items"]
    )
    currency = row.get("currency") or catalogue.prices[items[0].price].currency
    trial = next((at for at, status in statuses[1:] if statuses[0][1] == "trialing"), None)
    discounts = tuple(
        _read_discount(names, row, number, discount, currency, catalogue, statuses[0][0])
        for number, discount in enumerate(row.get("discounts", ()), start=1)
    )
    schedule = None
    if row.get("schedule"):
        plan = row["schedule"]
        schedule = Schedule(
            make_id("sub_sched", names.case, row["id"]),
            moment(plan["created"]),
            tuple(
                Phase(
                    moment(phase["start"]),
                    moment(phase["end"]),
                    tuple((names.price(p), int(q)) for p, q in phase["items"]),
                )
                for phase in plan["phases"]
            ),
        )
    return SubscriptionLife(
        id=names.subscription(row["id"]),
        customer=names.customer(row["customer"]),
        currency=currency,
        statuses=statuses,
        items=items,
        discounts=discounts,
        pauses=tuple(
            PauseSpan(moment(start), _optional(end), behavior)
            for start, end, behavior in row.get("pause", ())
        ),
        created=_optional(row.get("created")),
        trial_end=_optional(row["trial_end"]) if "trial_end" in row else trial,
        canceled_at=_optional(row.get("canceled_at")),
        cancel_at_period_end=bool(row.get("cancel_at_period_end", False)),
        tax_percent=None if row.get("tax_rate") is None else _fraction(row["tax_rate"]),
        collection_method=row.get("collection_method", "charge_automatically"),
        proration=row.get("proration", "invoice_now"),
        after_dunning=row.get("after_dunning", "uncollectible"),
        usage=_read_usage(case, items, catalogue),
        schedule=schedule,
    )


def _read_discount(
    names: _Names,
    row: Mapping[str, Any],
    number: int,
    discount: Mapping[str, Any],
    currency: str,
    catalogue: Catalogue,
    start: int,
) -> DiscountSpan:
    begins, ends = moment(discount.get("start", start)), _optional(discount.get("end"))
    months = discount.get("duration_in_months")
    if months is None and discount["duration"] == "repeating" and ends is not None:
        first, last = datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC)
        months = (last.year - first.year) * 12 + last.month - first.month
    percent, amount = discount.get("percent_off"), discount.get("amount_off")
    coupon = Coupon(
        id=f"coupon_{names.case}_{row['id']}_{number}",
        duration=discount["duration"],
        percent=None if percent is None else _fraction(percent),
        amount=None if amount is None else int(amount),
        currency=None if amount is None else currency,
        months=months,
        products=tuple(names.product(name) for name in discount.get("products", ())),
        name=f"{names.case} {discount['duration']}",
        created=begins,
    )
    catalogue.coupons[coupon.id] = coupon
    item = discount.get("item")
    return DiscountSpan(
        id=make_id("di", names.case, row["id"], number),
        coupon=coupon.id,
        start=begins,
        end=None if discount["duration"] == "once" else ends,
        item=None if item is None else names.item(item),
    )


def _read_usage(
    case: Mapping[str, Any], items: Sequence[ItemSpan], catalogue: Catalogue
) -> dict[str, tuple[tuple[int, int], ...]]:
    metered = next((s for s in items if catalogue.prices[s.price].is_metered), None)
    rows = case.get("usage_revenue")
    if metered is None or not rows:
        return {}
    usage = []
    for month, row in rows.items():
        first = moment(date.fromisoformat(f"{month}-01"))
        usage.append((max(first + 12 * 3_600, metered.start), int(row["units"])))
    return {metered.item: tuple(usage)}


def _months(case: Mapping[str, Any]) -> tuple[date, date]:
    """The case's first and last month."""
    months = sorted(date.fromisoformat(f"{month}-01") for month in case["expected"])
    return months[0], months[-1]


def place_case(
    store: StoreWriter,
    case: Mapping[str, Any],
    *,
    horizon: int | None = None,
    created: int | None = None,
) -> PlacedCase:
    """Play one case into a store.

    Args:
        store: an account that is being written.
        case: the case, in the form of the fixture.
        horizon: until when life goes on; four months after the case's last month by default.
        created: when products and customers were made; a month before the case by default.

    Returns:
        The vendor ids of everything the case names.
    """
    first, last = _months(case)
    horizon = moment(shift_month(last, 4)) if horizon is None else horizon
    created = moment(shift_month(first, -1)) if created is None else created
    names = _Names(str(case["id"]).lower())
    catalogue = Catalogue()
    for name, row in case["prices"].items():
        price = read_price(names, name, row, created)
        catalogue.prices[price.id] = price
        kind = {} if price.is_recurring else {"kind": "credit_pack"}
        catalogue.products.setdefault(
            price.product, Product(price.product, f"{case['id']} {name}", created, kind)
        )
    lives: list[SubscriptionLife] = [
        _read_life(names, row, catalogue, case) for row in case.get("subscriptions", ())
    ]
    put_catalogue(store, catalogue)
    if case.get("source") == "invoice_lines":
        _place_lines(store, case, names, catalogue, created)
    customers = dict.fromkeys(
        [life.customer for life in lives]
        + [names.customer(row["customer"]) for row in case.get("one_off_invoices", ())]
    )
    for customer in customers:
        own = tuple(life for life in lives if life.customer == customer)
        account = CustomerAccount(
            id=customer,
            created=min([created, *(life.start for life in own)]),
            name=f"{case['id']} {customer}",
            email=f"{customer}@example.com",
            currency=own[0].currency if own else "usd",
            lives=own,
            extras=_one_offs(case, names, catalogue, customer),
            grants=_grants(case, names, customer),
        )
        CustomerBilling(store, catalogue, account, horizon).play()
    config = case.get("config", {})
    rates = tuple(
        (_as_date(day), currency, Decimal(str(rate)))
        for currency, rows in config.get("fx", {}).items()
        for day, rate in rows
    )
    return PlacedCase(
        id=str(case["id"]),
        customers=names.customers,
        subscriptions=names.subscriptions,
        items=names.items,
        prices=names.prices,
        products=names.products,
        expected=case["expected"],
        report_currency=config.get("report_currency", "usd"),
        exchange_rates=rates,
        one_off_products=tuple(
            price.product for price in catalogue.prices.values() if not price.is_recurring
        ),
    )


def _as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _one_offs(
    case: Mapping[str, Any], names: _Names, catalogue: Catalogue, customer: str
) -> tuple[ExtraLine, ...]:
    extras = []
    for row in case.get("one_off_invoices", ()):
        if names.customer(row["customer"]) != customer:
            continue
        price = catalogue.prices[names.price(row["price"])]
        quantity = int(row.get("quantity", 1))
        extras.append(
            ExtraLine(
                at=moment(row["paid_at"]),
                amount=int(price.amount(quantity)),
                description=f"{quantity} x {row['price']}",
                price=price.id,
                quantity=quantity,
                own_invoice=True,
            )
        )
    return tuple(extras)


def _grants(case: Mapping[str, Any], names: _Names, customer: str) -> tuple[Grant, ...]:
    """A case's credit ledger: granted with the first one-off purchase, applied mid-month."""
    ledger = case.get("credit_ledger")
    bought = [
        row
        for row in case.get("one_off_invoices", ())
        if names.customer(row["customer"]) == customer
    ]
    if not ledger or not bought:
        return ()
    applied = []
    for key, amount in ledger.items():
        if key.startswith("applied_"):
            year, month = key.removeprefix("applied_").split("_")
            at = moment(date(int(year), int(month), 15))
            applied.append((at, int(_fraction(amount) * 100)))
    return (
        Grant(
            at=moment(bought[0]["paid_at"]),
            amount=int(_fraction(ledger["granted"]) * 100),
            category=ledger.get("category", "paid"),
            name=f"{case['id']} credits",
            applied=tuple(applied),
        ),
    )


def put_catalogue(store: StoreWriter, catalogue: Catalogue) -> None:
    """Create products, prices and coupons as of their `created`."""
    for product in catalogue.products.values():
        store.put("product", product_body(product), product.created, "product.created")
    for price in catalogue.prices.values():
        names = ["price.created"] + (["plan.created"] if price.is_recurring else [])
        store.put("price", price_body(price), price.created, *names, parent=price.product)
    for coupon in catalogue.coupons.values():
        store.put("coupon", coupon_body(coupon), coupon.created, "coupon.created")


def _place_lines(
    store: StoreWriter,
    case: Mapping[str, Any],
    names: _Names,
    catalogue: Catalogue,
    created: int,
) -> None:
    """Invoices of exactly the given lines, and a subscription of which only the end is known."""
    row = case["subscription"]
    customer = names.customer(row["customer"])
    subscription = names.subscription(row["id"])
    ended = moment(row["ended_at"])
    lines = [_GivenLine.read(names, given) for given in case["lines"]]
    currency = catalogue.prices[lines[0].price].currency
    store.put(
        "customer",
        {
            "id": customer,
            "created": created,
            "name": f"{case['id']} {customer}",
            "email": f"{customer}@example.com",
            "currency": currency,
            "balance": 0,
            "delinquent": False,
            "metadata": {},
            "country": "US",
        },
        created,
        "customer.created",
    )
    groups: dict[tuple[int, bool, str], list[_GivenLine]] = {}
    for line in lines:
        groups.setdefault((line.start, line.proration, line.status), []).append(line)
    for number, ((start, proration, status), group) in enumerate(groups.items(), start=1):
        _put_given_invoice(
            store,
            names.case,
            number,
            customer,
            subscription,
            currency,
            start,
            proration,
            status,
            group,
        )
    last = max((line for line in lines if line.status == "paid"), key=lambda line: line.end)
    first = min(line.start for line in lines)
    body = {
        "id": subscription,
        "created": first,
        "customer": customer,
        "currency": currency,
        "status": "canceled",
        "start_date": first,
        "billing_cycle_anchor": first,
        "trial_start": None,
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": ended,
        "cancellation_details": UNSAID,
        "ended_at": ended,
        "collection_method": "charge_automatically",
        "days_until_due": None,
        "pause_collection": None,
        "schedule": None,
        "latest_invoice": None,
        "discounts": [],
        "items": [
            {
                "id": last.item,
                "created": first,
                "price": last.price,
                "quantity": last.quantity,
                "discounts": [],
                "current_period_start": last.start,
                "current_period_end": last.end,
            }
        ],
        "tax_percent": None,
        "metadata": {},
    }
    store.put("subscription", body, ended, created=first, customer=customer)


@dataclass(frozen=True)
class _GivenLine:
    """A row [item, price, quantity, period.start, period.end, proration, amount, status]."""

    item: str
    price: str
    quantity: int
    start: int
    end: int
    proration: bool
    amount: int
    status: str

    @classmethod
    def read(cls, names: _Names, row: Sequence[Any]) -> _GivenLine:
        item, price, quantity, start, end, proration, amount, status = row
        return cls(
            names.item(item),
            names.price(price),
            int(quantity),
            moment(start),
            moment(end),
            bool(proration),
            int(amount),
            str(status),
        )


def _put_given_invoice(
    store: StoreWriter,
    case: str,
    number: int,
    customer: str,
    subscription: str,
    currency: str,
    at: int,
    proration: bool,
    status: str,
    lines: Sequence[_GivenLine],
) -> None:
    id_ = make_id("in", case, number)
    total = sum(line.amount for line in lines)
    paid = status == "paid"
    bodies: list[Json] = [
        {
            "id": make_id("il", case, number, position),
            "kind": "invoiceitem" if line.proration else "subscription",
            "amount": line.amount,
            "description": "",
            "quantity": line.quantity,
            "period": {"start": line.start, "end": line.end},
            "price": line.price,
            "product": line.price.replace("price_", "prod_", 1),
            "unit_amount_decimal": None,
            "subscription": subscription,
            "subscription_item": line.item,
            "proration": line.proration,
            "invoice_item": make_id("ii", case, number, position) if line.proration else None,
            "discountable": not line.proration,
            "discount_amounts": [],
            "taxes": [],
            "pretax_credit_amounts": [],
        }
        for position, line in enumerate(lines)
    ]
    transitions = {"finalized_at": at + 3_600}
    if paid:
        transitions["paid_at"] = at + 3_600
    if status == "void":
        transitions["voided_at"] = at + 3_600
    body = {
        "id": id_,
        "created": at,
        "number": f"{case.upper()}-{number:04d}",
        "customer": customer,
        "currency": currency,
        "billing_reason": "subscription_update" if proration else "subscription_cycle",
        "collection_method": "charge_automatically",
        "due_date": None,
        "subscription": subscription,
        "period_start": at,
        "period_end": at,
        "lines": bodies,
        "discounts": [],
        "subtotal": total,
        "total": total,
        "starting_balance": 0,
        "ending_balance": 0,
        "amount_due": max(total, 0),
        "amount_paid": max(total, 0) if paid else 0,
        "attempt_count": 1,
        "credit_notes": 0,
        "charge": None,
        "tax_percent": None,
        "status": status,
        "status_transitions": transitions,
    }
    events = ("invoice.created", "invoice.finalized", "invoice.paid") if paid else ()
    store.put("invoice", body, at + 3_600, *events, customer=customer, parent=subscription)


def open_account(
    store: StoreWriter,
    *,
    clock: int,
    versions: Sequence[tuple[int, str]] = ((0, CURRENT_VERSION),),
    account_id: str = "acct_demo",
) -> None:
    """Write what an account itself is: its id, its clock, its API versions over time."""
    account = {
        "id": account_id,
        "business_profile": {"name": "Demo company"},
        "charges_enabled": True,
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Demo company", "timezone": "Etc/UTC"}},
        "type": "standard",
    }
    store.set("stripe_account", orjson.dumps(account).decode())
    store.set("stripe_api_versions", orjson.dumps([list(v) for v in versions]).decode())
    store.set("clock", str(clock))


def place_cases(
    path: Path,
    cases: Sequence[Mapping[str, Any]],
    *,
    mode: str = "full",
    clock: str | int | None = None,
    old_shape: bool = False,
) -> list[PlacedCase]:
    """Write a new account that plays `cases`, and say which ids they got.

    Args:
        path: the store file to write.
        cases: cases in the form of the fixture.
        mode: `full` keeps every version and event, for syncing along the way by moving the clock;
            `long_afterwards` leaves today's objects and invoices only.
        clock: the server's clock at first; 45 days after the last case's last month by default.
        old_shape: objects and events in the shape before 2025-03-31.

    Raises:
        ValueError: unknown mode.
    """
    if mode not in ("full", "long_afterwards"):
        raise ValueError(f"mode {mode!r}: full or long_afterwards")
    last = max(_months(case)[1] for case in cases)
    now = moment(shift_month(last, 1)) + 45 * DAY if clock is None else moment_or(clock)
    version = OLD_VERSION if old_shape else CURRENT_VERSION
    with StoreWriter(path) as store:
        open_account(store, clock=now, versions=((0, version),))
        horizon = max(now + DAY, moment(shift_month(last, 4))) if mode == "full" else now
        placed = [place_case(store, case, horizon=horizon) for case in cases]
        if mode == "long_afterwards":
            store.forget_history()
    return placed


def moment_or(value: str | int) -> int:
    """Seconds of a clock given as text or seconds."""
    return value if isinstance(value, int) else epoch(value)


def place_objects(path: Path, objects: Sequence[Json], *, clock: str | int) -> None:
    """Write a new account that shows exactly the given API objects, whatever shape they have.

    Args:
        path: the store file to write.
        objects: whole objects with `id` and `object`, such as Stripe's own examples.
        clock: the server's clock; objects without `created` are as old as the clock.
    """
    now = moment_or(clock)
    with StoreWriter(path) as store:
        open_account(store, clock=now)
        for body in objects:
            created = int(body.get("created", now))
            store.put(str(body["object"]), body, min(created, now), created=min(created, now))


@dataclass(frozen=True)
class BillRow:
    """One line of a provider's bill; `value_json` is its amount as exact JSON text."""

    project_id: str | None
    line_item: str | None
    amount: Decimal
    api_key_id: str | None = None
    quantity: float | None = None
    quantity_unit: str | None = None
    value_json: str | None = None

    def body(self) -> Json:
        """As the store keeps it."""
        return {
            "project_id": self.project_id,
            "line_item": self.line_item,
            "api_key_id": self.api_key_id,
            "amount": str(self.amount),
            "quantity": self.quantity,
            "quantity_unit": self.quantity_unit,
            **({} if self.value_json is None else {"value_json": self.value_json}),
        }


def place_bill(
    store: StoreWriter, day: date, rows: Sequence[BillRow], *, visible_from: str | int | None = None
) -> None:
    """State the bill of a UTC day, all of it; a later statement replaces an earlier one.

    `visible_from` is when the statement appears; two hours after the day by default.
    """
    start = moment(day)
    seen = start + DAY + 7_200 if visible_from is None else moment_or(visible_from)
    store.put_cost_day(start, seen, [row.body() for row in rows])


def with_prefix(case: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """A copy of a case under another id, to place it twice in one account."""
    return {**case, "id": id_}


__all__ = [
    "CURRENT_VERSION",
    "OLD_VERSION",
    "BillRow",
    "PlacedCase",
    "open_account",
    "place_bill",
    "place_case",
    "place_cases",
    "place_objects",
    "put_catalogue",
    "with_prefix",
]
