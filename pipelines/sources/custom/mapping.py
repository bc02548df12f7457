"""Rows of an answer or a file -> canonical rows, by the rules of a definition. Exact, no code.

One function for APIs and files. A path is member names with dots between them; a name that holds a
dot itself stands in quotes. What a row says and cannot be represented exactly is refused, with the
column and the reason; it never becomes null or zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipelines.loading.tables import raw_of
from pipelines.sources.custom.definition import Definition, Rule
from pipelines.sources.custom.tables import AMOUNTS, COUNTS, FLAGS, TEXTS

Row = dict[str, Any]

_PART: Final = re.compile(r'"([^"]+)"|([^."]+)')
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH: Final = re.compile(r"\d+(\.\d+)?")
#: Epochs from here on count milliseconds.
_MILLISECONDS_FROM: Final = 10**11
_FIRST, _END = date(1990, 1, 1), date(2100, 1, 1)
_MOST_DIGITS: Final = 20


class RefusedError(Exception):
    """A row cannot be mapped; `column` is the one to blame."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column


@dataclass(frozen=True)
class Found:
    """A row as it was found: fields, carried ones and members' names included, and its place.

    A line or a file that cannot be read is a row without fields; `problem` says why.
    """

    fields: Mapping[str, Any]
    file: str | None = None
    line: int | None = None
    problem: str | None = None


def at_path(value: Any, path: str) -> Any:
    """What stands at a path, None where nothing does."""
    for quoted, plain in _PART.findall(path):
        name = quoted or plain
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def parents_of(definition: Definition, content: Any) -> Sequence[Any]:
    """The objects of an answer that hold rows. Raises RefusedError where the path leads nowhere."""
    if definition.parent is None:
        return [content]
    found = at_path(content, definition.parent) if definition.parent != "." else content
    if not isinstance(found, list):
        raise RefusedError("parent", f"{definition.parent} of [rows] leads to no list")
    return found


def rows_of(definition: Definition, parent: Any) -> Iterator[Row]:
    """The rows that a parent holds. Raises RefusedError where the path leads to none."""
    found = at_path(parent, definition.rows_path) if definition.rows_path else parent
    carried = {name: at_path(parent, path) for name, path in definition.carry.items()}
    if definition.members is not None:
        if not isinstance(found, Mapping):
            raise RefusedError("path", f"{definition.rows_path} of [rows] leads to no object")
        rows: list[Any] = [
            {**(row if isinstance(row, Mapping) else {"value": row}), definition.members: name}
            for name, row in found.items()
        ]
    elif isinstance(found, list):
        rows = found
    elif definition.parent is not None and isinstance(found, Mapping):
        rows = [found]
    else:
        raise RefusedError("path", f"{definition.rows_path or '(the answer)'} leads to no list")
    for row in rows:
        if not isinstance(row, Mapping):
            raise RefusedError("path", f"{definition.rows_path} of [rows] holds what is no object")
        yield from _exploded(definition, {**row, **carried})


def rows_sent(definition: Definition, parent: Any) -> int:
    """How many rows a parent holds before `explode` makes more or fewer of them."""
    found = at_path(parent, definition.rows_path) if definition.rows_path else parent
    return len(found) if isinstance(found, list | Mapping) else 0


def added(row: Row, other: Row) -> Row:
    """One row of two parts of it. Raises RefusedError where they differ in more than numbers."""
    summed = {}
    for name, value in row.items():
        if name in (*AMOUNTS, *COUNTS):
            parts = [part for part in (value, other[name]) if part is not None]
            summed[name] = sum(parts[1:], parts[0]) if parts else None
        elif value != other[name]:
            raise RefusedError("key", f"another row has the same, and another {name}")
    return {**row, **summed}


def _exploded(definition: Definition, row: Row) -> Iterator[Row]:
    explode = definition.explode
    if explode is None:
        yield row
        return
    for name, path in explode.columns.items():
        value = at_path(row, path)
        if value not in (None, "", 0):
            yield {**row, explode.into: name, explode.value: value}


def map_found(definition: Definition, found: Found, clock: datetime) -> Row:
    """A canonical row of a row that was found. Raises RefusedError."""
    if found.problem:
        raise RefusedError("line" if found.line else "file", found.problem)
    return map_row(definition, found.fields, clock)


def map_row(definition: Definition, fields: Mapping[str, Any], clock: datetime) -> Row:
    """The canonical row, `day` included. Raises RefusedError."""
    row: Row = {}
    for name in (*TEXTS, *AMOUNTS, *COUNTS, *FLAGS):
        rule = definition.rules.get(name)
        row[name] = _value(definition, name, rule, fields) if rule else None
    explode = definition.explode
    if explode:
        for name in (explode.into, explode.value):
            if name in row and name not in definition.rules:
                row[name] = _value(definition, name, Rule(path=f'"{name}"'), fields)
    row["day"] = day_of(definition, fields)
    row["provider"] = (row["provider"] or definition.provider or "").strip().lower() or None
    if row["provider"] is None:
        raise RefusedError("provider", "is missing")
    row["basis"] = row["basis"] or definition.basis
    if row["basis"] not in ("billed", "estimated"):
        raise RefusedError("basis", f"{row['basis'][:80]} is neither billed nor estimated")
    if definition.has_cost:
        if row["amount"] is None:
            raise RefusedError("amount", "is missing")
        currency = (row["currency"] or "").lower()
        if not re.fullmatch("[a-z]{3}", currency):
            raise RefusedError("currency", f"{currency[:80]!r} is no currency of three letters")
        row["currency"] = currency
    if row["is_final"] is None:
        row["is_final"] = _is_final(definition, row["day"], fields, clock)
    return row


