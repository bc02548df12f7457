"""JSON lines as a stream of Arrow batches: bounded memory, exact line numbers, no row in Python.

A file is read in blocks; numpy finds the newlines, and the block itself becomes the text column of
a batch, without a copy. DuckDB pulls the batches and parses them on all cores. DuckDB takes more
for JSON than JSON is, so `line_shapes` marks the few lines that a strict parser must look at.
"""

from __future__ import annotations

import gzip
import os
import re
import time
import weakref
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar, Final, TypeAlias

import numpy as np
import pyarrow as pa

from pipelines.loading.file_listing import FileLeftOutError, ListedFile
from pipelines.sources.app_events.line_shapes import members_of

BLOCK_BYTES: Final = 4 * 2**20
#: Blocks that may be under way between a file and the warehouse: pyarrow, through which DuckDB
#: pulls them, reads ahead as far as it is let. After so many seconds one more is read anyway.
MOST_BLOCKS: Final = 4 * (os.cpu_count() or 1)
LONGEST_WAIT: Final = 0.2
#: numpy looks at so many bytes at a time: what it makes of them stays in the cache.
WINDOW_BYTES: Final = 2**18
#: DuckDB works in vectors of so many rows. Batches of whole vectors give Parquet row groups, and in
#: the warehouse table row groups, of exactly the size that it fills best.
VECTOR_ROWS: Final = 2_048
#: Lines so long that a vector of them would take more than this are given in smaller batches.
MOST_PENDING_BYTES: Final = 32 * 2**20
#: A longer line is cut and quarantined.
MAX_LINE_BYTES: Final = 16 * 2**20
KEPT_OF_LONG_LINE: Final = 4_000

#: A gzip stream that has given more than this may not have grown by more than the factor.
MOST_UNPACKED_BYTES: Final = 100 * 2**20
MOST_GROWTH: Final = 200

#: `members`: see `line_shapes.members_of`.
LINES_SCHEMA: Final = pa.schema(
    {
        "line": pa.string(),
        "line_number": pa.int64(),
        "file_number": pa.int32(),
        "members": pa.int32(),
    }
)

#: A control character, which JSON refuses; it marks a byte that is no UTF-8.
NO_JSON: Final = "\x1a"
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = ord("\n")
Positions: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]


