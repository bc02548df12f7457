"""Raw tables of custom sources: the same for all of them, one schema each."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_MONEY: Final = pa.decimal128(38, 18)

#: Columns of a row that are texts.
TEXTS: Final = (
    "provider", "billing_account_id", "project_id", "project_name", "api_key_id", "api_key_name",
    "service", "endpoint", "line_item", "model", "token_type", "service_tier", "region",
    "charge_category", "unit", "currency", "basis",
)  # fmt: skip
#: Columns that are exact numbers.
AMOUNTS: Final = ("amount", "list_amount", "quantity")
#: Columns that are whole numbers, zero or more.
COUNTS: Final = (
    "requests", "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens",
)  # fmt: skip
#: Columns that are true or false.
FLAGS: Final = ("is_final",)

#: One row per version of what a provider says of a day.
DAYS: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_observed_at": pa.timestamp("us"),
        "_version_id": pa.string(),
        "kind": pa.string(),
        "provider": pa.string(),
        "day": pa.date32(),
        "digest": pa.string(),
        "rows": pa.int64(),
    }
)

#: One row per row of such a version, as mapped.
ROWS: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_version_id": pa.string(),
        "_position": pa.int64(),
        **dict.fromkeys(TEXTS, pa.string()),
        **dict.fromkeys(AMOUNTS, _MONEY),
        **dict.fromkeys(COUNTS, pa.int64()),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
)

TABLES: Final = {"custom_days": DAYS, "custom_rows": ROWS}
