"""What the cloud bills: one FOCUS file a month, as an export into a folder leaves them.

A month is open until the fifth of the next one; then it is closed with an invoice, and its compute
is three per cent lower than was stated, because a savings plan is only reckoned then. What was
written is written again when the clock moves, and files that say the same keep their bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np

from demo.timeline import DAY, day_of, epoch, month_start, shift_month

PROVIDER: Final = "aws"
ACCOUNT: Final = "444455556666"
REGION: Final = "us-east-1"
#: Day of the next month on which a month is closed.
CLOSED_ON: Final = 5


@dataclass(frozen=True)
class Service:
    """A service, what of it is billed, and what that comes to on the first days, in cents."""

    name: str
    category: str
    usage: str
    cents: int


SERVICES: Final = (
    Service("Amazon Elastic Compute Cloud", "Compute", "USE1-BoxUsage:m7i.large", 1_450),
    Service("Amazon Relational Database Service", "Databases", "USE1-InstanceUsage:db.m7g", 920),
    Service("Amazon Simple Storage Service", "Storage", "USE1-TimedStorage-ByteHrs", 130),
)


@dataclass(frozen=True)
class CloudLine:
    """What a service came to on a UTC day, in cents, and whether its month is closed."""

    day: date
    service: Service
    cents: int
    is_closed: bool

    @property
    def dollars(self) -> Decimal:
        """The same in dollars."""
        return Decimal(self.cents).scaleb(-2)

    @property
    def line_item(self) -> str:
        """How the line is called: service, what is billed, region."""
        return f"{self.service.name}: {self.service.usage}, {REGION}"


def cloud_lines(start: int, clock: int) -> Iterator[CloudLine]:
    """Every line as stated at the clock: of all days that are over."""
    today, first = day_of(clock), month_start(day_of(start))
    day = day_of(start)
    while day < today:
        is_closed = today >= shift_month(month_start(day), 1).replace(day=CLOSED_ON)
        rng = np.random.default_rng([14, epoch(day) // DAY])
        months = (day.year - first.year) * 12 + day.month - first.month
        for service in SERVICES:
            # four per cent more each month, and a tenth up or down from day to day
            grown = service.cents * (25 + months) // 25
            cents = grown * int(rng.integers(90, 111)) // 100
            if is_closed and service.category == "Compute":
                cents = cents * 97 // 100
            yield CloudLine(day, service, cents, is_closed)
        day += timedelta(days=1)


def write_cloud_bill(folder: Path, start: int, clock: int) -> None:
    """Write the file of every month that has a line at the clock."""
    folder.mkdir(parents=True, exist_ok=True)
    months: dict[date, list[CloudLine]] = {}
    for line in cloud_lines(start, clock):
        months.setdefault(month_start(line.day), []).append(line)
    for month, lines in months.items():
        text = io.StringIO()
        rows = [_row(line) for line in lines]
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path = folder / f"focus-{month:%Y-%m}.csv"
        if not path.exists() or path.read_text() != text.getvalue():
            path.write_text(text.getvalue())


def _row(line: CloudLine) -> dict[str, Any]:
    """A line in FOCUS 1.2, as this cloud writes it."""
    month = month_start(line.day)
    day, dollars = f"{line.day}T00:00:00Z", f"{line.dollars:f}"
    return {
        "BilledCost": dollars,
        "BillingAccountId": "111122223333",
        "BillingAccountName": "Payer",
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{shift_month(month, 1)}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargePeriodStart": day,
        "ChargePeriodEnd": f"{line.day + timedelta(days=1)}T00:00:00Z",
        "ConsumedQuantity": "24",
        "ConsumedUnit": "Hours",
        "EffectiveCost": dollars,
        "ListCost": dollars,
        "InvoiceId": f"INV-{month:%Y%m}" if line.is_closed else "",
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "RegionId": REGION,
        "ServiceCategory": line.service.category,
        "ServiceName": line.service.name,
        "SubAccountId": ACCOUNT,
        "SubAccountName": "Production",
        "Tags": "{}",
        "x_UsageType": line.service.usage,
    }
