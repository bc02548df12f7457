"""One synchronisation of a Recurly site: what its lists changed since the last one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable, to_json
from pipelines.sources.recurly.api import RecurlyApi, RecurlyObject
from pipelines.sources.recurly.tables import (
    ACCOUNTS,
    COUPONS,
    INVOICES,
    LINE_ITEMS,
    PLANS,
    SUBSCRIPTIONS,
    TRANSACTIONS,
)

#: Table -> path, whether nothing can be said without it.
LISTS: Final[tuple[tuple[ObjectTable, str, bool], ...]] = (
    (PLANS, "/plans", False),
    (COUPONS, "/coupons", False),
    (ACCOUNTS, "/accounts", False),
    (SUBSCRIPTIONS, "/subscriptions", True),
    (INVOICES, "/invoices", True),
    (LINE_ITEMS, "/line_items", True),
    (TRANSACTIONS, "/transactions", False),
)

#: Secrets of the customer, what stands in a list of its own, and what changes without a change.
_NO_CONTENT: Final = frozenset({"updated_at", "hosted_login_token", "billing_info", "line_items"})

_TERMS_OF_TIER: Final = ("ending_quantity", "unit_amount", "unit_amount_decimal")


@dataclass
class RecurlySync:
    """What one run reads of a site."""

    api: RecurlyApi
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        for table, path, is_needed in LISTS:
            since = self.sync.changed_since(path)
            params: dict[str, Any] = {"begin_time": f"{since:%Y-%m-%dT%H:%M:%SZ}"} if since else {}
            is_read = yield from self.sync.read_list(
                table,
                path,
                self.api.objects(path, params),
                is_complete=since is None,
                permission="a private API key of the site",
                is_needed=is_needed,
                shape=content,
            )
            if is_read:
                self.sync.remember_read(path)
        yield from self.sync.finish()


def content(item: RecurlyObject) -> RecurlyObject:
    """An object as it counts.

    A transaction that was charged back says when: its last change. A change that is to come has all
    add-ons and ramp intervals that there are then; what it does not speak of stays as it is.
    """
    kept = {name: value for name, value in item.items() if name not in _NO_CONTENT}
    if kept.get("status") == "chargeback" and "amount" in kept:
        kept["charged_back_at"] = item.get("updated_at")
    if isinstance(kept.get("add_ons"), list):
        kept["add_ons"] = [_with_tiers_key(one) for one in kept["add_ons"]]
    change = kept.get("pending_change")
    if isinstance(change, dict):
        kept["pending_change"] = _whole_change(change, kept)
    return kept


def _whole_change(change: RecurlyObject, now: RecurlyObject) -> RecurlyObject:
    whole = {name: value for name, value in change.items() if name not in _NO_CONTENT}
    if isinstance(whole.get("add_ons"), list):
        whole["add_ons"] = [_with_tiers_key(one) for one in whole["add_ons"]]
    else:
        whole["add_ons"] = now.get("add_ons")
    if whole.get("ramp_intervals") is None and _plan_id(change) in (None, _plan_id(now)):
        whole["ramp_intervals"] = now.get("ramp_intervals")
    return whole


def _plan_id(item: RecurlyObject) -> str | None:
    plan = item.get("plan")
    return plan.get("id") if isinstance(plan, dict) else None


def _with_tiers_key(add_on: Any) -> Any:
    """An add-on with a short text that is the same for the same tiers."""
    tiers = add_on.get("tiers") if isinstance(add_on, dict) else None
    if not tiers:
        return add_on
    text = to_json(
        [
            {name: tier.get(name) for name in _TERMS_OF_TIER}
            for tier in tiers
            if isinstance(tier, dict)
        ]
    )
    return {**add_on, "tiers_key": hashlib.sha256(text.encode()).hexdigest()[:8]}
