"""JSON lines as a stream of Arrow batches: bounded memory, exact line numbers, no row in Python.

A file is read in blocks; numpy finds the newlines, and the block itself becomes the text column of
a batch, without a copy. DuckDB pulls the batches and parses them on all cores.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from pipelines.app_events.listing import EventFile

BLOCK_BYTES: Final = 2 * 2**20
#: DuckDB works in vectors of so many rows. Batches of whole vectors give Parquet row groups, and in
#: the warehouse table row groups, of exactly the size that it fills best.
VECTOR_ROWS: Final = 2_048
#: Lines so long that a vector of them would take more than this are given in smaller batches.
MOST_PENDING_BYTES: Final = 32 * 2**20
#: A longer line is cut and quarantined.
MAX_LINE_BYTES: Final = 16 * 2**20
KEPT_OF_LONG_LINE: Final = 4_000

#: `members`: how many members of the line's JSON object are not null; -1 if that takes a parser.
LINES_SCHEMA: Final = pa.schema(
    {
        "line": pa.string(),
        "line_number": pa.int64(),
        "file_number": pa.int32(),
        "members": pa.int32(),
    }
)

_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = ord("\n")
Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Positions: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]


@dataclass
class LineStream:
    """The lines of several files, blank ones included.

    Attributes:
        rows: lines given so far, by file name.
        broken: file name -> why it could not be read to its end; its lines before that are given.
        error: what ended the stream early; DuckDB would hide its type, so the caller raises it.
    """

    files: Sequence[EventFile]
    open_file: Callable[[EventFile], IO[bytes]]
    rows: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def reader(self) -> pa.RecordBatchReader:
        """The stream, from the start; batches are made as they are asked for."""
        self.rows.clear()
        self.broken.clear()
        return pa.RecordBatchReader.from_batches(LINES_SCHEMA, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for number, file in enumerate(self.files):
            try:
                for batch in _batches(self._blocks(file), number):
                    self.rows[file.name] += batch.num_rows
                    yield batch
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                self.broken[file.name] = f"the gzip stream is damaged ({error})"
            except Exception as error:
                self.error = error
                return

    def _blocks(self, file: EventFile) -> Iterator[bytes]:
        """Blocks of whole lines, each ending with a newline."""
        with self.open_file(file) as opened:
            stream: Any = gzip.GzipFile(fileobj=opened) if file.is_gzipped else opened
            tail = stream.read(len(_BOM)).removeprefix(_BOM)
            is_long = False
            while block := stream.read(BLOCK_BYTES):
                end = block.rfind(b"\n") + 1
                if not end:
                    tail = tail if is_long else tail + block
                    is_long = is_long or len(tail) > MAX_LINE_BYTES
                    continue
                if is_long:
                    yield tail[:KEPT_OF_LONG_LINE] + b"\n"
                    first = block.find(b"\n") + 1
                    tail, block, end, is_long = b"", block[first:], end - first, False
                if end:
                    yield tail + block[:end]
                    tail = block[end:]
                else:
                    tail = block
            if tail:
                yield (tail[:KEPT_OF_LONG_LINE] if is_long else tail) + b"\n"


def _batches(blocks: Iterator[bytes], file_number: int) -> Iterator[pa.RecordBatch]:
    """The lines of one file in batches of whole vectors; the last one is what is left.

    A file that breaks off still gives the lines before the damage.
    """
    line = 1
    pending = b""
    damage: Exception | None = None
    while True:
        try:
            block = next(blocks, None)
        except (EOFError, OSError, zlib.error) as error:
            block, damage = None, error
        pending += _as_utf8(block) if block else b""
        newlines = np.flatnonzero(np.frombuffer(pending, np.uint8) == _NEWLINE)
        rows = newlines.size
        if block is not None and len(pending) < MOST_PENDING_BYTES:
            rows -= rows % VECTOR_ROWS
        if rows:
            end = int(newlines[rows - 1]) + 1
            yield _batch(pending, newlines[:rows], line, file_number)
            line += rows
            pending = pending[end:]
        if damage:
            raise damage
        if block is None:
            return


def _batch(block: bytes, newlines: Positions, first_line: int, file_number: int) -> pa.RecordBatch:
    """One row per newline; it stays in the text, where JSON takes it for a blank."""
    rows = newlines.size
    offsets = np.zeros(rows + 1, np.int32)
    np.add(newlines, 1, out=offsets[1:], casting="unsafe")
    text = np.frombuffer(block, np.uint8, count=int(offsets[-1]))
    return pa.record_batch(
        [
            pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(block)),
            pa.array(np.arange(first_line, first_line + rows)),
            pa.array(np.full(rows, file_number, np.int32)),
            pa.array(members_of(text, newlines)),
        ],
        schema=LINES_SCHEMA,
    )


def members_of(text: Bytes, newlines: Positions) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Members of each line's JSON object that are not null, counted without parsing.

    In a line without escapes a colon behind a quote ends a name, because no text can hold a quote.
    Lines with escapes, nested objects, or blanks before a colon are -1: they take a parser.

    Args:
        text: whole lines.
        newlines: where each of them ends.
    """
    colons = np.flatnonzero(text == ord(":"))
    before, first, second, third = (
        text.take(colons + distance, mode="clip") for distance in (-1, 1, 2, 3)
    )
    is_null = (first == ord("n")) & (second == ord("u"))
    is_null |= (first == ord(" ")) & (second == ord("n")) & (third == ord("u"))
    names = colons[(before == ord('"')) & ~is_null]
    members = np.diff(np.searchsorted(names, newlines), prepend=0).astype(np.int32)
    odd = np.concatenate(
        (
            colons[(before == ord(" ")) | (before == ord("\t")) | (before == ord("\r"))],
            np.flatnonzero(text == ord("\\")),
            _second_braces(text, newlines),
        )
    )
    members[np.searchsorted(newlines, odd)] = -1
    return members


def _second_braces(text: Bytes, newlines: Positions) -> Positions:
    """Opening braces that are not the first of their line."""
    braces = np.flatnonzero(text == ord("{"))
    lines = np.searchsorted(newlines, braces)
    seconds: Positions = braces[1:][lines[1:] == lines[:-1]]
    return seconds


def _as_utf8(block: bytes) -> bytes:
    """Bytes that are no UTF-8 become escapes that JSON refuses: the line goes to quarantine."""
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode(errors="backslashreplace").encode()
    return block
