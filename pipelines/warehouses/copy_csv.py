"""Arrow rows as the CSV that PostgreSQL's COPY reads, block by block."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

#: Texts are quoted, nulls are empty: so that an empty text stays one.
OPTIONS: Final = csv.WriteOptions(include_header=False, quoting_style="needed")

#: PostgreSQL's texts cannot hold the character 0; what stands for a character that cannot be shown.
NUL, REPLACEMENT = "\x00", "\ufffd"

#: Rows that are made text at once.
BATCH_ROWS: Final = 20_000


class CsvOfBatches(io.RawIOBase):
    """A file of CSV rows, made from record batches as it is read."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = iter(batches)
        self._block = io.BytesIO()

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""
        while not (found := self._block.read(size)):
            batch = next(self._batches, None)
            if batch is None:
                return b""
            self._block = io.BytesIO()
            csv.write_csv(without_nul(batch), self._block, OPTIONS)
            self._block.seek(0)
        return found


def without_nul(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with every character 0 of a text replaced."""
    columns = [
        pc.replace_substring(column, NUL, REPLACEMENT)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
