"""The demo company: its size, its customers' lives, and the order in which it is written down.

Everything follows from `DemoParameters`; the same parameters give the same bytes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import orjson

from demo.company.accounts import CustomerAccount, Dispute, InvoiceFate, Refund
from demo.company.ai_usage import Activity, Signup, UsageModel
from demo.company.billing import CustomerBilling
from demo.company.bookkeeping import value_items
from demo.company.catalogue import Catalogue, coupon_body, exponent, price_body, product_body
from demo.company.claude_bill import ClaudeBill, write_claude_names
from demo.company.cloud_bill import cloud_lines, write_cloud_bill
from demo.company.contracts import Contract, book_contracts, contracts, write_contracts
from demo.company.event_files import EventFiles, FileFacts, plan_files
from demo.company.growth import (
    become,
    cancel_at_period_end,
    cancel_now,
    change_item,
    discount,
    fail_renewal,
    plain,
)
from demo.company.lives import EARNS_NOTHING, SubscriptionLife
from demo.company.plans import FEATURES, LIST_RATES, METER, PLAN_BY_KEY, PLANS, demo_catalogue
from demo.company.planted import planted_findings, planted_use
from demo.company.price_change import after_the_rise
from demo.company.provider_bill import BillWriter, Oddities, write_names
from demo.company.scenarios import CURRENT_VERSION, OLD_VERSION, open_account, put_catalogue
from demo.company.situations import SITUATIONS, Calendar, situation_accounts
from demo.company.watch_bill import watch_lines
from demo.timeline import DAY, HOUR, add_interval, day_of, epoch, month_start, shift_month
from demo.truth.writing import EventCosts, demo_rates, read_rates, write_truth
from demo.vendors.naming import named, rename_ids
from demo.vendors.store import Store, StoreWriter

CHANNELS: Final = ("organic", "search_ads", "social", "referral", "partner")
_COUNTRIES: Final = {"usd": "US", "eur": "DE", "gbp": "GB", "jpy": "JP", "kwd": "KW"}
_WORDS: Final = [
    "Acorn",
    "Birch",
    "Cedar",
    "Delta",
    "Ember",
    "Falcon",
    "Garnet",
    "Harbor",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Maple",
    "Nimbus",
    "Orchid",
    "Pebble",
    "Quartz",
    "Raven",
    "Saffron",
    "Tundra",
    "Umber",
    "Velvet",
    "Willow",
    "Xenon",
    "Yarrow",
    "Zephyr",
]
_KINDS: Final = (
    "Labs",
    "Systems",
    "Studio",
    "Health",
    "Logistics",
    "Legal",
    "Works",
    "Media",
    "Analytics",
    "Robotics",
    "Travel",
    "Foods",
)


@dataclass(frozen=True)
class DemoParameters:
    """What the company looks like.

    seed: everything random follows from it. customers, months, events: size; months end with the
    one of `as_of`. as_of: the clock at first. future_days: how far the clock can be moved on.
    account: a name in every id of a vendor, so that companies can be loaded beside each other.
    """

    seed: int = 7
    customers: int = 300
    months: int = 18
    events: int = 200_000
    as_of: str = "2026-11-15T12:00:00Z"
    future_days: int = 75
    account: str = ""

    @property
    def clock(self) -> int:
        """The clock at first."""
        return epoch(self.as_of)

    @property
    def start(self) -> int:
        """First moment of the first month."""
        return epoch(shift_month(month_start(day_of(self.clock)), 1 - self.months))

    @property
    def horizon(self) -> int:
        """Until when the future is written (exclusive), a midnight."""
        return self.clock - self.clock % DAY + self.future_days * DAY


@dataclass(frozen=True)
class DemoCompany:
    """Where a generated company is."""

    folder: Path
    parameters: DemoParameters

    @property
    def store(self) -> Path:
        """The vendors' memory, for `DemoServer`."""
        return self.folder / "store.sqlite"

    @property
    def events(self) -> Path:
        """Folder of app event files."""
        return self.folder / "events"

    @property
    def cloud(self) -> Path:
        """Folder of the cloud's FOCUS files."""
        return self.folder / "cloud"

    @property
    def contracts(self) -> Path:
        """Folder of the files of what is billed by hand."""
        return self.folder / "contracts"

    @property
    def truth(self) -> Path:
        """Folder of the simulator's own answers."""
        return self.folder / "truth"


