"""The demo company's price book: six features, its products, prices, coupons and currencies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from demo.company.catalogue import Catalogue, Coupon, Price, Product, Tier

METER: Final = "mtr_demo_tokens"

#: feature id -> (name, service, description)
FEATURES: Final[dict[str, tuple[str, str, str]]] = {
    "chat": ("Chat", "assistant", "Answers questions in a conversation"),
    "search": ("Semantic search", "retrieval", "Finds passages by meaning"),
    "summarize": ("Summaries", "documents", "Summarises long documents"),
    "extract": ("Data extraction", "documents", "Turns documents into fields"),
    "code": ("Code assistant", "assistant", "Writes and reviews code"),
    "agents": ("Agents", "automation", "Runs tasks of many steps"),
}


@dataclass(frozen=True)
class Plan:
    """A plan people subscribe to: list price per month in cents, features, monthly call limit."""

    key: str
    name: str
    monthly: int
    features: tuple[str, ...]
    monthly_calls: int
    per_seat: bool = False


PLANS: Final = (
    Plan("free", "Free", 0, ("chat",), 100),
    Plan("starter", "Starter", 2_900, ("chat", "search", "code"), 800),
    Plan("pro", "Pro", 9_900, ("chat", "search", "summarize", "extract", "agents"), 3_000),
    Plan("team", "Team", 2_500, ("chat", "search", "summarize", "code"), 6_000, per_seat=True),
    Plan("business", "Business", 49_900, tuple(reversed(FEATURES)), 20_000),
)
PLAN_BY_KEY: Final = {plan.key: plan for plan in PLANS}

#: Units of other currencies for one US dollar, as the price list was once set.
LIST_RATES: Final = {
    "eur": Fraction(9, 10),
    "gbp": Fraction(8, 10),
    "jpy": Fraction(150),
    "kwd": Fraction(3, 10),
}


def in_list_currency(cents: int, currency: str) -> Fraction:
    """A list price of US cents as set in another currency, in its minor units, rounded nicely."""
    if currency == "usd":
        return Fraction(cents)
    major = Fraction(cents, 100) * LIST_RATES[currency]
    if currency == "jpy":
        return Fraction(int(major / 10) * 10)
    if currency == "kwd":
        return Fraction(int(major * 100) * 10)
    return Fraction(int(major) * 100)


def _recurring(
    plan: Plan, suffix: str, cents: int, interval: str, count: int, created: int, **more: object
) -> Price:
    options = tuple((code, in_list_currency(cents, code)) for code in LIST_RATES)
    return Price(
        id=f"price_{plan.key}_{suffix}",
        product=f"prod_{plan.key}",
        currency="usd",
        unit=Fraction(cents),
        interval=interval,
        interval_count=count,
        other_currencies=options,
        nickname=f"{plan.name} {suffix}",
        created=created,
        **more,  # type: ignore[arg-type]
    )


def demo_catalogue(start: int) -> Catalogue:
    """Everything on sale from `start` on. Ids say what they are."""
    book = Catalogue()
    for plan in PLANS:
        book.products[f"prod_{plan.key}"] = Product(
            f"prod_{plan.key}", plan.name, start, {"plan": plan.key}
        )
        prices = [_recurring(plan, "month", plan.monthly, "month", 1, start)]
        if plan.monthly:
            prices += [
                _recurring(plan, "year", plan.monthly * 10, "year", 1, start),
                _recurring(plan, "quarter", plan.monthly * 3, "month", 3, start),
                _recurring(plan, "week", plan.monthly // 4, "week", 1, start),
                _recurring(plan, "month_v2", plan.monthly * 11 // 10, "month", 1, start),
            ]
        for price in prices:
            book.prices[price.id] = price
    extra_products = (
        Product("prod_seats_tiered", "Team seats, graduated", start),
        Product("prod_api_volume", "API packages, volume", start),
        Product("prod_blocks", "Document blocks", start),
        Product("prod_tokens", "Metered tokens", start),
        Product("prod_legacy", "Legacy plan", start),
        Product("prod_addon", "Priority support", start),
        Product("prod_credits", "Credit pack", start, {"kind": "credit_pack"}),
        Product("prod_vat", "Pro (VAT included)", start),
    )
    for product in extra_products:
        book.products[product.id] = product
    graduated = (
        Tier(5, Fraction(1_000), 500),
        Tier(20, Fraction(800)),
        Tier(None, Fraction(600)),
    )
    volume = (
        Tier(10, Fraction(2_000)),
        Tier(50, Fraction(1_500), 1_000),
        Tier(None, Fraction(1_000)),
    )
    more = (
        Price("price_seats_graduated", "prod_seats_tiered", "usd", tiers_mode="graduated",
              tiers=graduated, created=start),
        Price("price_api_volume", "prod_api_volume", "usd", tiers_mode="volume", tiers=volume,
              created=start),
        Price("price_blocks", "prod_blocks", "usd", Fraction(500), divide_by=10, created=start),
        Price("price_tokens", "prod_tokens", "usd", Fraction(1, 5), is_metered=True, meter=METER,
              created=start),
        Price("price_legacy", "prod_legacy", "usd", Fraction(1_900), created=start),
        Price("price_addon", "prod_addon", "usd", Fraction(1_500), created=start),
        Price("price_addon_eur", "prod_addon", "eur", Fraction(1_400), created=start),
        Price("price_credits", "prod_credits", "usd", Fraction(20_000), interval=None,
              created=start),
        Price("price_pro_vat", "prod_vat", "eur", Fraction(11_900), tax_behavior="inclusive",
              created=start),
        Price("price_pro_net", "prod_pro", "eur", Fraction(9_900), tax_behavior="exclusive",
              created=start),
    )  # fmt: skip
    for price in more:
        book.prices[price.id] = price
    for number in range(1, 13):
        product = Product(f"prod_module_{number:02d}", f"Module {number}", start)
        book.products[product.id] = product
        price = Price(
            f"price_module_{number:02d}", product.id, "usd", Fraction(100 * number), created=start
        )
        book.prices[price.id] = price
    for coupon in (
        Coupon("FOREVER20", "forever", percent=Fraction(20), name="Friends"),
        Coupon("LAUNCH50", "repeating", percent=Fraction(50), months=3, name="Launch"),
        Coupon("FIRST30", "once", percent=Fraction(30), name="First invoice"),
        Coupon("TENOFF", "forever", amount=1_000, currency="usd", name="Ten off"),
        Coupon("YEAROFF", "forever", amount=12_000, currency="usd", name="120 off a year"),
        Coupon("WELCOME", "once", amount=2_000, currency="usd", name="Welcome"),
        Coupon("SUPPORT25", "forever", percent=Fraction(25), products=("prod_addon",),
               name="Support only"),
        Coupon("OLDTIMES", "repeating", percent=Fraction(10), months=12, name="Old times"),
    ):  # fmt: skip
        book.coupons[coupon.id] = Coupon(**{**coupon.__dict__, "created": start})
    return book
