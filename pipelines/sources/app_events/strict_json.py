"""JSON as everybody reads it: what only a lenient parser takes has a reason here, in words."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

#: Objects and lists within each other, at most; readers of JSON give up somewhere above that.
MOST_LEVELS: Final = 200
#: Numbers have fewer digits than that; no reader keeps so many.
MOST_DIGITS: Final = 1_000


class _NotStrictError(ValueError):
    """The text is JSON to some readers only; the message says why."""


def json_problem(text: str | None) -> str | None:
    """Why a text is no JSON to a strict reader, in words that quote nothing of it; None if it is.

    Refused beside what breaks the grammar: NaN and Infinity, a name twice in one object, more than
    `MOST_LEVELS` levels, and numbers of `MOST_DIGITS` digits or more.
    """
    if text is None:
        return None
    try:
        value = _DECODER.decode(text)
    except _NotStrictError as error:
        return str(error)
    except RecursionError:
        return _TOO_DEEP
    except ValueError:
        return "it breaks the grammar of JSON, as a trailing comma does"
    is_deep = text.count("{") + text.count("[") > MOST_LEVELS and _levels(value) > MOST_LEVELS
    return _TOO_DEEP if is_deep else None


_TOO_DEEP: Final = f"objects and lists stand within each other more than {MOST_LEVELS} times"


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _NotStrictError("an object has the same name twice")
    return members


def _number(text: str) -> None:
    if len(text) >= MOST_DIGITS:
        raise _NotStrictError(f"a number has {MOST_DIGITS:,} digits or more")


def _constant(text: str) -> NoReturn:
    raise _NotStrictError("NaN and Infinity are no numbers of JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_int=_number,
    parse_float=_number,
    parse_constant=_constant,
)


def _levels(value: Any) -> int:
    levels, inner = 0, [value]
    while inner := [one for one in inner if isinstance(one, dict | list)]:
        levels += 1
        inner = [
            child for one in inner for child in (one.values() if isinstance(one, dict) else one)
        ]
    return levels


class Number(str):
    """A number as it was written, with all its digits."""

    __slots__ = ()


def parse_exactly(text: str) -> Any:
    """Strict JSON text as Python values, numbers as `Number`."""
    return json.loads(text, parse_int=Number, parse_float=Number)


def write_exactly(value: Any) -> str:
    """Values of `parse_exactly` as JSON text."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = [f"{write_exactly(name)}:{write_exactly(one)}" for name, one in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write_exactly, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
