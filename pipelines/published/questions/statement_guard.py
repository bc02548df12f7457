"""Which statements an analyst may run: what they name must be on a list, by DuckDB's own parser.

A pattern over the text can be walked round by quotes, comments and functions that run texts. The
parsed statement cannot: each table and function in it is looked up, and what is not known is
refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import duckdb

#: Schemas of the published file.
SCHEMAS: Final = frozenset({"core", "finance", "product", "unit_economics", "monitoring"})
_ABOUT_TABLES: Final = frozenset({"tables", "columns", "schemata"})
_TABLE_FUNCTIONS: Final = frozenset(
    {
        "range", "generate_series", "unnest", "duckdb_tables", "duckdb_columns",
        "pragma_table_info", "json_each", "json_tree", "repeat", "repeat_row",
    }
)  # fmt: skip
#: Names of functions that tell how the server is set up, run texts, or change anything.
_REFUSED: Final = re.compile(
    r"^(pg_(?!typeof)|has_|inet_|json_(de)?serialize|duckdb_|read_|write_|parse_duckdb"
    r"|current_(setting|query|connection|transaction|database|catalog|schema|role|user)"
    r"|.*(env|setting|secret|variable|sleep|description)"
    r"|(nextval|currval|txid_current|session_user|user|query|query_table|glob|error|setseed"
    r"|in_search_path|get_block_size)$)"
)
#: Functions of windows and the parser's own, which DuckDB's catalogue does not list.
_UNLISTED: Final = frozenset(
    {
        "row_number", "rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist", "ntile",
        "lag", "lead", "first_value", "last_value", "nth_value", "fill", "coalesce", "ifnull",
        "if", "try", "grouping", "grouping_id", "unnest", "columns", "struct_extract",
        "array_extract", "count_star",
    }
)  # fmt: skip
#: What SHOW and DESCRIBE may be asked without naming a table.
_SHOWN: Final = frozenset({"", '"tables"', "__show_tables_expanded"})


def refusal(statement: str) -> str | None:
    """Why one SELECT may not be run; None if all that it names is on the lists."""
    with duckdb.connect() as parser:
        row = parser.execute("select json_serialize_sql(?)", [statement]).fetchone()
    try:
        tree = json.loads(row[0]) if row else {"error": True}
    except RecursionError:
        return "The statement is nested too deeply: write it with fewer steps inside each other."
    if tree.get("error"):
        return f"The statement cannot be read: {tree.get('error_message', 'not one SELECT')}."
    named = set(_common_tables(tree))
    for node in _nodes(tree):
        if reason := _refusal_of(node, named):
            return reason
    return None


def _refusal_of(node: dict[str, Any], named: set[str]) -> str | None:
    kind = node.get("type")
    if kind == "BASE_TABLE" and not _is_readable(node, named):
        return (
            f"{_shown(node)} is no published table. Only the published marts can be asked, not how "
            f"the server is set up; write schema.table, of {', '.join(sorted(SCHEMAS))}."
        )
    if kind == "SHOW_REF" and node.get("table_name", "") not in _SHOWN:
        return "Only the published marts can be asked, not how the server is set up."
    name = node.get("function_name")
    if isinstance(name, str):
        is_table = kind == "TABLE_FUNCTION_CALL"
        known = _TABLE_FUNCTIONS if is_table else _functions()
        if name.lower() not in known:
            return f"The function {name[:60]} cannot be used here."
    return None


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node; a call that stands for a table has the type `TABLE_FUNCTION_CALL`."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            if node.get("type") == "TABLE_FUNCTION" and isinstance(node.get("function"), dict):
                call = node["function"]
                waiting.extend(value for key, value in node.items() if key != "function")
                node = {**call, "type": "TABLE_FUNCTION_CALL"}
                yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _common_tables(tree: Any) -> Iterator[str]:
    for node in _nodes(tree):
        named = node.get("cte_map")
        if isinstance(named, dict):
            yield from (str(entry["key"]).lower() for entry in named.get("map") or [])


def _is_readable(node: dict[str, Any], named: set[str]) -> bool:
    schema, table = node.get("schema_name", "").lower(), node.get("table_name", "").lower()
    if node.get("catalog_name", "").lower() in ("system", "temp"):
        return False
    if not schema:
        # a name given in one place of a statement must open nothing of the server's in another
        return table in named and table not in _of_the_server()
    return schema in SCHEMAS or (schema == "information_schema" and table in _ABOUT_TABLES)


def _shown(node: dict[str, Any]) -> str:
    parts = (node.get("schema_name"), node.get("table_name"))
    return ".".join(part for part in parts if part)[:80]


@cache
def _functions() -> frozenset[str]:
    with duckdb.connect() as parser:
        rows = parser.execute(
            "select distinct lower(function_name) from duckdb_functions() "
            "where function_type in ('scalar', 'aggregate', 'macro')"
        ).fetchall()
    names = {str(name) for (name,) in rows}
    return frozenset(name for name in names if not _REFUSED.match(name)) | _UNLISTED


@cache
def _of_the_server() -> frozenset[str]:
    with duckdb.connect() as parser:
        rows = parser.execute("select lower(view_name) from duckdb_views()").fetchall()
    return frozenset(str(name) for (name,) in rows)
