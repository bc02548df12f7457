"""Handing Arrow tables to dlt under their own table names and with exact types."""

from __future__ import annotations

from typing import Any

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema


def emit(table_name: str, rows: pa.Table) -> Any:
    """One batch of rows for raw table `table_name`, as a resource yields it.

    dlt would store a timestamp without zone as one with zone; raw tables hold UTC without zone, so
    the columns are declared to it.
    """
    return dlt.mark.with_hints(
        rows,
        dlt.mark.make_hints(table_name=table_name, columns=timestamp_columns(rows.schema)),
        create_table_variant=True,
    )


def timestamp_columns(schema: pa.Schema) -> list[TColumnSchema]:
    """dlt column hints that keep timestamps as they are: UTC, without zone, in microseconds."""
    return [
        {"name": field.name, "data_type": "timestamp", "timezone": False, "precision": 6}
        for field in schema
        if pa.types.is_timestamp(field.type)
    ]
