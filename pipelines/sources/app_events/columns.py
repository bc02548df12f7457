"""SQL expressions that turn what a file says into typed columns, exactly or not at all.

Each column of an event is a `Cast`: the raw value, the typed value (null where the raw one cannot
be represented exactly) and what was expected. A row is good if every required column is there and
every raw value that is present has a typed one.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from pipelines.files import literal
from pipelines.loading.sql_types import sql_type
from pipelines.sources.app_events.schemas import EVENT_COLUMNS, REQUIRED_COLUMNS

#: Times outside are unit mistakes or placeholders, such as 0, never events.
FIRST_MOMENT: Final = "timestamp '1970-01-02'"
END_MOMENT: Final = "timestamp '2100-01-01'"

NUMBER_PATTERN: Final = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
EPOCH_PATTERN: Final = r"[0-9]+(\.[0-9]*)?([eE][+]?[0-9]+)?"
ISO_PATTERN: Final = (
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s?([Zz]|[+-]\d{2}(:?\d{2})?)"
)
ISO_WITHOUT_ZONE_PATTERN: Final = r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?"

INTEGER_TYPES: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)
WIDE_INTEGER_TYPES: Final = frozenset({"UBIGINT", "HUGEINT", "UHUGEINT"})
NUMBER_TYPES: Final = INTEGER_TYPES | WIDE_INTEGER_TYPES | {"DOUBLE", "FLOAT"}
TIMESTAMP_TYPES: Final = frozenset(
    {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}
)

#: Name of the SQL function of `strict_json.json_problem`.
JSON_PROBLEM: Final = "json_problem"
#: Longer JSON texts, and those that look like this, are left to a strict parser.
EVERYDAY_CHARACTERS: Final = 400
ODD_PATTERN: Final = r",\s*[}\]]|[nN][aA][nN]|[iI][nN][fF]"

#: Typed value of a column that a file lacks.
NULL_VALUE: Final = "null"

EXPECTED: Final = {
    pa.string(): "text",
    pa.int64(): "a whole number of 64 bits",
    pa.bool_(): "true or false",
    pa.timestamp("us"): "an ISO 8601 time with zone between 1970 and 2099, or an epoch",
}


@dataclass(frozen=True)
class Cast:
    """One column: SQL of the raw and of the typed value, and whether every event must have it."""

    name: str
    raw: str
    typed: str
    is_required: bool = False

    @property
    def is_good(self) -> str:
        """SQL condition, never null: the value is usable."""
        if self.is_required:
            return f"({self.typed}) is not null"
        return f"(({self.raw}) is null or ({self.typed}) is not null)"

    @property
    def can_fail(self) -> bool:
        """Whether there are values that make a row bad."""
        return self.is_required or self.typed not in {self.raw, NULL_VALUE}

    @property
    def is_good_typed(self) -> str:
        """`is_good`, asked of a row of typed columns and of `<name>__absent`."""
        if self.is_required:
            return f"{self.name} is not null"
        return f"({self.name}__absent or {self.name} is not null)"

    @property
    def reason(self) -> str:
        """SQL text that says what is wrong with a value that is not good."""
        shown = f"left(cast({self.raw} as varchar), 80)"
        return (
            f"case when coalesce(cast({self.raw} as varchar), '') = '' "
            f"then {literal(self.name + ': is missing')} "
            f"else {literal(self.name + ': ')} || {shown} || {self._complaint} end"
        )

    @property
    def _complaint(self) -> str:
        arrow_type = EVENT_COLUMNS[self.name]
        text = literal(f" is not {expected(arrow_type)}")
        if arrow_type == pa.timestamp("us"):
            without_zone = (
                f"regexp_full_match(cast({self.raw} as varchar), '{ISO_WITHOUT_ZONE_PATTERN}')"
            )
            return f"case when {without_zone} then ' has no time zone' else {text} end"
        if self.name.endswith("_tokens"):
            return literal(" is not a whole number of 64 bits, zero or more")
        return text


def expected(arrow_type: pa.DataType) -> str:
    """What a column wants, in words."""
    if pa.types.is_decimal(arrow_type):
        return f"a number that fits decimal({arrow_type.precision},{arrow_type.scale})"
    return EXPECTED[arrow_type]


def cast_column(
    name: str,
    raw: str | None,
    source_type: str,
    required: Container[str] = frozenset(REQUIRED_COLUMNS),
) -> Cast:
    """The cast of event column `name` from SQL `raw` of DuckDB type `source_type`.

    `raw` None means that the file lacks the column.
    """
    arrow_type = EVENT_COLUMNS[name]
    is_required = name in required
    if raw is None:
        return Cast(name, NULL_VALUE, NULL_VALUE, is_required)
    # an empty text names nobody and nothing: neither a user nor a feature is called ''
    if source_type == "VARCHAR" and (name in REQUIRED_COLUMNS or arrow_type == pa.string()):
        raw = f"nullif({raw}, '')"
    typed = _typed(arrow_type, raw, source_type)
    if name.endswith("_tokens"):
        typed = f"case when ({typed}) >= 0 then ({typed}) end"
    return Cast(name, raw, typed, is_required)


def _typed(arrow_type: pa.DataType, raw: str, source_type: str) -> str:
    text = raw if source_type == "VARCHAR" else f"cast({raw} as varchar)"
    if arrow_type == pa.string():
        nested = source_type.endswith("]") or source_type.startswith(("STRUCT", "MAP", "JSON"))
        return f"cast(to_json({raw}) as varchar)" if nested else text
    if arrow_type == pa.timestamp("us"):
        return _timestamp(raw, text, source_type)
    if arrow_type == pa.bool_():
        return raw if source_type == "BOOLEAN" else f"try_cast({text} as boolean)"
    return _number(arrow_type, raw, text, source_type)


def _number(arrow_type: pa.DataType, raw: str, text: str, source_type: str) -> str:
    target = sql_type(arrow_type)
    is_whole = source_type in INTEGER_TYPES | WIDE_INTEGER_TYPES
    if is_whole or (source_type.startswith("DECIMAL") and arrow_type != pa.int64()):
        return f"try_cast({raw} as {target})"
    if arrow_type == pa.int64():
        return _bigint(text)
    # DuckDB reads 1_000 as a number, which no sender means
    cast = f"try_cast({text} as {target})"
    if arrow_type.precision > 18:
        # 64-bit decimals are read many times faster from text than 128-bit ones
        cast = f"coalesce(try_cast({text} as decimal(18,{arrow_type.scale})), {cast})"
    return f"case when not contains({text}, '_') then {cast} end"


def _bigint(text: str) -> str:
    """Whole numbers only: a plain cast would round 1.5 to 2."""
    plain = f"try_cast({text} as bigint)"
    decimal = f"try_cast({text} as decimal(38,18))"
    return (
        f"case when cast({plain} as varchar) = {text} then {plain} "
        f"when regexp_full_match({text}, '{NUMBER_PATTERN}') and {decimal} = trunc({decimal}) "
        f"then try_cast({decimal} as bigint) end"
    )


def _timestamp(raw: str, text: str, source_type: str) -> str:
    if source_type == "TIMESTAMP WITH TIME ZONE":
        # a cast would go through the calendar of a time zone, which is slow and shared by threads
        moment = f"case when isfinite({raw}) then make_timestamp(epoch_us({raw})) end"
    elif source_type in TIMESTAMP_TYPES:
        moment = f"try_cast({raw} as timestamp)"
    elif source_type in NUMBER_TYPES or source_type.startswith("DECIMAL"):
        moment = _epoch(text)
    elif source_type == "VARCHAR":
        return _timestamp_from_text(text)
    else:
        moment = "cast(null as timestamp)"
    return _within_bounds(moment)


def _timestamp_from_text(text: str) -> str:
    # the everyday form first: a few comparisons and one cast; all others may take longer
    everyday = f"try_cast({text} as timestamp)"
    # the cast takes a blank for the hour's first digit, and a point without digits after it
    has_digits = (
        f"substr({text}, 12, 1) between '0' and '2' and substr({text}, 19, 1) between '0' and '9' "
        f"and {text} not like '%.Z'"
    )
    seconds_added = f"regexp_replace(upper({text}), '([T ]\\d{{2}}:\\d{{2}})([Z+ -])', '\\1:00\\2')"
    tidy = f"replace({seconds_added}, ',', '.')"
    iso = f"cast(try_cast({tidy} as timestamptz) as timestamp)"
    return (
        f"case when {text} like '____-__-__T__:__:__%Z' and {has_digits} "
        f"and {everyday} >= {FIRST_MOMENT} and {everyday} < {END_MOMENT} then {everyday} "
        f"when regexp_full_match({text}, '{ISO_PATTERN}') then {_within_bounds(iso)} "
        f"else {_within_bounds(_epoch(text))} end"
    )


def _epoch(text: str) -> str:
    """Seconds, or milli-, micro- or nanoseconds where only those make it a time before 5138."""
    number = f"try_cast({text} as decimal(38,9))"
    return (
        f"case when regexp_full_match({text}, '{EPOCH_PATTERN}') and {number} < 1e19 then "
        f"make_timestamp(cast(trunc(case when {number} < 1e11 then {number} * 1000000 "
        f"when {number} < 1e14 then {number} * 1000 when {number} < 1e17 then {number} "
        f"else {number} / 1000 end) as bigint)) end"
    )


def _within_bounds(moment: str) -> str:
    return f"case when {moment} >= {FIRST_MOMENT} and {moment} < {END_MOMENT} then {moment} end"


def all_good(casts: list[Cast]) -> str:
    """SQL condition, never null: the row can be loaded."""
    return " and ".join(cast.is_good for cast in casts)


def first_failure(casts: list[Cast]) -> tuple[str, str]:
    """SQL of the first bad column's name and of the reason."""
    fields = " ".join(f"when not {cast.is_good} then {literal(cast.name)}" for cast in casts)
    reasons = " ".join(f"when not {cast.is_good} then {cast.reason}" for cast in casts)
    return f"case {fields} end", f"case {reasons} end"


