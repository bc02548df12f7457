"""A Stripe account, an OpenAI organisation and a folder of events, which grow together."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from pathlib import Path

from support.openai_server import ADMIN_KEY, Organisation, cost
from support.stripe_server import StripeLists

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]


class World:
    """What a company has at its vendors, in three small places."""

    def __init__(self, folder: Path, stripe: StripeLists, openai: Organisation) -> None:
        self.events = folder / "events"
        self.events.mkdir()
        self.stripe, self.openai = stripe, openai
        self.size = 0
        self.grow()

    def settings(self) -> dict[str, str]:
        return {
            "SOURCES__STRIPE__API_KEY": "rk_test_killed",
            "SOURCES__STRIPE__BASE_URL": self.stripe.url,
            "SOURCES__OPENAI__ADMIN_KEY": ADMIN_KEY,
            "SOURCES__OPENAI__BASE_URL": self.openai.url,
            "SOURCES__OPENAI__START_DATE": DAYS[0].isoformat(),
            "SOURCES__APP_EVENTS__BUCKET_URL": str(self.events),
            "AS_OF": "2026-03-03T18:00:00Z",
        }

    def grow(self) -> None:
        """One more customer with a subscription of two items, one more cost, two more files."""
        self.size += 1
        number = self.size
        items = [{"id": f"si_{number}_{one}", "quantity": one} for one in (1, 2)]
        lists = self.stripe.lists
        lists.setdefault("/v1/customers", []).insert(0, {"id": f"cus_{number}", "created": number})
        lists.setdefault("/v1/subscriptions", []).insert(
            0, {"id": f"sub_{number}", "created": number, "items": {"data": items}}
        )
        for needed in ("products", "prices", "invoices", "events"):
            lists.setdefault(f"/v1/{needed}", [])
        self.openai.costs.setdefault(DAYS[number % 3], []).append(cost("1.25", f"line {number}"))
        rows = [
            {
                "event_id": f"{number}_{row}",
                "event_type": "login",
                "occurred_at": "2026-03-01T00:00:00Z",
                "customer_id": f"cus_{number}",
            }
            for row in range(200)
        ]
        lines = "".join(json.dumps(row) + "\n" for row in [*rows, {"event_id": "bad"}])
        (self.events / f"{number:03}.jsonl").write_text(lines)
        (self.events / f"{number:03}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
        for path in self.events.glob(f"{number:03}.*"):
            os.utime(path, (number, number))
