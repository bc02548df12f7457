"""Recurly (API v2021-02-25): accounts, subscriptions, invoices, line items and transactions.

| endpoint | raw table | a change is seen by |
|---|---|---|
| `/accounts`, `/plans`, `/coupons` | one each | `begin_time` on `updated_at` |
| `/subscriptions` (all states) | `subscriptions`, add-ons, redemptions, all versions | the same |
| the same: `pending_change`, `ramp_intervals` | `pending_..`, `.._ramp_intervals` | the same |
| `/invoices`, `/line_items`, `/transactions` | one each | the same |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: the time of the last reading of each list, in dlt's source state; lists are asked for in the
order of their changes, oldest first, so that what moves during the reading is met again. Write
disposition: append, always. There are no events: what a subscription was before the first load is
known from its line items, and a state is dated by the times that it names (`paused_at`).
Permissions: Recurly's keys may do everything; there is no read-only kind. This source sends GET
requests only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource
from requests.auth import HTTPBasicAuth

from pipelines.config import warehouse_path
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import Batches, source_of
from pipelines.loading.http import ApiClient
from pipelines.loading.object_sync import ObjectSync
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import all_schemas
from pipelines.sources.recurly.api import API_VERSION, RecurlyApi
from pipelines.sources.recurly.settings import (
    API_KEY,
    BASE_URL,
    NEEDS,
    SETTINGS,
    RecurlySettings,
    check_settings,
    read_settings,
)
from pipelines.sources.recurly.sync import LISTS, RecurlySync
from pipelines.sources.recurly.tables import TABLES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        sync = ObjectSync(context, hasher, dlt.current.source_state(), API_VERSION)
        return RecurlySync(RecurlyApi(client), context, sync).run()

    return source_of(context, read)


def _client(
    account: Account, settings: RecurlySettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.api_key,
        key_setting=account.setting_name(API_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"Accept": f"application/vnd.recurly.{API_VERSION}"},
        auth=HTTPBasicAuth(settings.api_key, ""),
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the key may read."""
    params = {"limit": 1, "sort": "updated_at", "order": "asc"}
    lists = [
        (path, params, "of a read-only private key", is_required) for _, path, is_required in LISTS
    ]
    yield from probe_addresses(_client(account, read_settings(account)), lists)


SOURCE: Final = Source(
    name="recurly",
    area="billing",
    title="Recurly: accounts, subscriptions, invoices",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
