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

from collections.abc import Iterator
from typing import Any, Final

import dlt
import pyarrow as pa
from dlt.extract import DltSource

from pipelines.config import setting, warehouse_path
from pipelines.errors import AccessDeniedError, LoadError, NotFoundError
from pipelines.loading.clock import wall_clock
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import emit
from pipelines.loading.http import ApiClient
from pipelines.loading.tables import all_schemas
from pipelines.sources.stripe.api import StripeApi
from pipelines.sources.stripe.endpoints import API_VERSION
from pipelines.sources.stripe.settings import KEY_SETTING, StripeSettings, read_settings
from pipelines.sources.stripe.sync import StripeSync, SyncState
from pipelines.sources.stripe.tables import TABLES

NAME: Final = "stripe"


def missing_setting() -> str | None:
    """The setting without which Stripe cannot be loaded."""
    return None if setting(KEY_SETTING) else KEY_SETTING


def raw_schemas() -> dict[str, pa.Schema]:
    """Raw tables of Stripe -> Arrow schema."""
    return all_schemas(TABLES)


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    settings = read_settings()
    hasher = EmailHasher.from_settings(warehouse_path())
    if settings.can_write:
        context.warn(
            f"the key in {KEY_SETTING} can write to your account; a restricted key (rk_) with read "
            "permissions is enough and safer."
        )

    @dlt.resource(name="stripe", write_disposition="append")
    def objects() -> Iterator[Any]:
        started_at = wall_clock()
        client = ApiClient(
            source=NAME,
            base_url=settings.base_url,
            key=settings.api_key,
            key_setting=KEY_SETTING,
            headers={"Stripe-Version": API_VERSION},
            on_request=lambda: _count_request(context),
        )
        api = StripeApi(client)
        state = SyncState(dlt.current.source_state())
        _check_account(api, settings, state)
        sync = StripeSync(api, context, state, hasher, API_VERSION)
        for table_name, rows in sync.run():
            yield emit(table_name, rows)
        for table_name, rows in context.run_records(started_at):
            yield emit(table_name, rows)

    @dlt.source(name=NAME)
    def source() -> Any:
        return objects

    return source()


def _count_request(context: RunContext) -> None:
    context.requests += 1


def _check_account(api: StripeApi, settings: StripeSettings, state: SyncState) -> None:
    """Refuse to mix two accounts, or test and live data, in one warehouse."""
    try:
        account = str(api.account().get("id") or "")
    except AccessDeniedError as error:
        if " 401" in str(error):
            raise
        account = ""  # a restricted key need not read the account
    except NotFoundError:
        account = ""
    seen = {"account": account or None, "is_live": settings.is_live}
    for name, value in seen.items():
        before = state.values.get(name)
        if before is not None and value is not None and before != value:
            raise LoadError(
                f"stripe: this warehouse holds {name} {before!r}, but the key in {KEY_SETTING} "
                f"belongs to {name} {value!r}. Two accounts must not be mixed: use another "
                "WAREHOUSE_PATH for the new one, or restore the old key."
            )
        if value is not None:
            state.values[name] = value
