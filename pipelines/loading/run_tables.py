"""Tables that every run of every source writes: what it did, and what it could not read."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

SYNCS_SCHEMA: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "source": pa.string(),
        "synced_at": pa.timestamp("us"),
        "started_at": pa.timestamp("us"),
        "mode": pa.string(),
        "requests": pa.int64(),
        "rows_new": pa.int64(),
        "rows_changed": pa.int64(),
        "rows_deleted": pa.int64(),
        "rows_quarantined": pa.int64(),
    }
)

SYNC_ENDPOINTS_SCHEMA: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "endpoint": pa.string(),
        "status": pa.string(),
        "reason": pa.string(),
        "objects_read": pa.int64(),
        "is_complete": pa.bool_(),
    }
)

QUARANTINE_SCHEMA: Final = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "_observed_at": pa.timestamp("us"),
        "source_table": pa.string(),
        "record_id": pa.string(),
        "file": pa.string(),
        "line": pa.int64(),
        "field": pa.string(),
        "reason": pa.string(),
        "raw": pa.string(),
    }
)

#: Table -> schema.
RUN_TABLES: Final = {
    "quarantine": QUARANTINE_SCHEMA,
    "syncs": SYNCS_SCHEMA,
    "sync_endpoints": SYNC_ENDPOINTS_SCHEMA,
}
