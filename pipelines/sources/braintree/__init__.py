"""Braintree: plans, subscriptions with their history, transactions and customers.

| endpoint | raw table | a change is seen by |
|---|---|---|
| `GET /plans` | `plans` | whole list |
| `POST /subscriptions/advanced_search` | `subscriptions`, `status_history`, .. | read whole |
| `POST /customers/advanced_search` | `customers` | created in the last 30 days, weekly whole |
| `POST /transactions/advanced_search` | `transactions`, disputes | the same, and `dispute_date` |

Below `/merchants/<id>`. Searching is a POST that changes nothing: one for all ids of a window of
time, halved where it is too many, then one for each 50 objects. No list tells what changed.
Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`). Cursor: the times of the last and of the last whole reading, in dlt's
source state. Write disposition: append, always.
A subscription tells every status and price that it ever had. Days (`first_billing_date`, ends of
periods, inclusive) are in the merchant's time zone, which the API does not tell: TIMEZONE does.
Disputes stand in their transactions, which are searched by the day of a dispute for 150 days.
Permissions: an API user that may view transactions, vault, subscriptions, plans. Answers are XML.
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
from pipelines.sources.braintree.api import API_VERSION, BraintreeApi
from pipelines.sources.braintree.settings import (
    BASE_URL,
    NEEDS,
    PRIVATE_KEY,
    SETTINGS,
    BraintreeSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.braintree.sync import BraintreeSync
from pipelines.sources.braintree.tables import TABLES
from pipelines.sources.braintree.xml import parse_xml


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        client = _client(account, settings, context.count_request)
        context.claim(settings.merchant_id)
        sync = ObjectSync(context, hasher, dlt.current.source_state(), API_VERSION)
        reading = BraintreeSync(BraintreeApi(client), context, sync, settings.zone)
        return reading.run()

    return source_of(context, read)


def _client(
    account: Account, settings: BraintreeSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=f"{settings.base_url}/merchants/{settings.merchant_id}",
        key=settings.private_key,
        key_setting=account.setting_name(PRIVATE_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"X-ApiVersion": API_VERSION, "Accept": "application/xml"},
        auth=HTTPBasicAuth(settings.public_key, settings.private_key),
        parse=parse_xml,
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """All plans: whether the keys are right."""
    client = _client(account, read_settings(account))
    yield from probe_addresses(client, [("/plans", {}, "view plans", True)])


SOURCE: Final = Source(
    name="braintree",
    area="billing",
    title="Braintree: subscriptions, transactions",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
