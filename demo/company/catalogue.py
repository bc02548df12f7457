"""What the company sells, as its own price book knows it, and as the billing vendor's objects.

Amounts are in minor units of their currency; a fraction of a minor unit is an exact `Fraction`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from demo.vendors.store import Json

ZERO_DECIMAL: Final = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

#: How many of an interval make a month, as the price list is normalised.
PER_MONTH: Final = {
    "day": Fraction(365, 12),
    "week": Fraction(52, 12),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def half_up(value: Fraction) -> int:
    """Round to a whole number, halves away from zero."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def decimal_text(value: Fraction) -> str:
    """Exact decimal text of a fraction that has one, with at most 12 places."""
    scaled = value * 10**12
    whole, rest = divmod(abs(half_up(scaled)), 10**12)
    text = f"{whole}.{rest:012d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 and text != "0" else text


@dataclass(frozen=True)
class Tier:
    """A step of a tiered price; `up_to` None is the last one."""

    up_to: int | None
    unit: Fraction = Fraction(0)
    flat: int = 0


@dataclass(frozen=True)
class Price:
    """A price. `unit` is minor units per unit (None where tiers say it)."""

    id: str
    product: str
    currency: str
    unit: Fraction | None = None
    interval: str | None = "month"
    interval_count: int = 1
    is_metered: bool = False
    meter: str | None = None
    tiers_mode: str | None = None
    tiers: tuple[Tier, ...] = ()
    divide_by: int | None = None
    round_to: str = "up"
    tax_behavior: str = "unspecified"
    other_currencies: tuple[tuple[str, Fraction], ...] = ()
    nickname: str | None = None
    created: int = 0
    metadata: Json = field(default_factory=dict)

    @property
    def is_recurring(self) -> bool:
        """Whether it bills again and again."""
        return self.interval is not None

    @property
    def is_licensed(self) -> bool:
        """Recurring and not by usage: the kind that makes MRR."""
        return self.is_recurring and not self.is_metered

    def in_currency(self, currency: str) -> Price:
        """This price as charged in `currency`."""
        if currency == self.currency:
            return self
        units = dict(self.other_currencies)
        return replace(self, currency=currency, unit=units[currency], other_currencies=())

    def amount(self, quantity: int) -> Fraction:
        """Charge for one interval, in minor units, exact and before any rounding."""
        if self.divide_by is not None:
            packages, rest = divmod(quantity, self.divide_by)
            quantity = packages + (1 if rest and self.round_to == "up" else 0)
        if self.tiers_mode is None:
            return (self.unit or Fraction(0)) * quantity
        total, floor = Fraction(0), 0
        for tier in self.tiers:
            if self.tiers_mode == "volume":
                if tier.up_to is None or quantity <= tier.up_to:
                    return tier.unit * quantity + tier.flat
                continue
            inside = quantity - floor if tier.up_to is None else min(quantity, tier.up_to) - floor
            if inside <= 0:
                break
            total += tier.unit * inside + tier.flat
            floor += inside
        return total

    def monthly(self, quantity: int) -> Fraction:
        """Charge spread over months; only for licensed prices."""
        return self.amount(quantity) * self.monthly_factor

    @property
    def monthly_factor(self) -> Fraction:
        """What one interval's charge is multiplied by to be a month's."""
        return PER_MONTH[self.interval or "month"] / self.interval_count


@dataclass(frozen=True)
class Coupon:
    """A coupon; `percent` or `amount` (minor units per invoice), for `products` or all."""

    id: str
    duration: str
    percent: Fraction | None = None
    amount: int | None = None
    currency: str | None = None
    months: int | None = None
    products: tuple[str, ...] = ()
    name: str | None = None
    created: int = 0


@dataclass(frozen=True)
class Product:
    """Something sold; `metadata` as the billing system shows it."""

    id: str
    name: str
    created: int = 0
    metadata: Json = field(default_factory=dict)


@dataclass
class Catalogue:
    """All products, prices and coupons by id."""

    products: dict[str, Product] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)


def _amount_fields(prefix: str, value: Fraction | None) -> Json:
    if value is None:
        return {prefix: None, f"{prefix}_decimal": None}
    whole = value.numerator if value.denominator == 1 else None
    return {prefix: whole, f"{prefix}_decimal": decimal_text(value)}


def tier_body(tier: Tier) -> Json:
    """A tier as the API shows it."""
    flat = Fraction(tier.flat) if tier.flat else None
    return {
        **_amount_fields("flat_amount", flat),
        **_amount_fields("unit_amount", tier.unit),
        "up_to": tier.up_to,
    }


def price_body(price: Price, *, active: bool = True) -> Json:
    """Canonical JSON of a price."""
    recurring: Any = None
    if price.is_recurring:
        recurring = {
            "interval": price.interval,
            "interval_count": price.interval_count,
            "meter": price.meter,
            "trial_period_days": None,
            "usage_type": "metered" if price.is_metered else "licensed",
        }
    options = {price.currency: price.unit, **dict(price.other_currencies)}
    return {
        "id": price.id,
        "created": price.created,
        "active": active,
        "billing_scheme": "tiered" if price.tiers_mode else "per_unit",
        "currency": price.currency,
        "nickname": price.nickname,
        "product": price.product,
        "recurring": recurring,
        "tax_behavior": price.tax_behavior,
        "tiers_mode": price.tiers_mode,
        "transform_quantity": None
        if price.divide_by is None
        else {"divide_by": price.divide_by, "round": price.round_to},
        "type": "recurring" if price.is_recurring else "one_time",
        **_amount_fields("unit_amount", None if price.tiers_mode else price.unit),
        "metadata": price.metadata,
        "tiers": [tier_body(tier) for tier in price.tiers] or None,
        "currency_options": {
            code: {
                "custom_unit_amount": None,
                "tax_behavior": price.tax_behavior,
                **_amount_fields("unit_amount", unit),
            }
            for code, unit in options.items()
        }
        if price.tiers_mode is None
        else None,
    }


def product_body(product: Product, *, active: bool = True, updated: int | None = None) -> Json:
    """Canonical JSON of a product."""
    return {
        "id": product.id,
        "created": product.created,
        "updated": product.created if updated is None else updated,
        "active": active,
        "name": product.name,
        "metadata": product.metadata,
    }


def coupon_body(coupon: Coupon, *, valid: bool = True, times_redeemed: int = 0) -> Json:
    """Canonical JSON of a coupon."""
    percent = None if coupon.percent is None else float(coupon.percent)
    return {
        "id": coupon.id,
        "created": coupon.created,
        "amount_off": coupon.amount,
        "currency": coupon.currency,
        "duration": coupon.duration,
        "duration_in_months": coupon.months,
        "name": coupon.name,
        "percent_off": percent,
        "times_redeemed": times_redeemed,
        "valid": valid,
        "applies_to": {"products": list(coupon.products)} if coupon.products else None,
    }
