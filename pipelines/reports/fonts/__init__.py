"""The font of PDF reports, and which characters it has.

`missing` looks into the fonts' own tables, because a PDF with a character that no font has shows
nothing in its place and says nothing about it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
FAMILY: Final = "Noto Sans"
_ENDINGS: Final = (".ttf", ".otf", ".ttc", ".otc")


def font_files(folder: Path) -> list[Path]:
    """The font files of a folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS)


@cache
def characters(path: Path) -> frozenset[int]:
    """Code points that a font file has a glyph for; of a collection, those of any of its fonts.

    A file that is no font has none. Tables: OpenType `cmap`, formats 4 and 12.
    """
    data = path.read_bytes()
    found: set[int] = set()
    try:
        for start in _fonts(data):
            found.update(_mapped(data, start))
    except struct.error:
        return frozenset()
    return frozenset(found)


def _fonts(data: bytes) -> tuple[int, ...]:
    if data[:4] != b"ttcf":
        return (0,)
    (count,) = struct.unpack_from(">L", data, 8)
    return struct.unpack_from(f">{count}L", data, 12)


def _mapped(data: bytes, start: int) -> Iterator[int]:
    (tables,) = struct.unpack_from(">H", data, start + 4)
    for number in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", data, start + 12 + 16 * number)
        if tag == b"cmap":
            (maps,) = struct.unpack_from(">H", data, offset + 2)
            for place in range(maps):
                (inner,) = struct.unpack_from(">L", data, offset + 4 + 8 * place + 4)
                yield from _subtable(data, offset + inner)


def _subtable(data: bytes, at: int) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", data, at)
    if form == 12:
        (groups,) = struct.unpack_from(">L", data, at + 12)
        for group in range(groups):
            first, last, glyph = struct.unpack_from(">LLL", data, at + 16 + 12 * group)
            yield from (code for code in range(first, last + 1) if glyph + code - first)
    elif form == 4:
        yield from _segments(data, at)


def _segments(data: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", data, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", data, offsets_at)
    for place, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            if offsets[place] == 0:
                glyph = (code + deltas[place]) & 0xFFFF
            else:
                where = offsets_at + 2 * place + offsets[place] + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", data, where)
            if glyph:
                yield code
