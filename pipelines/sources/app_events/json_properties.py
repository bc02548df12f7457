"""`properties` of a JSON line: what it says beside the event columns, exactly.

Most lines have no other members, or only empty ones, and that is found out without parsing twice.
DuckDB reads JSON numbers as doubles; a line that may hold one with more digits than a double keeps
takes the exact way through Python, and so does the odd line that the fast way cannot tell apart.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import duckdb
import orjson
from duckdb.func import SPECIAL

from pipelines.files import literal
from pipelines.sources.app_events.columns import (
    JSON_PROBLEM,
    is_json_object,
    merged_properties,
    own_members,
)
from pipelines.sources.app_events.line_shapes import ODD
from pipelines.sources.app_events.schemas import EVENT_COLUMNS
from pipelines.sources.app_events.strict_json import json_problem, parse_exactly, write_exactly

#: Name of the SQL function of `exact_properties`.
EXACT_PROPERTIES: Final = "exact_properties"
#: Numbers of so many digits and points, or with an exponent of three digits, are left to Python.
LONG_NUMBER_PATTERN: Final = r"[0-9.]{16}|[0-9.][eE][+-]?[0-9]{3}"


def has_others(members: str, line: str) -> str:
    """SQL condition: the JSON object `line` may have members beside the columns that are not null.

    Never false where it has some. `members` is of `line_shapes.members_of`; the columns stand
    beside it, typed.
    """
    known = " + ".join(f"cast({name} is not null as integer)" for name in EVENT_COLUMNS)
    return (
        f"case when {members} >= 0 then {members} > {known} "
        f"else try(len(json_keys({line}))) > {known} end"
    )


def json_properties(line: str, members: str, own: str) -> str:
    """SQL of the properties of a line that has others; `own` is its member `properties` as text."""
    known = literal(orjson.dumps(dict.fromkeys(EVENT_COLUMNS)).decode())
    known_and_own = literal(orjson.dumps(dict.fromkeys((*EVENT_COLUMNS, "properties"))).decode())
    rest = f"cast(try(json_merge_patch({line}, {known_and_own})) as varchar)"
    together = f"nullif(cast(try(json_merge_patch({line}, {known})) as varchar), '{{}}')"
    # Only a text may hold what is no JSON, and where no name comes twice, none comes in both.
    of_text = (
        f"case when {is_json_object(own)} then {own_members(own, rest, together)} "
        f"else {together} end"
    )
    without_nulls = (
        f"case when {own} is null then nullif({rest}, '{{}}') "
        f"when contains({line}, '\\') then {of_text} "
        f"when ({own}) like '{{%' and json_valid({own}) then {merged_properties(rest, own)} "
        f"else {together} end"
    )
    flat = (
        f"nullif(cast(try(json_merge_patch('{{}}', json_merge_patch({line}, {known}))) "
        "as varchar), '{}')"
    )
    # nothing nested: what is patched into an empty object then only loses its null members
    is_flat = f"not contains({line}, '\\') and strpos(substr({line}, 2), '{{') = 0"
    has_long_numbers = f"regexp_matches({line}, '{LONG_NUMBER_PATTERN}')"
    return (
        f"case when {members} = {ODD} or {has_long_numbers} then {EXACT_PROPERTIES}({line}) "
        f"when not contains({line}, 'null') then {without_nulls} "
        f"when {is_flat} then {flat} else {EXACT_PROPERTIES}({line}) end"
    )


def is_strict(members: str, line: str) -> str:
    """SQL condition: nothing in the valid JSON `line` is refused by a strict parser."""
    return f"(case when {members} = {ODD} then {JSON_PROBLEM}({line}) is null else true end)"


def register_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `exact_properties` and `json_problem` known to SQL on `connection`."""
    text = duckdb.sqltype("VARCHAR")
    for name, function in ((EXACT_PROPERTIES, exact_properties), (JSON_PROBLEM, json_problem)):
        with suppress(duckdb.CatalogException):  # another connection to the file made it known
            connection.create_function(name, function, [text], text, null_handling=SPECIAL)


def exact_properties(line: str | None) -> str | None:
    """The members of a JSON object that are no event columns and not null, as JSON text.

    Members of a member `properties`, given as object or as its text, come first, unless one of
    them has the name of another member: then `properties` stays one member. Numbers are written
    as they came. None where nothing is left.
    """
    item = parse_exactly(line or "{}")
    own = item.pop("properties", None)
    if isinstance(own, str) and own.startswith("{") and json_problem(own) is None:
        own = parse_exactly(own)
    others = {key: value for key, value in item.items() if key not in EVENT_COLUMNS}
    others = {key: value for key, value in others.items() if value is not None}
    is_apart = isinstance(own, dict) and not own.keys() & others.keys()
    merged = {**own, **others} if is_apart else {**others, "properties": own}
    kept = {key: value for key, value in merged.items() if value is not None}
    return write_exactly(kept) if kept else None
