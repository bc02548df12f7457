"""Reading billing files: which there are, their rows, and what is wrong with one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.object_store import open_files, store_errors
from pipelines.loading.source import Account
from pipelines.sources.billing_files.tables import FILES, BillingFile, Column

#: A billing file is small; a larger one is another thing.
MOST_BYTES: Final = 200 * 1024 * 1024
#: Digits before and after the point that every ledger holds.
_MOST_MONEY: Final = Decimal(10) ** 15
_MOST_DECIMALS: Final = 9
_MOST_QUANTITY: Final = 10**12


#: In place of a column: the whole line, or the whole file, cannot be read.
UNREADABLE = ("line", "file")


class FileLeftOutError(Exception):
    """A file cannot be read; the message says why and what to do."""


class CellError(Exception):
    """A cell cannot be read.

    Attributes:
        column: its column.
        remedy: what is wrong and what to write instead.
    """

    def __init__(self, column: str, remedy: str) -> None:
        super().__init__(remedy)
        self.column = column
        self.remedy = remedy


@dataclass(frozen=True)
class FileRow:
    """A row of a file as text, with its line in the file (the header is line 1).

    Attributes:
        place: where it is, where that is no line of a file.
        refused: column and reason of a cell that could not be made.
    """

    file: str
    line: int
    cells: dict[str, str]
    place: str | None = None
    refused: tuple[str, str] | None = None


class BillingFolder:
    """The files below an address."""

    def __init__(self, url: str, account: Account, setting_name: str) -> None:
        self._url, self._setting_name = url, setting_name
        self._files, self._root = open_files(url, account, setting_name)

    def names(self) -> dict[str, list[str]]:
        """Prefix of a kind -> names of its files below the folder, sorted."""
        found: dict[str, list[str]] = {one.prefix: [] for one in FILES}
        with store_errors(self._url, self._setting_name):
            paths = sorted(self._files.find(self._root))
            if not paths and not self._files.exists(self._root):
                raise LoadError(f"{self._setting_name} leads nowhere: there is no such folder.")
        for path in paths:
            name = PurePosixPath(path).name.lower()
            for prefix, names in found.items():
                if name.startswith(prefix) and name.endswith(".csv"):
                    names.append(path)
        return found

    def label(self, kind: BillingFile) -> str:
        """What a kind of file is called among what a load reads."""
        return f"{kind.prefix}*.csv"

    def shown(self, path: str) -> str:
        """A file's name below the folder."""
        return path.removeprefix(self._root).lstrip("/")

    def rows(self, path: str, kind: BillingFile) -> Iterator[FileRow]:
        """Rows of a file.

        Raises:
            FileLeftOutError: it is no such file.
        """
        name = self.shown(path)
        text = self._text(path, name)
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header: list[str] | None = None
        try:
            for cells in reader:
                if header is None:
                    header = self._header(name, cells, kind)
                elif any(cell.strip() for cell in cells):
                    padded = [*cells, *[""] * (len(header) - len(cells))]
                    yield FileRow(name, reader.line_num, dict(zip(header, padded, strict=False)))
        except csv.Error as error:
            raise FileLeftOutError(
                f"{name}, line {reader.line_num}: {error}. Save it as CSV (UTF-8) again."
            ) from None
        if header is None:
            raise FileLeftOutError(f"{name} is empty; its first line must name the columns.")

    def _text(self, path: str, name: str) -> str:
        try:
            with store_errors(self._url, self._setting_name):
                is_too_large = self._files.size(path) > MOST_BYTES
                content = b"" if is_too_large else self._files.cat_file(path)
            if is_too_large:
                raise FileLeftOutError(f"{name} is larger than 200 MiB; split it.")
            return str(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise FileLeftOutError(f"{name} is not UTF-8; save it as CSV (UTF-8).") from None
        except LoadError as error:
            raise FileLeftOutError(f"{name} cannot be opened: {error}") from None

    def _header(self, name: str, cells: list[str], kind: BillingFile) -> list[str]:
        header = [cell.strip().lower() for cell in cells]
        missing = [
            column
            for column, declared in kind.columns.items()
            if declared.is_needed and column not in header
        ]
        if missing:
            raise FileLeftOutError(
                f"{name} has no column {', '.join(missing)}; its first line must name "
                f"{', '.join(kind.columns)}."
            )
        doubled = sorted({column for column in header if column and header.count(column) > 1})
        if doubled:
            raise FileLeftOutError(f"{name} has two columns {', '.join(doubled)}.")
        return header


def read_cells(row: FileRow, kind: BillingFile) -> dict[str, Any]:
    """Values of a row. Raises CellError for the first that cannot be read."""
    if row.refused:
        raise CellError(*row.refused)
    values = {
        name: read_cell(name, row.cells.get(name, ""), column)
        for name, column in kind.columns.items()
    }
    start, end = values.get("valid_from"), values.get("valid_to")
    if isinstance(start, str) and isinstance(end, str) and end <= start:
        raise CellError(
            "valid_to", f"{end} is not after valid_from; leave it empty or write a later day"
        )
    start, end = values.get("period_start"), values.get("period_end")
    if isinstance(start, str) and isinstance(end, str) and end < start:
        raise CellError(
            "period_end", f"{end} is before period_start; write the first day after the period"
        )
    return values


def read_cell(name: str, text: str, column: Column) -> Any:
    """Value of a cell, None for an empty one without a default."""
    text = text.strip() or (column.default or "")
    if not text:
        if column.is_needed:
            raise CellError(name, "is empty; it must be filled")
        return None
    if column.kind == "day":
        return _day(name, text)
    if column.kind in ("money", "percent", "quantity"):
        is_count = column.kind == "quantity"
        number = _quantity(name, text) if is_count else _number(name, text, column.kind)
        if column.least is not None and number < column.least:
            raise CellError(name, f"{number} is below {column.least}; {column.below}")
        return number
    if column.kind == "currency":
        if len(text) != 3 or not text.isascii() or not text.isalpha():
            raise CellError(
                name, f"{text[:20]!r} is no currency; write its three letters, such as EUR"
            )
        return text.lower()
    if column.choices and text.lower() not in column.choices:
        raise CellError(name, f"{text[:20]!r} is none of {', '.join(column.choices)}")
    return text.lower() if column.choices else text


def _day(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CellError(name, f"{text[:20]!r} is no day; write it as 2026-01-31") from None


def _number(name: str, text: str, kind: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or "e" in text.lower():
        raise CellError(
            name, f"{text[:20]!r} is no number; write 1234.50, a point and no thousands marks"
        )
    exponent = number.as_tuple().exponent
    if abs(number) >= _MOST_MONEY or (isinstance(exponent, int) and -exponent > _MOST_DECIMALS):
        raise CellError(
            name, f"{text[:30]!r} has too many digits (15 before the point, 9 after it)"
        )
    if kind == "percent" and not 0 <= number <= 100:
        raise CellError(name, f"{text[:20]!r} is no percentage from 0 to 100")
    return number


def _quantity(name: str, text: str) -> int:
    number = _number(name, text, "money")
    if number != number.to_integral_value() or not 0 <= number < _MOST_QUANTITY:
        raise CellError(name, f"{text[:20]!r} is no whole number from 0 on")
    return int(number)
