"""Billing files: what a company bills by hand, or by a system without an API, as CSV files.

| file | raw table | one row per |
|---|---|---|
| `customers*.csv` | `customers` | customer |
| `subscriptions*.csv` | `subscription_prices` | subscription, product and stretch of time |
| `invoices*.csv` | `invoice_lines` | line of an invoice |
| `payments*.csv` | `payments` | payment or refund of an invoice |

The columns are in `pipelines.sources.billing_files.tables`, templates in examples/billing_files.
Files lie anywhere below BUCKET_URL, a folder or an object store. In place of files, a TOML file of
kind `billing` may say which answers of an API, or which files of any columns, hold the same rows.
Grain: one row per version of a row, found again by its key (`customer_id`; `subscription_id`,
`product_id`, `valid_from`; `invoice_id`, `line_id`; `payment_id`). Write disposition: append,
always. All files are read each time; a row that is in none of them any more gets a version with
`_is_deleted`, unless a file of its kind could not be read or there is none.
A row that cannot be read is in `quarantine` with file, line, column and what to write instead; the
row as it was last read stays. A file without a needed column, or with a text that is no UTF-8, is
left out and named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource

from pipelines.config import warehouse_path
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import Batches, source_of
from pipelines.loading.object_sync import ObjectSync
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import all_schemas
from pipelines.sources.billing_files.settings import (
    NEEDS,
    SETTINGS,
    billing_rows,
    check_settings,
    described,
)
from pipelines.sources.billing_files.sync import FileSync
from pipelines.sources.billing_files.tables import FILES


def build(context: RunContext) -> DltSource:
    """The dlt source of one run."""
    account = context.account
    folder = billing_rows(account, context)
    hasher = EmailHasher.from_settings(warehouse_path())

    def read() -> Batches:
        sync = ObjectSync(context, hasher, dlt.current.source_state())
        return FileSync(folder, context, sync).run()

    return source_of(context, read)


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """How many files of each kind the folder or bucket has; a row of what a TOML file describes."""
    rows = billing_rows(account, None)
    is_described = described(account) is not None
    for kind in FILES:
        names = rows.names()[kind.prefix]
        if not is_described:
            yield Probe(kind.prefix, True, f"{len(names):,} files")
        elif names:
            found = next(rows.rows(kind.prefix, kind), None)
            yield Probe(kind.prefix, True, "readable" if found else "readable, without rows")


SOURCE: Final = Source(
    name="billing_files",
    area="billing",
    title="Billing files: customers, subscriptions, invoices and payments as CSV",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas([one.table for one in FILES]),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
