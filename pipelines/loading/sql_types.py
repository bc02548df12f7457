"""SQL names of the types that raw columns have, as sources.yml and every warehouse name them."""

from __future__ import annotations

import pyarrow as pa


def sql_type(kind: pa.DataType) -> str:
    """Type of a raw column. Raises ValueError for an unforeseen one."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    names = {
        pa.string(): "varchar",
        pa.int64(): "bigint",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.timestamp("us"): "timestamp",
    }
    if kind not in names:
        raise ValueError(f"raw columns of type {kind} have no SQL type here: add one")
    return names[kind]