def merged_properties(rest: str, own: str) -> str:
    """SQL of `properties`: the members of `own` (JSON object text or null), then those of `rest`.

    Both are JSON object text; an empty result is null.
    """
    return (
        f"nullif(case when ({own}) is null or ({own}) = '{{}}' then ({rest}) "
        f"when ({rest}) = '{{}}' then ({own}) "
        f"else left(({own}), -1) || ',' || substr(({rest}), 2) end, '{{}}')"
    )


def own_members(own: str, rest: str, together: str) -> str:
    """SQL of `properties` where the object `own` has members of its own: those, then the `rest`.

    Where both have a member of one name, `own` stays the one member that `together` makes of it.
    """
    has_both = f"({own}) <> '{{}}' and ({rest}) <> '{{}}'"
    meet = f"list_has_any(json_keys({own}), json_keys({rest}))"
    return (
        f"case when {has_both} and {meet} then {together} else {merged_properties(rest, own)} end"
    )


def is_json_object(text: str) -> str:
    """SQL condition: the text is a JSON object, to a strict parser, too."""
    is_odd = f"length({text}) > {EVERYDAY_CHARACTERS} or regexp_matches({text}, '{ODD_PATTERN}')"
    return (
        f"(case when ({text}) not like '{{%' or not json_valid({text}) then false "
        f"when {is_odd} then {JSON_PROBLEM}({text}) is null else true end)"
    )
