"""One synchronisation of a Braintree merchant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
from pipelines.sources.braintree.api import BraintreeApi, BraintreeObject
from pipelines.sources.braintree.tables import CUSTOMERS, PLANS, SUBSCRIPTIONS, TRANSACTIONS

#: Before Braintree there was nothing.
_BEGIN: Final = datetime(2007, 1, 1)
#: What was created so long ago can still change: it settles, is refunded, gets another name.
_TRAILING: Final = timedelta(days=30)
_WHOLE_AFTER: Final = timedelta(days=7)
_ONE_DAY: Final = timedelta(days=1)
#: A dispute may be opened, and decided, long after its transaction.
_DISPUTES_MOVE: Final = timedelta(days=150)

#: What changes without a change, or is a card's.
_NO_CONTENT: Final = frozenset(
    {"updated_at", "credit_card", "credit_cards", "paypal_accounts", "payment_methods",
     "payment_method_token", "customer_details", "billing", "shipping", "transactions"}
)  # fmt: skip


@dataclass
class BraintreeSync:
    """What one run reads of a merchant."""

    api: BraintreeApi
    context: RunContext
    sync: ObjectSync
    zone: ZoneInfo

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        yield from self.sync.read_list(
            PLANS,
            "/plans",
            self.api.plans(),
            is_complete=True,
            permission="view plans",
            shape=self._shape,
        )
        yield from self._search(CUSTOMERS, "/customers", "view vault", is_whole=False)
        yield from self._search(
            SUBSCRIPTIONS, "/subscriptions", "view subscriptions", is_whole=True
        )
        yield from self._search(TRANSACTIONS, "/transactions", "view transactions", is_whole=False)
        yield from self.sync.finish()

    def _search(
        self, table: ObjectTable, path: str, permission: str, *, is_whole: bool
    ) -> ArrowRows:
        now = self.context.observed_at
        since = None if is_whole else self._since(path, now)
        is_read = yield from self.sync.read_list(
            table,
            path,
            self._objects(table, path, since, now),
            is_complete=since is None,
            permission=permission,
            is_needed=table is not CUSTOMERS,
            shape=self._shape,
        )
        if not is_read:
            return
        if since is None:
            self.sync.state[f"whole:{path}"] = now.isoformat()
        self.sync.remember_read(path)

    def _shape(self, item: BraintreeObject) -> BraintreeObject:
        return content(item, self.zone)

    def _objects(
        self, table: ObjectTable, path: str, since: datetime | None, now: datetime
    ) -> Iterator[Any]:
        yield from self.api.between(path, "created_at", since or _BEGIN, now)
        if since and table is TRANSACTIONS:
            yield from self.api.between(path, "dispute_date", now - _DISPUTES_MOVE, now)

    def _since(self, path: str, now: datetime) -> datetime | None:
        last = self.sync.changed_since(path)
        whole = self.sync.state.get(f"whole:{path}")
        if last is None or not whole or now - datetime.fromisoformat(whole) >= _WHOLE_AFTER:
            return None
        return last - _TRAILING


def content(item: BraintreeObject, zone: ZoneInfo) -> BraintreeObject:
    """An object as it counts, its days as moments."""
    kept = {name: value for name, value in item.items() if name not in _NO_CONTENT}
    if "first_billing_date" in kept:
        kept["first_billing_at"] = _moment(kept["first_billing_date"], zone)
    period = kept.get("subscription") if isinstance(kept.get("subscription"), dict) else kept
    if isinstance(period, dict) and "billing_period_start_date" in period:
        kept["period_start_at"] = _moment(period["billing_period_start_date"], zone)
        kept["period_end_at"] = _moment(period.get("billing_period_end_date"), zone, _ONE_DAY)
    if isinstance(kept.get("disputes"), list):
        kept["disputes"] = [
            {**one, "received_at": _moment(one.get("received_date"), zone)}
            for one in kept["disputes"]
            if isinstance(one, dict)
        ]
    customer = item.get("customer_details") or item.get("customer")
    if isinstance(customer, dict) and customer.get("id") and "customer_id" not in kept:
        kept["customer_id"] = customer["id"]
    kept.pop("customer", None)
    return kept


def _moment(day: Any, zone: ZoneInfo, later: timedelta = timedelta()) -> str | None:
    """The UTC moment at which a merchant's day begins, as text; what is no day as it is."""
    if not day:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(str(day)) + later, time(), tzinfo=zone)
        return begins.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return str(day)