def customer_name(number: int) -> str:
    """A company name; every number has its own."""
    words, kinds = len(_WORDS), len(_KINDS)
    round_ = number // (words * kinds)
    name = f"{_WORDS[number % words]} {_KINDS[number // words % kinds]}"
    return name if round_ == 0 else f"{name} {round_ + 1}"


def random_account(
    number: int, parameters: DemoParameters, catalogue: Catalogue
) -> CustomerAccount:
    """The `number`th ordinary customer: a start, a plan, and some of what usually happens."""
    rng = random.Random(f"{parameters.seed}/customer/{number}")
    customer = f"cus_demo{number:06d}"
    span = parameters.horizon - parameters.start
    # More customers come later: the company grows.
    start = parameters.start + int(span * rng.random() ** 0.7 * 0.97)
    start -= start % 60
    currency = rng.choices(("usd", "eur", "gbp", "jpy", "kwd"), (72, 14, 7, 5, 2))[0]
    life = _random_life(rng, customer, 1, currency, start, parameters, catalogue)
    lives = [life]
    if life.ended_at is not None and rng.random() < 0.2:
        back = life.ended_at + rng.randint(35, 120) * DAY
        if back < parameters.horizon - 2 * DAY:
            lives.append(_random_life(rng, customer, 2, currency, back, parameters, catalogue))
    fates: list[tuple[str, InvoiceFate]] = []
    if rng.random() < 0.05:
        refund = Refund(rng.randint(1, 20) * DAY, rng.choice((Fraction(1), Fraction(1, 2))))
        fates.append((life.id, InvoiceFate(rng.randint(1, 4), refund=refund)))
    elif rng.random() < 0.02:
        opened = rng.randint(5, 30) * DAY
        dispute = Dispute(opened, opened + rng.randint(20, 50) * DAY, rng.random() < 0.4)
        fates.append((life.id, InvoiceFate(rng.randint(1, 3), dispute=dispute)))
    name = customer_name(number)
    return CustomerAccount(
        id=customer,
        created=start - rng.randint(0, 3) * HOUR,
        name=name,
        email=f"billing@{'-'.join(name.lower().split()[:2])}.example",
        currency=currency,
        country=_COUNTRIES[currency],
        metadata={"acquisition_channel": rng.choice(CHANNELS)},
        lives=tuple(after_the_rise(one, catalogue.prices, parameters.horizon) for one in lives),
        fates=tuple(fates),
    )


def _random_life(
    rng: random.Random,
    customer: str,
    number: int,
    currency: str,
    start: int,
    parameters: DemoParameters,
    catalogue: Catalogue,
) -> SubscriptionLife:
    prices, horizon = catalogue.prices, parameters.horizon
    plan = rng.choices(("free", "starter", "pro", "team", "business"), (6, 38, 28, 20, 8))[0]
    interval = "month"
    if plan != "free":
        interval = rng.choices(("month", "year", "quarter", "week"), (76, 16, 5, 3))[0]
    seats = rng.randint(2, 20) if PLAN_BY_KEY[plan].per_seat else 1
    trial = 14 if plan != "free" and number == 1 and rng.random() < 0.35 else 0
    life = plain(
        customer,
        number,
        f"price_{plan}_{interval}",
        start,
        quantity=seats,
        currency=currency,
        trial_days=trial,
    )
    life = replace(life, proration=rng.choices(("invoice_now", "next_invoice"), (70, 30))[0])
    if trial:
        outcome = rng.random()
        if outcome < 0.2:
            return replace(
                become(life, start + trial * DAY, "canceled"),
                canceled_at=start + rng.randint(1, 13) * DAY,
                cancel_at_period_end=True,
            )
        if outcome < 0.27:
            return fail_renewal(life, prices, 0, horizon)
    if plan != "free" and rng.random() < 0.12:
        coupon = rng.choice(("FOREVER20", "LAUNCH50", "FIRST30"))
        months = catalogue.coupons[coupon].months
        paid_from = start + trial * DAY
        end = None if months is None else add_interval(paid_from, "month", months)
        life = discount(life, coupon, start, end)
    changed = _random_changes(rng, life, plan, interval, start + trial * DAY, horizon)
    # A change of plan credits the rest of the period at list price: after a discount on a long one
    # that is more than was paid, and the customer would lose money for months without any use.
    if not (life.discounts and interval in ("year", "quarter")):
        life = changed
    return _random_end(rng, life, start + trial * DAY, parameters, catalogue)


