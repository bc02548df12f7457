"""What numpy can say about JSON lines without parsing them, many at a time.

Everything errs on one side: a line that is called odd may be fine, one that is not never holds
what only a lenient parser takes.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from pipelines.sources.app_events.strict_json import MOST_DIGITS, MOST_LEVELS

#: So many lines at a time, whose bytes stay in the processor's cache.
WINDOW_LINES: Final = 2**9
#: Instead of a number of members: a strict parser must look first.
ODD: Final = -1

Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Counts: TypeAlias = np.ndarray[Any, np.dtype[np.int32]]
Positions: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


def _bytes(of: bytes) -> Flags:
    found = np.zeros(256, np.bool_)
    found[np.frombuffer(of, np.uint8)] = True
    return found


_IS_BLANK: Final = _bytes(b" \t\r")
_IS_BEFORE_VALUE: Final = _bytes(b" \t\r:,[-")
_IS_OF_NUMBER: Final = _bytes(b"0123456789.eE+-")
#: Three samples in a row lie within every number of `MOST_DIGITS`.
_SAMPLE_BYTES: Final = MOST_DIGITS // 4
#: Before a bracket with more blanks than that a comma may stand.
_MOST_BLANKS: Final = 16
#: Names are told apart by their last sixteen bytes.
_WORD: Final = 8
_LOW: Final = np.uint64(0x7F7F7F7F7F7F7F7F)
_QUOTES: Final = np.uint64(0x2222222222222222)
_ALL: Final = np.uint64(0xFF)
_NEAR, _FAR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


def members_of(block: bytes | bytearray, newlines: Positions) -> Counts:
    """At most how many members of each line's JSON object are not null, counted without parsing.

    A member's name ends with a quote and a colon. There may be more of these, in nested objects and
    behind escapes, but never fewer. `ODD` are lines that may hold what is no JSON to a strict
    parser, and those where a blank stands before a colon, so that there is no telling.

    Args:
        block: lines, and maybe the beginning of another one.
        newlines: where each of them ends.
    """
    text = np.frombuffer(block, np.uint8)
    counted, start = [], 0
    for first in range(0, newlines.size, WINDOW_LINES):
        ends = newlines[first : first + WINDOW_LINES]
        counted.append(_members_of(text[start : int(ends[-1]) + 1], ends - start))
        start = int(ends[-1]) + 1
    return np.concatenate(counted)


def _members_of(text: Bytes, newlines: Positions) -> Counts:
    colons = np.flatnonzero(text == ord(":"))
    before, first, second, third = (
        text.take(colons + distance, mode="clip") for distance in (-1, 1, 2, 3)
    )
    is_null = (first == ord("n")) & (second == ord("u"))
    is_null |= (first == ord(" ")) & (second == ord("n")) & (third == ord("u"))
    is_name = before == ord('"')
    members = _per_line(colons[is_name & ~is_null], newlines)
    lower = text | np.uint8(32)  # letters in lower case, and brackets as braces
    for odd in (
        np.searchsorted(newlines, colons[_IS_BLANK[before]]),
        _with_a_name_twice(text, colons[is_name] - 1, newlines),
        _with_trailing_commas(text, lower, newlines),
        _with_no_numbers(text, lower, newlines),
        _with_many_levels(lower, newlines),
        _with_long_numbers(text, newlines),
    ):
        members[odd] = ODD
    return members


def _per_line(positions: Positions, newlines: Positions) -> Counts:
    return np.diff(np.searchsorted(positions, newlines), prepend=0).astype(np.int32)


def _with_a_name_twice(text: Bytes, closing: Positions, newlines: Positions) -> Positions:
    """Lines that may have a name twice, in one object or in several.

    Args:
        closing: the quotes that end a name, and some within texts.
    """
    padded = np.concatenate([np.full(2 * _WORD, ord('"'), np.uint8), text])
    far, near = _words_before(padded, closing + 2 * _WORD)
    # A quote behind a backslash belongs to a text, unless that backslash is behind another one.
    is_escaped = near >> np.uint64(56) == ord("\\")
    if is_escaped.any():
        is_escaped &= (near >> np.uint64(48)) & _ALL != ord("\\")
        closing, far, near = closing[~is_escaped], far[~is_escaped], near[~is_escaped]
    near_quotes = _quotes_in(near)
    far = np.where(near_quotes != 0, np.uint64(0), far & ~_quotes_in(far))
    near &= ~near_quotes
    lines = np.repeat(np.arange(newlines.size), _per_line(closing, newlines)).astype(np.uint64)
    below = np.uint64(WINDOW_LINES - 1)
    keys = ((near * _NEAR ^ far * _FAR) & ~below) | lines
    keys.sort()
    twice = (keys[1:][keys[1:] == keys[:-1]] & below).astype(np.intp)
    return np.concatenate([twice, _with_escapes_in_names(text, closing, newlines)])


def _words_before(text: Bytes, ends: Positions) -> tuple[Any, Any]:
    """The sixteen bytes before each position, as two numbers."""
    pairs = np.ndarray((text.size - 2 * _WORD + 1,), "V16", text.data, strides=(1,))
    found = pairs[ends - 2 * _WORD].view("<u8")
    return found[::2].copy(), found[1::2].copy()


def _quotes_in(words: Any) -> Any:
    """Each word with ones in its bytes up to its last quote, 0 where it has none."""
    other = words ^ _QUOTES
    quotes = ~(((other & _LOW) + _LOW) | other | _LOW)  # the high bit of each byte that is a quote
    for shift in (8, 16, 32):
        quotes |= quotes >> np.uint64(shift)
    return (quotes >> np.uint64(7)) * _ALL


def _with_escapes_in_names(text: Bytes, closing: Positions, newlines: Positions) -> Positions:
    """Lines with a backslash in a name: it may be another one's name in disguise."""
    backslashes = np.flatnonzero(text == ord("\\"))
    if not backslashes.size or not closing.size:
        return backslashes[:0]
    quotes = np.flatnonzero(text == ord('"'))
    opening = quotes[np.maximum(np.searchsorted(quotes, closing) - 1, 0)]
    nearest = backslashes[np.maximum(np.searchsorted(backslashes, closing) - 1, 0)]
    is_escaped = (nearest >= opening - 1) & (nearest < closing)
    return np.searchsorted(newlines, closing[is_escaped])


