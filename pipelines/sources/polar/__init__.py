"""Polar (API version 2026-10): customers, products, subscriptions, orders, payments, refunds.

| endpoint | raw table | scope |
|---|---|---|
| `/v1/products/` | `products`, their prices and tiers | `products:read` |
| `/v1/discounts/` | `discounts` | `discounts:read` |
| `/v1/customers/` | `customers` | `customers:read` |
| `/v1/subscriptions/` | `subscriptions`, their prices, all versions | `subscriptions:read` |
| `/v1/orders/` | `orders`, their items | `orders:read` |
| `/v1/payments/`, `/v1/refunds/`, `/v1/disputes/` | one each | `payments:read`, ... |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: none. Polar filters no list by the time of a change, so each load reads every list, oldest
first, 100 objects a request; only what changed is written. Write disposition: append, always.
History: an object says when it last changed (`modified_at`), which dates what a load sees; what was
before the first load is known from the items of orders.
Permissions: an organization access token with the scopes above; this source sends GET requests
only.
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
from pipelines.sources.polar.api import API_VERSION, PolarApi
from pipelines.sources.polar.settings import (
    ACCESS_TOKEN,
    BASE_URL,
    NEEDS,
    SETTINGS,
    PolarSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.polar.sync import LISTS, PolarSync
from pipelines.sources.polar.tables import TABLES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        sync = ObjectSync(context, hasher, dlt.current.source_state(), API_VERSION)
        return PolarSync(PolarApi(client), context, sync).run()

    return source_of(context, read)


def _client(
    account: Account, settings: PolarSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.access_token,
        key_setting=account.setting_name(ACCESS_TOKEN),
        url_setting=account.setting_name(BASE_URL),
        headers={"Polar-Version": API_VERSION},
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the token may read."""
    lists = [(path, {"limit": 1}, scope, is_required) for _, path, scope, is_required in LISTS]
    yield from probe_addresses(_client(account, read_settings(account)), lists)


SOURCE: Final = Source(
    name="polar",
    area="billing",
    title="Polar: customers, subscriptions, orders",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
