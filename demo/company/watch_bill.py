"""What Datadog bills the company, and what it saw of a service that sends no events.

The bill is told as Datadog tells it: estimates by day until the 16th of the next month, then the
month as a whole. A closed month is a little dearer than its estimates: what was used beyond the
commitment is only reckoned then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from demo.timeline import DAY, day_of, days_between, epoch, month_start, shift_month
from demo.vendors.datadog_api import DatadogOrganisation, Growth

PROVIDER: Final = "datadog"
ORGANISATION: Final = "org_a"
#: Day of the next month from which on a month is told as a whole.
CLOSED_ON: Final = 16
#: The service that only Datadog sees.
SERVICE: Final = "billing-worker"
CALLS_QUERY: Final = "sum:trace.http.request.hits{*} by {service}"
ERRORS_QUERY: Final = "sum:trace.http.request.errors{*} by {service}"


@dataclass(frozen=True)
class Product:
    """A product, its type of charge, and cents a day: estimated on average, and once closed."""

    name: str
    kind: str
    estimated: int
    closed: int

    @property
    def line_item(self) -> str:
        """How its line is called."""
        return f"{self.name}, {self.kind}"


PRODUCTS: Final = (
    Product("infra_host", "on_demand", 540, 561),
    Product("logs_indexed", "on_demand", 210, 214),
)


@dataclass(frozen=True)
class WatchLine:
    """What a product came to on a UTC day, in cents, and whether its month is closed."""

    day: date
    product: Product
    cents: int
    is_closed: bool

    @property
    def dollars(self) -> Decimal:
        """The same in dollars."""
        return Decimal(self.cents).scaleb(-2)


def watched_since(start: int) -> date:
    """The first whole month of the company: closed months are shared out over all their days."""
    first = day_of(start)
    return first if first.day == 1 else shift_month(month_start(first), 1)


def watch_lines(start: int, clock: int) -> Iterator[WatchLine]:
    """Every line as stated at the clock: of all days that are over."""
    today = day_of(clock)
    for day in days_between(watched_since(start), today):
        is_closed = _is_closed(month_start(day), today)
        rng = np.random.default_rng([16, epoch(day) // DAY])
        for product in PRODUCTS:
            estimated = product.estimated * int(rng.integers(90, 111)) // 100
            yield WatchLine(day, product, product.closed if is_closed else estimated, is_closed)


def watching(start: int, clock: int) -> DatadogOrganisation:
    """The organisation as it answers at the clock."""
    today = day_of(clock)
    told = DatadogOrganisation(reached=today - timedelta(days=1))
    for line in watch_lines(start, clock):
        product = line.product
        if not line.is_closed:
            told.growth.append(Growth(line.day, product.name, product.kind, str(line.dollars)))
            continue
        products = told.final.setdefault(month_start(line.day), {}).setdefault(ORGANISATION, {})
        kinds = products.setdefault(product.name, {})
        kinds[product.kind] = Decimal(kinds.get(product.kind, 0)) + line.dollars
    seen = days_between(watched_since(start), today)
    for day in seen:
        told.usage.append((f"{day}T12", "infra_hosts", "host_count", 4))
    told.series = {
        CALLS_QUERY: {SERVICE: {day: 1_000.0 + 10 * day.day for day in seen}},
        ERRORS_QUERY: {SERVICE: {day: float(day.day % 3) for day in seen}},
    }
    return told


def _is_closed(month: date, today: date) -> bool:
    return today >= shift_month(month, 1).replace(day=CLOSED_ON)