def _random_changes(
    rng: random.Random, life: SubscriptionLife, plan: str, interval: str, start: int, horizon: int
) -> SubscriptionLife:
    at = start + int(rng.expovariate(1 / 150) * DAY) + 3 * DAY
    while at < horizon - DAY:
        at -= at % 60
        if PLAN_BY_KEY[plan].per_seat:
            seats = max(1, (life.items[-1].quantity or 1) + rng.choice((-3, -2, -1, 1, 2, 3, 5, 8)))
            life = change_item(life, at, quantity=seats)
        elif plan == "free":
            plan = "starter"
            life = change_item(life, at, price="price_starter_month")
        elif rng.random() < 0.75:
            order = ("starter", "pro", "business")
            place = order.index(plan)
            step = 1 if rng.random() < 0.7 else -1
            plan = order[min(2, max(0, place + step))]
            life = change_item(life, at, price=f"price_{plan}_{interval}")
        at += int(rng.expovariate(1 / 200) * DAY) + 5 * DAY
    return life


def _random_end(
    rng: random.Random,
    life: SubscriptionLife,
    paid_from: int,
    parameters: DemoParameters,
    catalogue: Catalogue,
) -> SubscriptionLife:
    prices, horizon = catalogue.prices, parameters.horizon
    if rng.random() < 0.1:
        recovered = rng.randint(2, 12) * DAY if rng.random() < 0.7 else None
        life = fail_renewal(life, prices, rng.randint(1, 8), horizon, recovered_after=recovered)
        if life.ended_at is not None:
            return life
    leaves = paid_from + int(rng.expovariate(1 / 420) * DAY) + DAY
    leaves -= leaves % 60
    if leaves >= horizon - DAY or life.status_at(leaves) != "active":
        return life
    if rng.random() < 0.7:
        return cancel_at_period_end(life, prices, leaves, horizon)
    return cancel_now(life, leaves)


def api_versions(clock: int) -> list[tuple[int, str]]:
    """The account was moved to a newer API twice in the last month: events come in three shapes."""
    today = clock - clock % DAY
    return [
        (0, OLD_VERSION),
        (today - 21 * DAY, "2025-03-31.basil"),
        (today - 10 * DAY, CURRENT_VERSION),
    ]


def calendar_of(parameters: DemoParameters, catalogue: Catalogue) -> Calendar:
    """The company's time, for the scripted customers."""
    return Calendar(parameters.start, parameters.clock, parameters.horizon, catalogue)


def accounts(
    parameters: DemoParameters, catalogue: Catalogue
) -> Iterator[tuple[str | None, CustomerAccount]]:
    """All customers with the situation they show: the scripted ones first, ordinary ones after."""
    scripted = 0
    for name, account in situation_accounts(calendar_of(parameters, catalogue)):
        if scripted == parameters.customers:
            return
        scripted += 1
        yield name, account
    for number in range(parameters.customers - scripted):
        yield None, random_account(number, parameters, catalogue)


def contracts_of(parameters: DemoParameters) -> Sequence[Contract]:
    """What the company bills by hand: none where not every scripted customer is there."""
    if parameters.customers < len(SITUATIONS) or parameters.months < 12 or parameters.account:
        return ()
    return contracts(parameters.start, parameters.clock)


# ---- who uses the product when -------------------------------------------------------------------


def app_customer(account: CustomerAccount, parameters: DemoParameters) -> str:
    """What the app calls a customer: its own id where it has one, else the billing provider's."""
    own = account.metadata.get("app_customer_id")
    return str(own) if own else named(account.id, parameters.account)


def activities_of(
    name: str | None, account: CustomerAccount, parameters: DemoParameters, calendar: Calendar
) -> Iterator[Activity]:
    """When a customer uses the product: while it is served, as much as it pays for.

    Trials, free plans and whoever owes something get no AI calls.
    """
    customer = app_customer(account, parameters)
    plans = [plan.key for plan in PLANS]
    planted = [] if name is None else planted_use(name, calendar)
    for start, end, calls, feature in planted:
        yield Activity(customer, plans.index("pro"), start, end, 0.0, extra=(calls, feature))
    if planted:
        return
    weight = math.exp(random.Random(f"{parameters.seed}/use/{account.id}").gauss(0, 0.2))
    for life in account.lives:
        points = [*life.change_points(), parameters.horizon]
        for start, end in pairwise(points):
            status, pause = life.status_at(start), life.pause_at(start)
            spans = life.items_at(start)
            if status not in ("active", "past_due", "trialing") or not spans or start >= end:
                continue
            if pause is not None and pause.behavior in EARNS_NOTHING:
                continue
            key = spans[0].price.removeprefix("price_").split("_")[0]
            plan = plans.index(key) if key in plans else plans.index("pro")
            paid = monthly_dollars(life, calendar.catalogue, start)
            with_ai = paid > 0 and status == "active"
            share = weight * max(paid * (0.5 if key == "starter" else 1), 2)
            yield Activity(customer, plan, start, end, share, with_ai)


