"""CSV files line by line: what one broken line is, so that it costs nothing but itself.

DuckDB reads CSV fast where all of it is well formed. Where it is not, the file is written again
without the lines that would take others with them, each record behind its line number.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from pipelines.sources.app_events.lines import KEPT_OF_LONG_LINE, MAX_LINE_BYTES, gzip_problem
from pipelines.sources.app_events.schemas import EVENT_COLUMNS

DELIMITERS: Final = (",", ";", "\t", "|")
#: A quote that is not closed within so many lines, or bytes, is taken for a broken line.
MOST_LINES_OF_RECORD: Final = 1_000
MOST_BYTES_OF_RECORD: Final = 2**20
_BOM: Final = b"\xef\xbb\xbf"
_COPY_BYTES: Final = 2**20
_UNCLOSED: Final = "unexpected end of data"


class HeaderError(ValueError):
    """The header of a CSV file cannot be used; the message says why."""


@dataclass(frozen=True)
class Rejected:
    """A line or row that cannot be read (a file's whole rest: None), why, and its beginning."""

    line: int | None
    reason: str
    raw: str | None


def unpack(source: Path, target: Path) -> str | None:
    """Write what a gzip file holds to `target`, as far as it goes; returns what is wrong."""
    with source.open("rb") as packed, target.open("wb") as plain:
        stream = gzip.GzipFile(fileobj=packed)
        written = 0
        try:
            while block := stream.read1(_COPY_BYTES):
                written += plain.write(block)
                if problem := gzip_problem(written, packed.tell()):
                    return problem
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            return f"the gzip stream is damaged ({error})"
    return None


def keep_whole_lines(path: Path) -> None:
    """Cut off what follows the last newline of a file."""
    with path.open("rb+") as stream:
        end = stream.seek(0, 2)
        while end:
            start = max(0, end - _COPY_BYTES)
            stream.seek(start)
            last = stream.read(end - start).rfind(b"\n")
            end = start + last + 1 if last >= 0 else start
            if last >= 0:
                break
        stream.truncate(end)


def count_lines(path: Path) -> int:
    """Lines of a file; the last one needs no newline."""
    lines, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_COPY_BYTES):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def read_header(path: Path) -> tuple[list[str], str]:
    """Names and delimiter of a CSV file; the delimiter is the one that finds most event columns.

    An empty name becomes `column_<position>`; a name that comes again becomes `<name>_2` and so on.

    Raises:
        HeaderError: the first line is no text.
    """
    with path.open("rb") as stream:
        first = stream.readline(MAX_LINE_BYTES).removeprefix(_BOM)
    try:
        text = first.decode()
    except UnicodeDecodeError:
        raise HeaderError("the header cannot be read: it is not UTF-8") from None
    if "\r" in text.rstrip("\r\n"):
        raise HeaderError(
            "the header cannot be read: lines end with a carriage return alone; "
            "save the file with line feeds"
        )
    best: tuple[list[str], str] = ([], ",")
    for delimiter in DELIMITERS:
        names = [name.strip() for name in _fields(text, delimiter) or []]
        if len(set(names) & set(EVENT_COLUMNS)) > len(set(best[0]) & set(EVENT_COLUMNS)):
            best = names, delimiter
    names, delimiter = best
    return tell_apart([name or f"column_{n}" for n, name in enumerate(names, 1)]), delimiter


def tell_apart(names: Sequence[str]) -> list[str]:
    """The names, each once: the first keeps it, the others get `_2`, `_3` and so on."""
    taken = set(names)
    seen: set[str] = set()
    result = []
    for name in names:
        own, number = name, 1
        while own in seen or (number > 1 and own in taken):
            number += 1
            own = f"{name}_{number}"
        seen.add(own)
        result.append(own)
    return result


def write_records(path: Path, target: Path, columns: int, delimiter: str) -> list[Rejected]:
    """Write the records of a CSV file to `target`, each behind its line number, without a header.

    A record that spans several lines counts as one line. A quote that is never closed costs its
    line: the next one is read for itself.

    Returns the lines that are left out; blank ones are not among them.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    rejected: list[Rejected] = []
    with path.open("rb") as stream, target.open("wb") as output:
        _line(stream)
        lines = _Lines(stream)
        number = 1
        while (line := lines.take()) is not None:
            if not line.strip():
                number += 1
                continue
            number += 1
            record, reason = _record(line, lines, columns, delimiter)
            if reason:
                shown = line[:KEPT_OF_LONG_LINE].decode(errors="backslashreplace")
                rejected.append(
                    Rejected(number, f"is not a CSV row: {reason}", shown.rstrip("\r\n"))
                )
                continue
            output.write(f"{number}{delimiter}".encode() + record.rstrip(b"\r\n") + b"\n")
    return rejected


def _line(stream: IO[bytes]) -> bytes:
    """The next line, empty at the end; the rest of one that is too long is left out."""
    line = stream.readline(MAX_LINE_BYTES + 1)
    if len(line) > MAX_LINE_BYTES:
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_COPY_BYTES)
    return line


class _Lines:
    """The lines of a stream, some of which may be given back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._returned: list[bytes] = []

    def take(self) -> bytes | None:
        """The next line, None at the end."""
        if self._returned:
            return self._returned.pop()
        return _line(self._stream) or None

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Let `take` return them again, in their order."""
        self._returned.extend(reversed(lines))


def _record(line: bytes, lines: _Lines, columns: int, delimiter: str) -> tuple[bytes, str | None]:
    """The record that begins with a line, and why it is none."""
    problem = _problem(line, columns, delimiter)
    if problem != _UNCLOSED:
        return line, problem
    record, more = line, list[bytes]()
    while len(more) < MOST_LINES_OF_RECORD and len(record) < MOST_BYTES_OF_RECORD:
        following = lines.take()
        if following is None:
            break
        more.append(following)
        record += following
        if b'"' in following:
            problem = _problem(record, columns, delimiter)
            if problem != _UNCLOSED:
                break
    if problem is None:
        return record, None
    lines.give_back(more)
    return line, "a quote is not closed"


def _problem(record: bytes, columns: int, delimiter: str) -> str | None:
    if len(record) > MAX_LINE_BYTES:
        return f"longer than {MAX_LINE_BYTES // 2**20} MB"
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return "invalid encoding"
    text = text.rstrip("\r\n")
    if '"' not in text:
        found = text.count(delimiter) + 1
        if "\r" in text:
            return "a carriage return stands in it"
    else:
        try:
            found = len(next(_reader(text, delimiter)))
        except csv.Error as error:
            return _UNCLOSED if str(error) == _UNCLOSED else "unquoted value"
        except StopIteration:
            return "unquoted value"
    if found == columns:
        return None
    return "missing columns" if found < columns else "too many columns"


def _reader(text: str, delimiter: str) -> Any:
    # one item: line ends within quotes stay in the value
    return csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True)


def _fields(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(_reader(text.rstrip("\r\n"), delimiter), None)
    except csv.Error:
        return None
