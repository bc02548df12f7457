"""One synchronisation of a Recurly site: what its lists changed since the last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
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
            yield from self.sync.read_list(
                table,
                path,
                (content(one) for one in self.api.objects(path, params)),
                is_complete=since is None,
                permission="a private API key of the site",
                is_needed=is_needed,
            )
            self.sync.remember_read(path)
        yield from self.sync.finish()


def content(item: RecurlyObject) -> RecurlyObject:
    """An object as it counts."""
    return {name: value for name, value in item.items() if name not in _NO_CONTENT}
