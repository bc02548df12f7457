"""Parquet files that DuckDB cannot read, written anew: names of ours, no broken text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.app_events.csv_lines import Rejected, tell_apart

#: Names that DuckDB gives to columns of its own while it reads a file, in any case.
NAMES_OF_READER: Final = frozenset(
    {"filename", "file_row_number", "file_index", "rowid", "file_size", "__line__"}
)
#: Rows that are looked at together.
BATCH_ROWS: Final = 8_192


class NoParquetError(Exception):
    """A file is no Parquet file that can be read; the message says why."""


def column_names(path: Path) -> list[str]:
    """The names of the columns. Raises NoParquetError."""
    return [str(name) for name in _open(path).schema_arrow.names]


def meet_others(names: Sequence[str]) -> bool:
    """Whether names are not told apart by a reader that ignores case and has names of its own."""
    folded = {name.casefold() for name in names}
    return len(folded) < len(names) or bool(folded & NAMES_OF_READER)


def write_rows(path: Path, target: Path) -> tuple[list[str], list[Rejected]]:
    """Write the rows of a Parquet file to `target`, its columns called c0, c1 and so on.

    A further column `__line__` counts the rows from 1.

    Returns the columns' names, each once, and the rows that are left out.

    Raises:
        NoParquetError: the file cannot be read.
    """
    source = _open(path)
    names = tell_apart([str(name) for name in source.schema_arrow.names])
    rejected: list[Rejected] = []
    writer: pq.ParquetWriter | None = None
    first = 1
    try:
        for batch in source.iter_batches(BATCH_ROWS):
            columns = [_as_text(column) for column in batch.columns]
            broken: dict[int, str] = {}
            for name, column in zip(names, columns, strict=True):
                for row in _broken_rows(column):
                    broken.setdefault(row, name)
            rejected += [
                Rejected(first + row, f"{broken[row]}: is not UTF-8 text", None)
                for row in sorted(broken)
            ]
            columns.append(pa.array(range(first, first + batch.num_rows), pa.int64()))
            kept = pa.array([row not in broken for row in range(batch.num_rows)])
            labels = [*(f"c{n}" for n in range(len(names))), "__line__"]
            rows = pa.table(columns, names=labels)
            rows = rows.filter(kept) if broken else rows
            writer = writer or pq.ParquetWriter(target, rows.schema)
            writer.write_table(rows)
            first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise NoParquetError(_one_line(error)) from error
    finally:
        if writer:
            writer.close()
    if writer is None:
        raise NoParquetError("it has no rows")
    return names, rejected


def _open(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise NoParquetError(_one_line(error)) from error


def _as_text(column: pa.Array) -> pa.Array:
    """Bytes as text, unchecked; dictionaries as what they stand for."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_binary(column.type):
        return column.view(pa.string())
    if pa.types.is_large_binary(column.type):
        return column.view(pa.large_string())
    return column


def _broken_rows(column: pa.Array) -> list[int]:
    if _is_whole(column):
        return []
    return [row for row in range(len(column)) if not _is_whole(column.slice(row, 1))]


def _is_whole(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
