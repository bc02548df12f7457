"""One synchronisation of a Lemon Squeezy account: all of its lists, read to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.loading.context import RunContext
from pipelines.loading.object_sync import ArrowRows, ObjectSync
from pipelines.loading.tables import ObjectTable
from pipelines.sources.lemon_squeezy.api import LemonSqueezyApi, LemonSqueezyObject, plain
from pipelines.sources.lemon_squeezy.tables import (
    CUSTOMERS,
    DISCOUNT_REDEMPTIONS,
    DISCOUNTS,
    ORDERS,
    PRICES,
    PRODUCTS,
    STORES,
    SUBSCRIPTION_INVOICES,
    SUBSCRIPTIONS,
    VARIANTS,
)

#: Table -> path, whether nothing can be said without it.
LISTS: Final[tuple[tuple[ObjectTable, str, bool], ...]] = (
    (STORES, "/v1/stores", True),
    (PRODUCTS, "/v1/products", False),
    (VARIANTS, "/v1/variants", False),
    (PRICES, "/v1/prices", True),
    (DISCOUNTS, "/v1/discounts", False),
    (CUSTOMERS, "/v1/customers", False),
    (ORDERS, "/v1/orders", True),
    (DISCOUNT_REDEMPTIONS, "/v1/discount-redemptions", False),
    (SUBSCRIPTIONS, "/v1/subscriptions", True),
    (SUBSCRIPTION_INVOICES, "/v1/subscription-invoices", True),
)

#: Signed addresses at which anybody may cancel, names and cards of people who are customers of
#: their own list, and what is reckoned anew for each answer.
_NO_CONTENT: Final = frozenset(
    {
        "urls", "user_name", "user_email", "card_brand", "card_last_four", "currency_rate",
        "total_revenue", "thirty_day_revenue", "total_sales", "thirty_day_sales",
        "total_revenue_currency", "mrr", "mrr_formatted", "total_revenue_currency_formatted",
        "thumb_url", "large_thumb_url", "avatar_url", "buy_now_url",
    }
)  # fmt: skip


@dataclass
class LemonSqueezySync:
    """What one run reads of an account."""

    api: LemonSqueezyApi
    context: RunContext
    sync: ObjectSync

    def run(self) -> ArrowRows:
        """Rows of all raw tables."""
        for table, path, is_needed in LISTS:
            yield from self.sync.read_list(
                table,
                path,
                self.api.objects(path),
                is_complete=True,
                permission="an API key of the account",
                is_needed=is_needed,
                shape=content,
            )
        yield from self.sync.finish()


def content(resource: LemonSqueezyObject) -> LemonSqueezyObject:
    """An object as it counts; amounts that are written out for people are left out."""
    return {
        name: value
        for name, value in plain(resource).items()
        if name not in _NO_CONTENT and not name.endswith(("_formatted", "_usd"))
    }