@dataclass
class LineStream:
    """The lines of several files, blank ones included.

    Attributes:
        rows: lines given so far that are not empty, by file name.
        broken: file name -> why it could not be read to its end; its lines before that are given.
        left_out: file name -> why it could not be opened; the next run tries again.
        error: what ended the stream early; DuckDB would hide its type, so the caller raises it.
    """

    files: Sequence[ListedFile]
    open_file: Callable[[ListedFile], IO[bytes]]
    rows: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def reader(self) -> pa.RecordBatchReader:
        """The stream, from the start; batches are made as they are asked for."""
        self.rows.clear()
        self.broken.clear()
        return pa.RecordBatchReader.from_batches(LINES_SCHEMA, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for number, file in enumerate(self.files):
            try:
                opened = self.open_file(file)
            except FileLeftOutError as error:
                self.left_out[file.name] = str(error)
                continue
            except Exception as error:
                self.error = error
                return
            try:
                with opened:
                    for batch in _batches(_Unpacked(opened) if file.is_gzipped else opened, number):
                        self.rows[file.name] += batch.num_rows - _empty_lines(batch)
                        yield batch
            except TooMuchGrowthError as error:
                self.broken[file.name] = str(error)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                self.broken[file.name] = f"the gzip stream is damaged ({error})"
            except Exception as error:
                self.error = error
                return


class _Unpacked:
    """What a gzip stream holds, in any number of members; what is no end of it raises.

    Raises:
        EOFError, BadGzipFile, zlib.error: the stream breaks off, or is none.
        TooMuchGrowthError: as `gzip_problem` says.
    """

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._given = 0

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        return self._count(self._stream.read(size))

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer as far as it goes; returns how many bytes there were."""
        # block by block: what stands before the damage is given
        data = self._count(self._stream.read1(len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def _count(self, data: bytes) -> bytes:
        self._given += len(data)
        if problem := gzip_problem(self._given, self._packed.tell()):
            raise TooMuchGrowthError(problem)
        return data


def gzip_problem(unpacked: int, packed: int) -> str | None:
    """What is wrong with a gzip stream that has given so many bytes for so many; None if nothing.

    Events are packed to a tenth or a thirtieth; what grows far more is made to fill a disk.
    """
    if unpacked > MOST_UNPACKED_BYTES and unpacked > MOST_GROWTH * max(packed, 1):
        return (
            f"it unpacks to more than {MOST_GROWTH} times its size, which no events do; "
            "the rest was left out"
        )
    return None


class TooMuchGrowthError(Exception):
    """A gzip stream is a bomb."""


class _Block(bytearray):
    """Bytes of a file, counted while anything refers to them."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__  # type: ignore[assignment]
    under_way: ClassVar[set[weakref.ref[_Block]]] = set()

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.under_way.add(weakref.ref(self, self.under_way.discard))


def _wait_for_readers() -> None:
    """Wait until few enough blocks are under way, so that memory does not grow with the file."""
    end = time.monotonic() + LONGEST_WAIT
    while len(_Block.under_way) >= MOST_BLOCKS and time.monotonic() < end:
        time.sleep(0.001)


def _empty_lines(batch: pa.RecordBatch) -> int:
    offsets = np.frombuffer(batch.column(0).buffers()[1], np.int32, count=batch.num_rows + 1)
    return int(np.count_nonzero(np.diff(offsets) == 1))


def _batches(stream: Any, file_number: int) -> Iterator[pa.RecordBatch]:
    """The lines of one file in batches of whole vectors; the last one is what is left.

    A file that breaks off still gives the whole lines before the damage.
    """
    line, is_cut = 1, False
    rest: bytes | bytearray = stream.read(len(_BOM)).removeprefix(_BOM)
    damage: Exception | None = None
    while True:
        known = len(rest)
        _wait_for_readers()
        block: bytearray = _Block(known + BLOCK_BYTES)
        block[:known] = rest
        read = 0
        try:
            read = stream.readinto(memoryview(block)[known:])
        except (EOFError, OSError, zlib.error, TooMuchGrowthError) as error:
            damage = error.with_traceback(None)  # which would hold the block
        del block[known + read :]
        if is_cut:  # what is left of a line that is too long
            end = block.find(b"\n", known)
            is_cut = end < 0
            del block[known : None if is_cut else end]
        if not (read or damage or block.endswith(b"\n")) and block:
            block += b"\n"
        newlines = _newlines(block)
        rows = newlines.size
        if read and len(block) < MOST_PENDING_BYTES:
            rows -= rows % VECTOR_ROWS
        end = int(newlines[rows - 1]) + 1 if rows else 0
        if rows:
            if end > rows:  # else all of them are empty
                yield _batch(block, newlines[:rows], line, file_number)
            line += rows
        rest = block[end:]
        if len(rest) > MAX_LINE_BYTES:
            rest, is_cut = rest[:KEPT_OF_LONG_LINE], True
        if damage:
            raise damage
        if not read:
            return


def _batch(
    block: bytes | bytearray, newlines: Positions, first_line: int, file_number: int
) -> pa.RecordBatch:
    """One row per newline; it stays in the text, where JSON takes it for a blank."""
    rows = newlines.size
    if not block.isascii():
        whole_lines = block[: int(newlines[-1]) + 1]
        block = _as_utf8(whole_lines)
        newlines = newlines if len(block) == len(whole_lines) else _newlines(block)
    offsets = np.zeros(rows + 1, np.int32)
    np.add(newlines, 1, out=offsets[1:], casting="unsafe")
    return pa.record_batch(
        [
            pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(block)),
            pa.array(np.arange(first_line, first_line + rows)),
            pa.array(np.full(rows, file_number, np.int32)),
            pa.array(members_of(block, newlines)),
        ],
        schema=LINES_SCHEMA,
    )


def _newlines(block: bytes | bytearray) -> Positions:
    text = np.frombuffer(block, np.uint8)
    starts = range(0, max(text.size, 1), WINDOW_BYTES)
    found = [np.flatnonzero(text[one : one + WINDOW_BYTES] == _NEWLINE) + one for one in starts]
    return np.concatenate(found)


def _as_utf8(block: bytes | bytearray) -> bytes | bytearray:
    """Bytes that are no UTF-8 become what JSON refuses anywhere: the line goes to quarantine."""
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        text = block.decode(errors="surrogateescape")
        return _UNDECODED.sub(lambda one: f"{NO_JSON}\\x{ord(one[0]) - 0xDC00:02x}", text).encode()
    return block
