"""Stripe: customers, subscriptions, invoices, payments and what belongs to them.

| endpoint | raw table | a change is seen by |
|---|---|---|
| `/v1/customers`, `products`, `prices`, `coupons` | one each, all versions | events |
| `/v1/plans` (where there are no prices) | `plans` | events |
| `/v1/subscriptions` (`status=all`) | `subscriptions`, items, .., all versions | events |
| `/v1/subscription_schedules`, `promotion_codes`, `invoiceitems` | one table each | events |
| `/v1/invoices` | `invoices`, `invoice_lines`, .. | events |
| `/v1/charges`, `disputes`, `credit_notes` | one table each, with their lists | events |
| `/v1/refunds`, `invoice_payments` | one table each | events and `created` |
| `/v1/balance_transactions` | `balance_transactions` | `created`, from the oldest pending one |
| `/v1/billing/credit_grants`, `meters` | one table each | events |
| `/v1/entitlements/features` | `entitlement_features` | whole |
| `/v1/billing/credit_balance_transactions` | per customer with a grant | whole |
| `/v1/billing/meters/{id}/event_summaries` | per metered customer and day | last days |
| discounts without a coupon in the list, one by one | `discounts` | once |
| `/v1/events` | `events` | cursor on `created` |

Grain: one row per version of an object; nested lists in tables of their own
(`pipelines.loading.tables`).
Cursor: the newest event seen, in dlt's source state. Write disposition: append, always; nothing is
updated in place, so history is kept, and a deleted object gets a row with `_is_deleted`.
Permissions: read access to customers, products, prices (or plans), subscriptions and invoices is
needed; anything else that the key may not read is skipped and listed. A restricted read-only key
(`rk_`) is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource

from pipelines.config import warehouse_path
from pipelines.errors import AccessDeniedError, KeyRefusedError, LoadError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import Batches, source_of
from pipelines.loading.http import ApiClient
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import all_schemas
from pipelines.sources.stripe.api import StripeApi
from pipelines.sources.stripe.discount_terms import DiscountTerms
from pipelines.sources.stripe.endpoints import API_VERSION, ENDPOINTS, EVENTS
from pipelines.sources.stripe.parents import Parents
from pipelines.sources.stripe.settings import (
    API_KEY,
    BASE_URL,
    NEEDS,
    SETTINGS,
    StripeSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.stripe.state import SyncState
from pipelines.sources.stripe.sync import StripeSync
from pipelines.sources.stripe.tables import TABLES
from pipelines.sources.stripe.writers import ObjectWriters

#: What to do where a key belongs to something else than what was loaded, by what differs.
_REMEDIES: Final = {
    "account": "Two accounts must not be mixed: give the new one a name of its own "
    "(SOURCES__<NAME>__KIND=stripe), or restore the old key.",
    "is_live": "Test and live data must not be mixed: use another WAREHOUSE_PATH for this key, or "
    "restore the old one.",
}


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    settings = read_settings(account)
    hasher = EmailHasher.from_settings(warehouse_path())
    if settings.can_write:
        context.warn(
            f"the key in {account.setting_name(API_KEY)} can write to your account; a restricted "
            "key (rk_) with read permissions is enough and safer."
        )

    def read() -> Batches:
        api = StripeApi(_client(context, settings))
        state = SyncState(dlt.current.source_state())
        _check_account(api, settings, state, context)
        terms = DiscountTerms()
        writers = ObjectWriters(context, hasher, API_VERSION, Parents(context.query), terms)
        return StripeSync(api, context, state, writers, terms).run()

    return source_of(context, read)


def _client(context: RunContext, settings: StripeSettings) -> ApiClient:
    return _client_of(context.account, settings, context.count_request)


def _client_of(
    account: Account, settings: StripeSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.api_key,
        key_setting=account.setting_name(API_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"Stripe-Version": API_VERSION},
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """One object of each list: what the key may read."""
    settings = read_settings(account)
    if settings.can_write:
        yield Probe("key", True, "can write to your account; a restricted key (rk_) is safer")
    lists = [
        (endpoint.path, {**endpoint.params, "limit": 1}, endpoint.permission, endpoint.is_required)
        for endpoint in (*ENDPOINTS, EVENTS)
    ]
    yield from probe_addresses(_client_of(account, settings), lists)


def _check_account(
    api: StripeApi, settings: StripeSettings, state: SyncState, context: RunContext
) -> None:
    """Refuse to mix two accounts, or test and live data, under one name."""
    try:
        account_id = str(api.account().get("id") or "")
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError):  # a restricted key need not read the account
        account_id = ""
    key_setting = context.account.setting_name(API_KEY)
    seen = {"account": account_id or None, "is_live": settings.is_live}
    for name, value in seen.items():
        before = state.values.get(name)
        if before is not None and value is not None and before != value:
            raise LoadError(
                f"{context.account.dataset} holds {name} {before!r}, but the key in {key_setting} "
                f"belongs to {name} {value!r}. {_REMEDIES[name]}"
            )
        if value is not None:
            state.values[name] = value
    if account_id:
        context.claim(account_id)


SOURCE: Final = Source(
    name="stripe",
    area="billing",
    title="Stripe: customers, subscriptions, invoices, payments",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
