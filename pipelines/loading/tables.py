"""Raw tables: their declared columns, and how JSON objects become Arrow rows of them.

Raw is append-only: one row per *version* of an object. A table is declared as dotted JSON path ->
type; the path `recurring.interval` becomes the column `recurring__interval`. Values are lifted as
the vendor states them. A value of the wrong type raises `LiftError`, so that the caller can put the
object into quarantine; it never becomes null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
import pyarrow as pa

JsonObject = Mapping[str, Any]
Row = dict[str, Any]

TIMESTAMP: Final = pa.timestamp("us")
MONEY: Final = pa.decimal128(38, 12)
EXACT: Final = pa.decimal128(38, 18)

#: Names of types that table declarations use -> Arrow type of the column.
ARROW_TYPES: Final[Mapping[str, pa.DataType]] = {
    "text": pa.string(),
    "id": pa.string(),  # a reference: the id itself, or an expanded object that carries it
    "bigint": pa.int64(),
    "bool": pa.bool_(),
    "epoch": TIMESTAMP,  # Unix seconds in the JSON, UTC timestamp without zone in the table
    "time": TIMESTAMP,  # ISO 8601 text in the JSON, with a zone or in UTC
    "date": pa.date32(),  # YYYY-MM-DD in the JSON
    "decimal": MONEY,
    "money": MONEY,  # what a customer is billed for one thing, or how many of it
    "percent": MONEY,  # of a discount: 0 to 100
    "basis_points": pa.int64(),  # the same in hundredths of a percent
    "amount": EXACT,
    "json": pa.string(),  # nested value kept as JSON text
}

#: Columns of every version of an object, before the declared ones.
VERSION_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "_dlt_load_id": pa.string(),
    "_version_id": pa.string(),
    "_observed_at": TIMESTAMP,
    "_observed_via": pa.string(),
    "_sequence": pa.int64(),
    "_content_hash": pa.string(),
    "_is_deleted": pa.bool_(),
    "_api_version": pa.string(),
    "_raw": pa.string(),
}

#: Columns of every row of a nested list.
CHILD_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "_dlt_load_id": pa.string(),
    "_version_id": pa.string(),
    "_root_id": pa.string(),
    "_parent_id": pa.string(),
    "_parent_position": pa.int64(),
    "_position": pa.int64(),
    "_key": pa.string(),
}

BIGINT_LIMIT: Final = 2**63
#: Digits before the point of what is billed: a quadrillion and more is no bill, and multiplied by a
#: quantity it would leave the ledgers' columns, which stops everybody's build.
MONEY_DIGITS: Final = 15
#: No discount is more than the whole; what claims to be one has another meaning.
_WHOLE: Final = {"percent": 100, "basis_points": 10_000}


class LiftError(ValueError):
    """A field of an object has a value that its declared type cannot hold."""

    def __init__(self, field_path: str, value: Any, expected: str) -> None:
        super().__init__(f"{field_path}: {_shown(value)} is not a {expected}")
        self.field_path = field_path


def _shown(value: Any) -> str:
    """The beginning of a value, as ASCII; a number of thousands of digits is not written out."""
    try:
        return ascii(value)[:80]
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to show"


@dataclass(frozen=True)
class ChildTable:
    """A nested list (or map) of an object, one row per element.

    `path` leads from the parent to the list; a Stripe list object (`{"data": [...]}`) is unwrapped,
    a map becomes rows with its keys in `_key`, a list of bare texts becomes rows with column `id`.
    """

    name: str
    path: str
    columns: Mapping[str, str]
    children: tuple[ChildTable, ...] = ()


@dataclass(frozen=True)
class ObjectTable:
    """A raw table with one row per version of an object.

    An object without one of the `needed` columns has no place in any ledger.
    """

    name: str
    columns: Mapping[str, str]
    children: tuple[ChildTable, ...] = field(default=())
    needed: tuple[str, ...] = ()


def column_name(path: str) -> str:
    """`recurring.interval` -> `recurring__interval`."""
    return path.replace(".", "__")


def object_schema(table: ObjectTable) -> pa.Schema:
    """Arrow schema of an object table: version columns, `id`, declared columns."""
    declared = {column_name(path): ARROW_TYPES[kind] for path, kind in table.columns.items()}
    return pa.schema({**VERSION_COLUMNS, "id": pa.string(), **declared})


def child_schema(table: ChildTable) -> pa.Schema:
    """Arrow schema of a nested table: position columns, declared columns."""
    declared = {column_name(path): ARROW_TYPES[kind] for path, kind in table.columns.items()}
    return pa.schema({**CHILD_COLUMNS, **declared})


def all_schemas(tables: Iterable[ObjectTable]) -> dict[str, pa.Schema]:
    """Every raw table (children included) -> its Arrow schema."""
    schemas: dict[str, pa.Schema] = {}

    def add_children(children: Sequence[ChildTable]) -> None:
        for child in children:
            schemas[child.name] = child_schema(child)
            add_children(child.children)

    for table in tables:
        schemas[table.name] = object_schema(table)
        add_children(table.children)
    return schemas


#: Levels of lists and objects that are written, whichever way: orjson's limit.
DEEPEST = 254


def value_at(item: JsonObject, path: str) -> Any:
    """The value at a dotted path, None where any step is missing or not an object."""
    value: Any = item
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def to_json(value: Any) -> str:
    """Canonical JSON text: sorted keys, decimals written exactly.

    Raises:
        TypeError, ValueError: it is nested more than `DEEPEST` levels deep, or is no JSON.
    """
    if _orjson_can_write(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return _exact_json(value)


def _orjson_can_write(value: Any) -> bool:
    """orjson knows neither Decimal nor integers above 64 bits; those few go the exact way."""
    if isinstance(value, Mapping):
        return all(_orjson_can_write(element) for element in value.values())
    if isinstance(value, list | tuple):
        return all(_orjson_can_write(element) for element in value)
    return not isinstance(value, Decimal) and not (
        isinstance(value, int) and abs(value) >= BIGINT_LIMIT
    )


def _exact_json(value: Any, level: int = 1) -> str:
    if isinstance(value, Mapping | list | tuple) and level > DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, Mapping):
        members = (
            f"{_exact_json(str(key))}:{_exact_json(value[key], level + 1)}" for key in sorted(value)
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_exact_json(element, level + 1) for element in value) + "]"
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    return orjson.dumps(value).decode()


def cast_value(path: str, value: Any, kind: str) -> Any:
    """Cast one JSON value to its declared type, exactly, or raise `LiftError`."""
    if value is None:
        return None
    if kind == "text" and isinstance(value, str):
        return value
    if kind in ("json", "text"):
        return written_or_refused(path, value)[0]
    if kind == "id":
        return _cast_id(path, value)
    if kind == "bool":
        if isinstance(value, bool):
            return value
        raise LiftError(path, value, "true or false")
    if kind == "date":
        return _cast_date(path, value)
    if kind == "time":
        return _cast_time(path, value)
    number = _cast_decimal(path, value)
    if kind in _WHOLE and not 0 <= number <= _WHOLE[kind]:
        raise LiftError(path, value, f"share of 0 to {_WHOLE[kind]}")
    if kind in ("bigint", "epoch", "basis_points"):
        if not _is_bigint(number):
            raise LiftError(path, value, "64-bit integer")
        return _utc_from_epoch(path, int(number)) if kind == "epoch" else int(number)
    if kind == "money" and number != 0 and number.adjusted() >= MONEY_DIGITS:
        raise LiftError(path, value, f"number below 1e{MONEY_DIGITS}")
    return _fit_decimal(path, value, number, ARROW_TYPES[kind])


def _is_bigint(number: Decimal) -> bool:
    """Whether it is whole and fits; the exponent is looked at first, it may be anything."""
    if number == 0:
        return True
    if number.adjusted() > len(str(BIGINT_LIMIT)):
        return False
    return number == number.to_integral_value() and abs(number) < BIGINT_LIMIT


def without_surrogates(value: Any) -> Any:
    """Parsed JSON whose texts can be written: half of a pair (`\\ud800`) becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {without_surrogates(key): without_surrogates(value[key]) for key in value}
    if isinstance(value, list):
        return [without_surrogates(element) for element in value]
    return value


