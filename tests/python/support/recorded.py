"""Objects that vendors themselves wrote down, behind servers that list them as the vendor does."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from support.chargebee_server import ChargebeeCompany
from support.json_server import Json
from support.paddle_server import PaddleCompany

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
#: Resource of Chargebee's first catalogue -> its list.
CHARGEBEE_LISTS = {
    "plan": "/plans",
    "addon": "/addons",
    "coupon": "/coupons",
    "customer": "/customers",
    "subscription": "/subscriptions",
    "invoice": "/invoices",
    "credit_note": "/credit_notes",
    "transaction": "/transactions",
}


def recorded(name: str) -> Any:
    """What a packed JSON fixture holds."""
    return json.loads(gzip.decompress((FIXTURES / f"{name}.json.gz").read_bytes()))


@dataclass
class RecordedPaddle(PaddleCompany):
    """The example answers of Paddle's SDK, subscriptions as they are listed."""

    now: datetime = datetime(2024, 12, 1)

    def __post_init__(self) -> None:
        self.lists = recorded("paddle_objects")
        self.events = sorted(self.lists.pop("/events"), key=lambda one: str(one["occurred_at"]))

    def _subscriptions_now(self) -> list[Json]:
        return self.lists["/subscriptions"]


@dataclass
class RecordedChargebee(ChargebeeCompany):
    """Objects and webhooks of Chargebee's first catalogue."""

    now: datetime = datetime(2021, 1, 1)
    shown: dict[str, list[Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shown = recorded("chargebee_objects")
        self.events = self.shown.pop("events")
        self.lists = {CHARGEBEE_LISTS[name]: rows for name, rows in self.shown.items()}

    def _rows(self, path: str) -> list[Json]:
        return self.lists[path] if path == "/subscriptions" else super()._rows(path)