def monthly_dollars(life: SubscriptionLife, catalogue: Catalogue, moment: int) -> float:
    """About what a subscription brings in a month, at the rates that the price list was set by."""
    net = sum(value.net for value in value_items(life, catalogue, moment, {}))
    rate = 1 if life.currency == "usd" else LIST_RATES[life.currency]
    return float(net / 10 ** exponent(life.currency) / rate)


def usage_of(parameters: DemoParameters) -> UsageModel:
    """The company's use of the product, ready to draw days from."""
    catalogue = demo_catalogue(parameters.start)
    calendar = calendar_of(parameters, catalogue)
    activities: list[Activity] = []
    signups: list[Signup] = []
    for name, account in accounts(parameters, catalogue):
        activities.extend(activities_of(name, account, parameters, calendar))
        channel = str(account.metadata["acquisition_channel"])
        customer = app_customer(account, parameters)
        signups.append(Signup(customer, account.created, channel))
    business = [plan.key for plan in PLANS].index("business")
    for one in contracts_of(parameters):
        share, since = one.cents / 100, epoch(one.since)
        if one.app_customer != "app-mapped-1":  # its plan says already what it uses
            horizon = parameters.horizon
            activities.append(Activity(one.app_customer, business, since, horizon, share))
    return UsageModel(
        parameters.seed,
        parameters.events,
        parameters.start,
        parameters.clock,
        parameters.horizon,
        activities,
        signups,
        parameters.account,
    )


# ---- writing it down -----------------------------------------------------------------------------


def _write_catalogue(store: StoreWriter, catalogue: Catalogue, start: int) -> None:
    """The price book, with what was archived, deleted or redeemed later."""
    put_catalogue(store, catalogue)
    legacy = catalogue.prices["price_legacy"]
    store.put("price", price_body(legacy, active=False), start + 200 * DAY, "price.updated")
    product = catalogue.products["prod_legacy"]
    gone = product_body(product, active=False, updated=start + 400 * DAY)
    store.put("product", gone, start + 400 * DAY, "product.updated")
    store.put("product", gone, start + 430 * DAY, "product.deleted", deleted=True)
    old = catalogue.coupons["OLDTIMES"]
    store.put("coupon", coupon_body(old), start + 150 * DAY, "coupon.deleted", deleted=True)
    code = {
        "id": "promo_launch",
        "created": start,
        "code": "LAUNCH",
        "coupon": "LAUNCH50",
        "active": True,
        "expires_at": start + 120 * DAY,
        "max_redemptions": 100,
        "times_redeemed": 0,
    }
    store.put("promotion_code", code, start, "promotion_code.created")
    used = {**code, "times_redeemed": 1}
    store.put("promotion_code", used, start + 26 * DAY, "promotion_code.updated")
    expired = {**used, "active": False}
    store.put("promotion_code", expired, start + 120 * DAY, "promotion_code.updated")
    meter = {
        "id": METER,
        "created": start,
        "display_name": "Tokens",
        "event_name": "tokens_used",
    }
    store.put("billing.meter", meter, start, "billing.meter.created")
    for feature, (name, _, _) in FEATURES.items():
        body = {
            "id": f"feat_{feature}",
            "created": start,
            "active": True,
            "lookup_key": feature,
            "name": name,
        }
        store.put("entitlements.feature", body, start)