def _with_trailing_commas(text: Bytes, lower: Bytes, newlines: Positions) -> Positions:
    closing = np.flatnonzero(lower == ord("}"))
    before = closing - 1
    found = [before[text.take(before, mode="clip") == ord(",")]]
    for _ in range(_MOST_BLANKS):
        before = before[_IS_BLANK[text.take(before, mode="clip")]] - 1
        if not before.size:
            break
        found.append(before[text.take(before, mode="clip") == ord(",")])
    return np.searchsorted(newlines, np.concatenate([*found, before]))


def _with_no_numbers(text: Bytes, lower: Bytes, newlines: Positions) -> Positions:
    """Lines with NaN or Infinity, written anyhow, where a value may begin."""
    n = lower == ord("n")
    nan = n[:-2] & (lower == ord("a"))[1:-1] & n[2:]
    inf = (lower == ord("i"))[:-2] & n[1:-1] & (lower == ord("f"))[2:]
    found = np.flatnonzero(nan | inf)
    found = found[_IS_BEFORE_VALUE[text.take(found - 1, mode="clip")]]
    return np.searchsorted(newlines, found)


def _with_many_levels(lower: Bytes, newlines: Positions) -> Positions:
    opening = np.flatnonzero(lower == ord("{"))
    if opening.size <= MOST_LEVELS:
        return opening[:0]
    return np.flatnonzero(_per_line(opening, newlines) > MOST_LEVELS)


def _with_long_numbers(text: Bytes, newlines: Positions) -> Positions:
    sampled = _IS_OF_NUMBER[text[::_SAMPLE_BYTES]]
    found = np.flatnonzero(sampled[:-2] & sampled[1:-1] & sampled[2:]) * _SAMPLE_BYTES
    between = 2 * _SAMPLE_BYTES
    long = [at for at in found.tolist() if _IS_OF_NUMBER[text[at : at + between]].all()]
    return np.searchsorted(newlines, np.array(long, np.intp))
