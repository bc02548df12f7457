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

from pipelines.loading.http import parse_json
from pipelines.loading.tables import to_json
from pipelines.sources.app_events.columns import is_json_object, merged_properties
from pipelines.sources.app_events.schemas import EVENT_COLUMNS

#: Name of the SQL function of `exact_properties`.
EXACT_PROPERTIES: Final = "exact_properties"
#: Numbers of so many digits and points, or with an exponent of three digits, are left to Python.
LONG_NUMBER_PATTERN: Final = r"[0-9.]{16}|[0-9.][eE][+-]?[0-9]{3}"


def has_others(members: str, line: str) -> str:
    """SQL condition: the JSON object `line` may have members beside the columns that are not null.

    Never false where it has some. `members` is of `lines.members_of`; the columns stand beside it,
    typed.
    """
    known = " + ".join(f"cast({name} is not null as integer)" for name in EVENT_COLUMNS)
    return (
        f"case when {members} >= 0 then {members} > {known} "
        f"else try(len(json_keys({line}))) > {known} end"
    )


def json_properties(line: str, own: str) -> str:
    """SQL of the properties of a line that has others; `own` is its member `properties` as text."""
    known = orjson.dumps(dict.fromkeys(EVENT_COLUMNS)).decode()
    known_and_own = orjson.dumps(dict.fromkeys((*EVENT_COLUMNS, "properties"))).decode()
    apart = merged_properties(
        f"cast(try(json_merge_patch({line}, '{known_and_own}')) as varchar)", own
    )
    together = f"nullif(cast(try(json_merge_patch({line}, '{known}')) as varchar), '{{}}')"
    without_nulls = (
        f"case when {own} is null or {is_json_object(own)} then {apart} else {together} end"
    )
    flat = (
        f"nullif(cast(try(json_merge_patch('{{}}', json_merge_patch({line}, '{known}'))) "
        "as varchar), '{}')"
    )
    # nothing nested: what is patched into an empty object then only loses its null members
    is_flat = f"not contains({line}, '\\') and strpos(substr({line}, 2), '{{') = 0"
    has_long_numbers = f"regexp_matches({line}, '{LONG_NUMBER_PATTERN}')"
    return (
        f"case when {has_long_numbers} then {EXACT_PROPERTIES}({line}) "
        f"when not contains({line}, 'null') then {without_nulls} "
        f"when {is_flat} then {flat} else {EXACT_PROPERTIES}({line}) end"
    )


def register_exact_properties(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `exact_properties` known to SQL on `connection`."""
    text = duckdb.sqltype("VARCHAR")
    connection.create_function(
        EXACT_PROPERTIES, exact_properties, [text], text, null_handling=SPECIAL
    )


def exact_properties(line: str | None) -> str | None:
    """The members of a JSON object that are no event columns and not null, as JSON text.

    Members of a member `properties`, given as object or as its text, come first. Numbers are
    written with all their digits. None where nothing is left.
    """
    item = parse_json(line or "{}")
    own = item.pop("properties", None)
    if isinstance(own, str) and own.startswith("{"):
        with suppress(ValueError):
            own = parse_json(own)
    others = {key: value for key, value in item.items() if key not in EVENT_COLUMNS}
    merged = {**own, **others} if isinstance(own, dict) else {**others, "properties": own}
    kept = {key: value for key, value in merged.items() if value is not None}
    return to_json(kept) if kept else None
