"""Paddle Billing: customers, subscriptions, transactions and adjustments.

| endpoint | raw table | a change is seen by |
|---|---|---|
| `/customers`, `/products`, `/prices`, `/discounts` (archived ones too) | one each | whole list |
| `/subscriptions` | `subscriptions`, `subscription_items`, all versions | events, whole list |
| `/transactions` | `transactions`, their items, lines, payments | `updated_at[GT]` |
| `/adjustments` | `adjustments`, `adjustment_items` | whole list |
| `/events` | `events` (their heads) | the last event's id |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: the last event's id and the time of the last reading of `/transactions`, in dlt's source
state. Write disposition: append, always. Paddle deletes nothing: it archives.
An event holds the whole object as it was; Paddle keeps events for 90 days. The addresses at which
a customer changes card or cancels (`management_urls`) are secrets, and are not stored.
Permissions: `subscription.read` and `transaction.read` are needed; `customer.read`, `product.read`,
`price.read`, `discount.read`, `adjustment.read` and the one for events are skipped and said where
the key lacks them.
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
from pipelines.sources.paddle.api import API_VERSION, PaddleApi
from pipelines.sources.paddle.settings import (
    API_KEY,
    BASE_URL,
    NEEDS,
    SETTINGS,
    PaddleSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.paddle.sync import LISTS, PaddleSync
from pipelines.sources.paddle.tables import TABLES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        sync = ObjectSync(context, hasher, dlt.current.source_state(), API_VERSION)
        return PaddleSync(PaddleApi(client), context, sync).run()

    return source_of(context, read)


def _client(
    account: Account, settings: PaddleSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.api_key,
        key_setting=account.setting_name(API_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"Paddle-Version": API_VERSION},
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the key may read."""
    lists = [
        (path, {"per_page": 1}, permission, is_required)
        for _, path, _, permission, is_required in LISTS
    ]
    yield from probe_addresses(_client(account, read_settings(account)), lists)


SOURCE: Final = Source(
    name="paddle",
    area="billing",
    title="Paddle: customers, subscriptions, transactions",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
