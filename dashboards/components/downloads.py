"""Tables as CSV and as Excel files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import xlsxwriter

from pipelines.exports.cells import safe_text, values

_LONGEST_CELL: Final = 32_767
#: The first year that Excel's dates know.
_FIRST_YEAR: Final = 1900


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe in front; a decimal is written out."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return safe_text(value) if isinstance(value, str) else value


def csv_bytes(table: pa.Table) -> bytes:
    """The table as CSV, UTF-8 with a header row; decimals exact, missing values empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in table.column_names])
    for row in _rows(table):
        writer.writerow([safe_cell(value) for value in row])
    return out.getvalue().encode("utf-8")


def xlsx_bytes(table: pa.Table, about: Sequence[tuple[str, str]]) -> bytes:
    """The table as an Excel workbook, with a sheet that says what it is.

    Numbers are numbers (Excel keeps 15 digits; the CSV is exact), dates are dates, times are UTC,
    and text is text whatever it begins with. What Excel has no number or date for (infinity, no
    number, a day before 1900) is text.

    Args:
        table: the rows.
        about: what to say of them, as pairs of a name and a text.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet, said = book.add_worksheet("Data"), book.add_worksheet("About")
        bold = book.add_format({"bold": True})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, name in enumerate(table.column_names):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(_rows(table), start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, number, column, value, days, moments)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        for number, (name, text) in enumerate(about):
            said.write_string(number, 0, name, bold)
            said.write_string(number, 1, text[:_LONGEST_CELL])
        said.autofit(600)
    return out.getvalue()


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Rows by place: a query may give two columns the same name."""
    for batch in table.to_batches(max_chunksize=5_000):
        yield from zip(*(values(column) for column in batch.columns), strict=True)


def _write_cell(sheet: Any, row: int, column: int, value: Any, days: Any, moments: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal) and math.isfinite(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        if isinstance(value, datetime):
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            sheet.write_datetime(row, column, moment, moments)
        else:
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), days)
    elif value is not None:
        sheet.write_string(row, column, str(value)[:_LONGEST_CELL])
