"""Chargebee (API v2, both product catalogues): customers, subscriptions, invoices and payments.

| endpoint | raw table | a change is seen by |
|---|---|---|
| `/items`, `/item_prices`, `/coupons` | one each | whole list |
| `/plans`, `/addons` (catalogue 1.0) | `items`, `item_prices` | whole list |
| `/customers` | `customers` | `updated_at[after]` |
| `/subscriptions` | `subscriptions` with lists of their own | events, `updated_at[after]` |
| `/ramps` of named subscriptions | `scheduled_changes` | events, changed subscriptions |
| `/subscriptions/{id}/retrieve_with_scheduled_changes` | the same | `has_scheduled_changes` |
| `/invoices`, `/credit_notes`, `/transactions` | one each, with lists | `updated_at[after]` |
| `/events` | `events` (their heads) | `occurred_at[after]` |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: the time of the last reading of each list, in dlt's source state. The first reading is
unfiltered, since old objects have no `updated_at` and a filter would drop them; later ones begin an
hour before the last, because lists lag behind by minutes. Write disposition: append, always. An
object that Chargebee lists as deleted gets a row with `_is_deleted`.
An event holds the whole subscription as it was. `updated_at` and `resource_version` are no part of
an object's content: jobs of the site touch all objects without a change.
Ramps are listed for named subscriptions, 50 at a time: for all that run at first, then for those
that changed or that an event names. A renewal is asked for where a subscription says that it has
scheduled changes.
A site of catalogue 1.0 refuses `/items`: then its plans and addons are read in their place
(`pipelines.sources.chargebee.shapes`).
Permissions: a read-only key for everything; subscriptions and invoices are needed, the rest is
skipped and said where the key may not read it.
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
from pipelines.sources.chargebee.api import API_VERSION, ChargebeeApi
from pipelines.sources.chargebee.settings import (
    API_KEY,
    BASE_URL,
    NEEDS,
    SETTINGS,
    ChargebeeSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.chargebee.sync import LISTS, ChargebeeSync
from pipelines.sources.chargebee.tables import TABLES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        if settings.site:
            context.claim(settings.site)
        sync = ObjectSync(context, hasher, dlt.current.source_state(), API_VERSION)
        return ChargebeeSync(ChargebeeApi(client), context, sync).run()

    return source_of(context, read)


def _client(
    account: Account, settings: ChargebeeSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.api_key,
        key_setting=account.setting_name(API_KEY),
        url_setting=account.setting_name(BASE_URL),
        auth=HTTPBasicAuth(settings.api_key, ""),
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the key may read."""
    lists = [
        (f"/api/v2{path}", {"limit": 1}, "read-only access to all objects", is_required)
        for _, path, _, _, is_required in LISTS
    ]
    yield from probe_addresses(_client(account, read_settings(account)), lists)


SOURCE: Final = Source(
    name="chargebee",
    area="billing",
    title="Chargebee: customers, subscriptions, invoices",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
