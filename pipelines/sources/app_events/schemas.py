"""The raw tables of app events and the columns an event file may have."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

#: The columns of a file that every event must fill, with the type they are loaded as.
REQUIRED_COLUMNS: Final = {
    "event_id": pa.string(),
    "event_type": pa.string(),
    "occurred_at": pa.timestamp("us"),
    "customer_id": pa.string(),
}

#: The columns a file may have beside them; every other one goes into `properties`.
OPTIONAL_COLUMNS: Final = {
    "user_id": pa.string(),
    "feature": pa.string(),
    "service": pa.string(),
    "endpoint": pa.string(),
    "status_code": pa.int64(),
    "response_time_ms": pa.decimal128(18, 3),
    "quantity": pa.decimal128(38, 9),
    "provider": pa.string(),
    "model": pa.string(),
    "service_tier": pa.string(),
    "is_batch": pa.bool_(),
    "input_tokens": pa.int64(),
    "cached_input_tokens": pa.int64(),
    "cache_write_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "project_id": pa.string(),
    "api_key_id": pa.string(),
    "request_id": pa.string(),
    "cache_hit": pa.bool_(),
    "acquisition_channel": pa.string(),
    # parts of the counts above that have prices of their own
    "cache_write_1h_tokens": pa.int64(),
    "input_audio_tokens": pa.int64(),
    "cached_input_audio_tokens": pa.int64(),
    "input_image_tokens": pa.int64(),
    "output_audio_tokens": pa.int64(),
    "output_image_tokens": pa.int64(),
}

EVENT_COLUMNS: Final = {**REQUIRED_COLUMNS, **OPTIONAL_COLUMNS}

#: One row per row of an event file, duplicates by `event_id` included.
EVENTS_SCHEMA: Final = pa.schema(
    {
        **EVENT_COLUMNS,
        "properties": pa.string(),  # JSON object of all other columns, null if there are none
        "_source_file": pa.string(),
        "_line": pa.int64(),  # 1-based: line of a JSON lines or CSV file, row of a Parquet file
        "_dlt_load_id": pa.string(),
    }
)

#: One row per file and reading of it: what the source remembers.
EVENT_FILES_SCHEMA: Final = pa.schema(
    {
        "file": pa.string(),
        "size": pa.int64(),
        "modified_at": pa.timestamp("us"),
        "format": pa.string(),
        "rows_loaded": pa.int64(),
        "rows_quarantined": pa.int64(),
        "_observed_at": pa.timestamp("us"),  # the clock of the run
        "_dlt_load_id": pa.string(),
    }
)

#: Every raw table of the source, beside those of a run.
TABLES: Final = {"events": EVENTS_SCHEMA, "event_files": EVENT_FILES_SCHEMA}
