"""Lemon Squeezy (API v1, JSON:API): customers, prices, subscriptions, their invoices, orders.

| endpoint | raw table |
|---|---|
| `/v1/stores`, `/v1/customers`, `/v1/products`, `/v1/variants` | one each |
| `/v1/prices` | `prices`, their tiers |
| `/v1/subscriptions` (all states) | `subscriptions`, all versions |
| `/v1/subscription-invoices`, `/v1/orders` | one each |
| `/v1/discounts`, `/v1/discount-redemptions` | one each |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: none. Lemon Squeezy filters no list by the time of a change, so each load reads every list,
100 objects a request; only what changed is written. Write disposition: append, always.
History: an object says when it last changed (`updated_at`), which dates what a load sees; what was
before the first load is known from invoices, which hold totals and no lines.
Permissions: Lemon Squeezy's keys may do everything in the account, and last a year; there is no
read-only kind. This source sends GET requests only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource

from pipelines.config import warehouse_path
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import Batches, source_of
from pipelines.loading.http import ApiClient
from pipelines.loading.object_sync import ObjectSync
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import all_schemas
from pipelines.sources.lemon_squeezy.api import MEDIA_TYPE, LemonSqueezyApi
from pipelines.sources.lemon_squeezy.settings import (
    API_KEY,
    BASE_URL,
    NEEDS,
    SETTINGS,
    LemonSqueezySettings,
    check_settings,
    read_settings,
)
from pipelines.sources.lemon_squeezy.sync import LISTS, LemonSqueezySync
from pipelines.sources.lemon_squeezy.tables import TABLES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        sync = ObjectSync(context, hasher, dlt.current.source_state())
        return LemonSqueezySync(LemonSqueezyApi(client), context, sync).run()

    return source_of(context, read)


def _client(
    account: Account, settings: LemonSqueezySettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.api_key,
        key_setting=account.setting_name(API_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"Accept": MEDIA_TYPE},
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the key may read."""
    lists = [
        (path, {"page[size]": 1}, "of an API key of the account", is_required)
        for _, path, is_required in LISTS
    ]
    yield from probe_addresses(_client(account, read_settings(account)), lists)


SOURCE: Final = Source(
    name="lemon_squeezy",
    area="billing",
    title="Lemon Squeezy: customers, subscriptions, invoices",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
