"""Tables as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

#: First characters that make a spreadsheet read a cell as a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe in front; a decimal is written out."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_bytes(table: pa.Table) -> bytes:
    """The table as CSV, UTF-8 with a header row; decimals exact, missing values empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in table.column_names])
    for row in table.to_pylist():
        writer.writerow([safe_cell(value) for value in row.values()])
    return out.getvalue().encode("utf-8")