def written(value: Any) -> tuple[str, Any]:
    """A value's canonical text, and the value; half of a surrogate pair is replaced in both.

    Raises:
        TypeError, ValueError, RecursionError: it cannot be written (see `to_json`).
    """
    try:
        return to_json(value), value
    except TypeError:
        value = without_surrogates(value)
        return to_json(value), value


def written_or_refused(path: str, value: Any) -> tuple[str, Any]:
    """`written`; raises `LiftError` for a value that cannot be."""
    try:
        return written(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise LiftError(path, value, f"JSON value of at most {DEEPEST} levels") from error


def raw_of(value: Any) -> str:
    """A value as text for the quarantine, whatever it is; without fields that cannot be written."""
    try:
        return written(value)[0]
    except (TypeError, ValueError, RecursionError):
        kept: dict[str, Any] = {}
        for name, element in value.items() if isinstance(value, Mapping) else ():
            with suppress(TypeError, ValueError, RecursionError):
                kept |= {name: element} if written({name: element}) else {}
        return written(kept)[0]


def _cast_id(path: str, value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or isinstance(value, str):
        return value
    raise LiftError(path, value, "id")


def _cast_date(path: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise LiftError(path, value, "day (YYYY-MM-DD)") from error


def _cast_time(path: str, value: Any) -> datetime | None:
    """UTC without zone of an ISO 8601 text; the year 1 is how some servers write no time at all."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError) as error:
        raise LiftError(path, value, "time (ISO 8601)") from error
    return moment if moment.year > 1 else None


def _cast_decimal(path: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise LiftError(path, value, "number")
    if isinstance(value, str) and "_" in value:  # Python reads 1_000 as a number
        raise LiftError(path, value, "number")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise LiftError(path, value, "number") from error
    if not number.is_finite():
        raise LiftError(path, value, "finite number")
    return number


def _fit_decimal(path: str, value: Any, number: Decimal, kind: pa.DataType) -> Decimal:
    """Round half-up to the column's scale: finer digits than that are not money anywhere."""
    from decimal import ROUND_HALF_UP, localcontext

    with localcontext() as context:
        context.prec = 6500  # providers have sent exponents such as 0E-6176
        context.Emin, context.Emax = -999_999, 999_999
        if number != 0 and number.adjusted() > kind.precision - kind.scale - 1:
            raise LiftError(path, value, f"decimal({kind.precision},{kind.scale})")
        if number.adjusted() < -kind.scale - 1:
            return Decimal(0)
        return number.quantize(Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_UP)


def _utc_from_epoch(path: str, seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError) as error:
        raise LiftError(path, seconds, "time in seconds since 1970") from error


def lift(item: JsonObject, columns: Mapping[str, str]) -> Row:
    """Declared columns of one JSON object. Raises `LiftError` naming the field."""
    return {
        column_name(path): cast_value(path, value_at(item, path), kind)
        for path, kind in columns.items()
    }


def lift_object(item: JsonObject, table: ObjectTable) -> Row:
    """Declared columns of an object. Raises `LiftError` naming the field, also one that is needed
    and missing."""
    row = lift(item, table.columns)
    for path in table.needed:
        if row[column_name(path)] is None:
            raise LiftError(path, None, f"{table.columns[path]}, and cannot be missing")
    return row


def elements_of(item: JsonObject, path: str) -> Iterator[tuple[int, str | None, JsonObject]]:
    """Elements of a nested list or map as (position, key, object); nothing is an empty list.

    Raises:
        LiftError: it is a text or a number, so what belongs there is not known.
    """
    value = value_at(item, path)
    if value and not isinstance(value, list | Mapping):
        raise LiftError(path, value, "list")
    if isinstance(value, Mapping) and isinstance(value.get("data"), list):
        value = value["data"]
    if isinstance(value, Mapping):
        for position, key in enumerate(sorted(value)):
            if isinstance(value[key], Mapping):
                yield position, key, value[key]
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield position, None, element if isinstance(element, Mapping) else {"id": element}


def lift_children(
    root_id: str, parent: JsonObject, parent_position: int | None, tables: Sequence[ChildTable]
) -> Iterator[tuple[str, Row]]:
    """Rows of all nested tables of one object, as (table name, row without load columns)."""
    for table in tables:
        for position, key, element in elements_of(parent, table.path):
            parent_id = parent.get("id")
            yield (
                table.name,
                {
                    "_root_id": root_id,
                    "_parent_id": parent_id if isinstance(parent_id, str) else None,
                    "_parent_position": parent_position,
                    "_position": position,
                    "_key": key,
                    **lift(element, table.columns),
                },
            )
            yield from lift_children(root_id, element, position, table.children)
