"""Values as cells: for CSV that no spreadsheet runs, and for whoever writes rows."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import pyarrow as pa

#: First characters that make a spreadsheet read a cell as a formula, also in their wide forms.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: How a database keeps days and times without end.
_ENDLESS: Final[dict[Any, str]] = {
    2**31 - 1: "infinity",
    1 - 2**31: "-infinity",
    2**63 - 1: "infinity",
    1 - 2**63: "-infinity",
}
_UNSHOWN: Final = "beyond the year 9999"


def safe_text(text: str) -> str:
    """Text that a spreadsheet would run gets an apostrophe in front."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """Values of a column; text where Python has none of them: times without end, far years."""
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_value(one) for one in column]


def _value(one: pa.Scalar) -> Any:
    with suppress(ValueError, OverflowError):
        return one.as_py()
    if endless := _ENDLESS.get(getattr(one, "value", None)):
        return endless
    try:
        return one.cast(pa.string()).as_py()
    except pa.ArrowException:  # one inside a list or a struct
        return _UNSHOWN