def generate_company(
    folder: Path | str, parameters: DemoParameters | None = None, *, with_usage: bool = True
) -> DemoCompany:
    """Write a company into `folder`: store, event files and truth as of its first clock.

    `with_usage=False` leaves out events, the provider's bill and their truth (billing only).

    Raises:
        FileExistsError: there is one already.
    """
    parameters = DemoParameters() if parameters is None else parameters
    company = DemoCompany(Path(folder), parameters)
    catalogue = demo_catalogue(parameters.start)
    with StoreWriter(company.store) as store:
        open_account(
            store,
            clock=parameters.clock,
            versions=api_versions(parameters.clock),
            account_id=named("acct_demo", parameters.account),
        )
        store.set("start", str(parameters.start))
        store.set("parameters", orjson.dumps(asdict(parameters)).decode())
        _write_catalogue(store, catalogue, parameters.start)
        calendar = calendar_of(parameters, catalogue)
        for name, account in accounts(parameters, catalogue):
            with store.scope():
                CustomerBilling(store, catalogue, account, parameters.horizon).play()
            if name is not None:
                kind = "planted" if name.startswith("planted_") else "situation"
                store.plant(kind, name, account.created, {"customer": account.id})
                if with_usage:
                    for finding in planted_findings(name, account.id, calendar):
                        store.plant("insight", finding.subject, finding.since, finding.detail)
        if with_usage:
            write_names(store, parameters.start)
            write_claude_names(store, parameters.start)
            odd = Oddities(parameters.clock - parameters.clock % DAY)
            bill, second_bill = BillWriter(store, odd), ClaudeBill(store, odd)
            usage = usage_of(parameters)
            files, costs = _event_files(company, parameters.clock)
            for day in usage.days():
                events = usage.day(day)
                bill.write(events)
                second_bill.write(events)
                files.add(events)
            _plant_oddities(store, parameters)
            write_cloud_bill(company.cloud, parameters.start, parameters.clock)
            book_contracts(store, contracts_of(parameters), parameters.horizon)
            if contracts_of(parameters):
                write_contracts(company.contracts, contracts_of(parameters), parameters.clock)
    rename_ids(company.store, parameters.account)
    if with_usage:
        _truth(company, parameters.clock, files.facts, costs)
    else:
        _truth(company, parameters.clock, (), None)
    return company


def _plant_oddities(store: StoreWriter, parameters: DemoParameters) -> None:
    odd = Oddities(parameters.clock - parameters.clock % DAY)
    for kind in ("free_days", "shared_key_days", "discount_days", "shifted_days", "near_days"):
        for day in sorted(getattr(odd, kind)):
            store.plant(kind.removesuffix("s"), str(day_of(day)), day + DAY, {})


def _event_files(company: DemoCompany, clock: int) -> tuple[EventFiles, EventCosts]:
    parameters, costs = company.parameters, EventCosts()
    plans = plan_files(parameters.start, parameters.clock, parameters.horizon)
    return EventFiles(company.events, plans, clock, costs.add), costs


def _truth(
    company: DemoCompany, clock: int, facts: Sequence[FileFacts], costs: EventCosts | None
) -> dict[str, int]:
    parameters = company.parameters
    given = company.folder / "exchange_rates.csv"
    rates = (
        read_rates(given) if given.exists() else demo_rates(parameters.start, parameters.horizon)
    )
    start = parameters.start if costs is not None else clock
    cloud, watched = tuple(cloud_lines(start, clock)), tuple(watch_lines(start, clock))
    return write_truth(company.truth, company.store, clock, rates, facts, costs, cloud, watched)


def open_company(folder: Path | str) -> DemoCompany:
    """A company that was generated before.

    Raises:
        FileNotFoundError: there is none in `folder`.
    """
    store = Store(Path(folder) / "store.sqlite")
    try:
        parameters = DemoParameters(**orjson.loads(store.setting("parameters")))
    finally:
        store.close()
    return DemoCompany(Path(folder), parameters)


def move_clock(company: DemoCompany, clock: str | int) -> dict[str, int]:
    """Bring event files, the cloud's bill and truth to a later clock.

    Event files that exist stay as they are.

    Returns the truth's summary. The server's clock is set on the server.

    Raises:
        ValueError: the clock is beyond the written future.
    """
    moment = clock if isinstance(clock, int) else epoch(clock)
    if moment >= company.parameters.horizon:
        raise ValueError(f"{clock} is beyond the future that was written")
    files, costs = _event_files(company, moment)
    usage = usage_of(company.parameters)
    for day in usage.days():
        if day <= moment:
            files.add(usage.day(day))
    write_cloud_bill(company.cloud, company.parameters.start, moment)
    if company.contracts.exists():
        write_contracts(company.contracts, contracts_of(company.parameters), moment)
    return _truth(company, moment, files.facts, costs)


__all__ = [
    "CHANNELS",
    "DemoCompany",
    "DemoParameters",
    "accounts",
    "generate_company",
    "move_clock",
    "open_company",
    "usage_of",
]
