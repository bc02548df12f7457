"""Invoice lines: discounts in the vendor's order, tax, and how a line is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from demo.company.catalogue import Coupon, Price, decimal_text, half_up
from demo.company.lives import DiscountSpan
from demo.vendors.store import Json


@dataclass
class Line:
    """An invoice line while it is being computed; amounts in minor units."""

    id: str
    kind: str
    amount: int
    period: tuple[int, int]
    quantity: int | None
    price: Price | None
    product: str | None
    description: str
    subscription: str | None = None
    item: str | None = None
    proration: bool = False
    invoice_item: str | None = None
    discountable: bool = True
    discounts: list[tuple[str, int]] = field(default_factory=list)
    tax: int = 0
    credits: list[tuple[str, int]] = field(default_factory=list)

    @property
    def after_discounts(self) -> int:
        """Amount less discounts, before tax."""
        return self.amount - sum(off for _, off in self.discounts)


def discount_lines(
    lines: Sequence[Line],
    spans: Sequence[DiscountSpan],
    subscription: str,
    coupons: Mapping[str, Coupon],
) -> list[DiscountSpan]:
    """Take discounts off in the vendor's order; returns those that took anything."""
    ordered = sorted(spans, key=lambda span: span.item is None)
    used = []
    for span in ordered:
        coupon = coupons[span.coupon]
        hit = [
            line
            for line in lines
            if line.discountable
            and line.after_discounts > 0
            and line.subscription == subscription
            and (span.item is None or line.item == span.item)
            and (not coupon.products or line.product in coupon.products)
        ]
        total = sum(line.after_discounts for line in hit)
        if total == 0:
            continue
        used.append(span)
        if coupon.percent is not None:
            for line in hit:
                off = half_up(line.after_discounts * coupon.percent / 100)
                line.discounts.append((span.id, off))
            continue
        off, given = min(coupon.amount or 0, total), 0
        for line in hit[:-1]:
            share = half_up(Fraction(off * line.after_discounts, total))
            line.discounts.append((span.id, share))
            given += share
        hit[-1].discounts.append((span.id, off - given))
    return used


def tax_lines(lines: Sequence[Line], percent: Fraction | None) -> None:
    """Compute each line's tax: inside the amount or on top of it, as its price says."""
    if percent is None:
        return
    for line in lines:
        behavior = line.price.tax_behavior if line.price is not None else "exclusive"
        if behavior == "inclusive":
            line.tax = half_up(line.after_discounts * percent / (100 + percent))
        else:
            line.tax = half_up(line.after_discounts * percent / 100)


def line_body(line: Line) -> Json:
    """Canonical JSON of a line."""
    price = line.price
    inclusive = price is not None and price.tax_behavior == "inclusive"
    unit = None
    if price is not None and price.unit is not None:
        unit = decimal_text(price.unit)
    elif price is None and line.quantity:
        unit = decimal_text(Fraction(line.amount, line.quantity))
    return {
        "id": line.id,
        "kind": line.kind,
        "amount": line.amount,
        "description": line.description,
        "quantity": line.quantity,
        "period": {"start": line.period[0], "end": line.period[1]},
        "price": None if price is None else price.id,
        "product": line.product,
        "unit_amount_decimal": unit,
        "subscription": line.subscription,
        "subscription_item": line.item,
        "proration": line.proration,
        "invoice_item": line.invoice_item,
        "discountable": line.discountable,
        "discount_amounts": [{"discount": d, "amount": off} for d, off in line.discounts],
        "taxes": []
        if line.tax == 0
        else [
            {
                "amount": line.tax,
                "tax_behavior": "inclusive" if inclusive else "exclusive",
                "taxable_amount": line.after_discounts - (line.tax if inclusive else 0),
            }
        ],
        "pretax_credit_amounts": [
            {"amount": amount, "credit_balance_transaction": id_} for id_, amount in line.credits
        ],
    }