def key_of(definition: Definition, row: Row) -> tuple[Any, ...]:
    """What tells a row from others of its source."""
    named = ["day" if name == "date" else name for name in definition.key]
    explode = definition.explode
    if explode and explode.into in row and explode.into not in named:
        named.append(explode.into)
    return tuple(row[name] for name in ("provider", *named))


def unmapped_fields(definition: Definition, fields: Mapping[str, Any]) -> set[str]:
    """Paths of a row's values that no rule reads."""
    used = {rule.path for rule in definition.rules.values() if rule.path}
    if definition.explode:
        used |= {*definition.explode.columns.values(), definition.explode.into,
                 definition.explode.value}  # fmt: skip
    if definition.final.get("field"):
        used.add(definition.final["field"])
    used = {".".join(quoted or plain for quoted, plain in _PART.findall(path)) for path in used}
    return {path for path in _leaves(fields, "") if path not in used}


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path


def _value(definition: Definition, name: str, rule: Rule, fields: Mapping[str, Any]) -> Any:
    value = rule.const if rule.path is None else at_path(fields, rule.path)
    if value in (None, ""):
        value = rule.default
    if value is None:
        return None
    if isinstance(value, Mapping | list):
        raise RefusedError(name, "is a list or an object, not a value")
    if rule.values is not None:
        text = _text(value)
        if text not in rule.values and rule.default is None:
            raise RefusedError(name, f"{text[:80]} has no meaning in its map. Add it")
        value = rule.values.get(text, rule.default)
    if name in TEXTS:
        return _text(value).strip() or None
    if name in FLAGS:
        return _flag(name, value)
    number = _number(name, value) * (rule.scale if rule.scale is not None else 1)
    if name in AMOUNTS:
        if abs(number) >= Decimal(10) ** _MOST_DIGITS:
            raise RefusedError(name, f"{_text(value)[:80]} has too many digits")
        return number.quantize(Decimal("1e-18"))
    if number != number.to_integral_value() or not 0 <= number < 2**63:
        raise RefusedError(name, f"{_text(value)[:80]} is no whole number, zero or more")
    return int(number)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _flag(name: str, value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    try:
        return known[_text(value).strip().lower()]
    except KeyError as error:
        raise RefusedError(name, f"{_text(value)[:80]} is neither true nor false") from error


def _number(name: str, value: Any) -> Decimal:
    text = _text(value).strip()
    try:
        # a float of a Parquet file by its shortest text, which is what was meant
        number = Decimal(text)
    except InvalidOperation as error:
        raise RefusedError(name, f"{text[:80]} is no number") from error
    if not number.is_finite() or "_" in text or isinstance(value, bool):
        raise RefusedError(name, f"{text[:80]} is no number")
    if number and number.adjusted() > _MOST_DIGITS * 2:
        raise RefusedError(name, f"{text[:80]} has too many digits")
    return number


def day_of(definition: Definition, fields: Mapping[str, Any]) -> date:
    """UTC day of a row; a time without a zone is in the source's zone. Raises RefusedError."""
    rule = definition.rules["date"]
    value = rule.const if rule.path is None else at_path(fields, rule.path)
    return read_day("date", value, definition.timezone)


def read_day(column: str, value: Any, timezone: str) -> date:
    """UTC day of a day, time or epoch; a time without a zone is in `timezone`.

    Raises:
        RefusedError: it is none; blames `column`.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        return _within(column, value)
    else:
        text = _text(value).strip() if value is not None else ""
        if not text:
            raise RefusedError(column, "is missing")
        try:
            if _DAY.fullmatch(text):
                return _within(column, date.fromisoformat(text))
            if _EPOCH.fullmatch(text):
                seconds = Decimal(text)
                if seconds >= _MILLISECONDS_FROM:
                    seconds /= 1000
                return _within(column, datetime.fromtimestamp(int(seconds), UTC).date())
            moment = datetime.fromisoformat(text)
        except (ValueError, OverflowError, OSError) as error:
            raise RefusedError(
                column, f"{text[:80]} is no day or time (ISO 8601, epoch)"
            ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    try:
        return _within(column, moment.astimezone(UTC).date())
    except OverflowError as error:  # the year 1 in the east, 9999 in the west
        raise RefusedError(column, f"{moment} lies outside 1990 to 2099") from error


def _within(column: str, day: date) -> date:
    if not _FIRST <= day < _END:
        raise RefusedError(column, f"{day} lies outside 1990 to 2099")
    return day


def _is_final(
    definition: Definition, day: date, fields: Mapping[str, Any], clock: datetime
) -> bool | None:
    rule = definition.final.get("rule")
    if rule == "never":
        return False
    if rule == "after_hours":
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        return clock >= end + timedelta(hours=definition.final["hours"])
    if rule == "field":
        value = at_path(fields, definition.final["field"])
        return value is not None and _text(value) == _text(definition.final["equals"])
    return None


def shown(fields: Mapping[str, Any]) -> str:
    """A row as JSON, for the quarantine."""
    return raw_of({str(name): value for name, value in fields.items()})
