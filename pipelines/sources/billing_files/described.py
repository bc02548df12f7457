"""Billing that a TOML file describes: any API or files of customers, subscriptions and invoices.

The file is a custom source of kind `billing` (docs/custom-sources.md). In place of [read], [page],
[rows] and [map] it has them once for each kind of row: [invoices.read], [invoices.map], ... What
[map] may fill are the columns of the billing files; each value is read as if it stood in one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pipelines.loading.context import RunContext
from pipelines.loading.source import Account
from pipelines.sources.billing_files.files import FileRow
from pipelines.sources.billing_files.tables import FILES, BillingFile
from pipelines.sources.custom.definition import (
    Definition,
    Reader,
    Rule,
    complaints,
    read_toml,
)
from pipelines.sources.custom.mapping import Found, RefusedError, at_path, read_day
from pipelines.sources.custom.reading import BASE_URL, read_api, read_files, secret_of

KIND: Final = "billing"
_BY_PREFIX: Final = {one.prefix: one for one in FILES}
_SOURCE_KEYS: Final = frozenset({"id", "kind", "title", "timezone"})
_READ_KEYS: Final = frozenset(
    {"url", "method", "params", "body", "headers", "auth", "files", "format"}
)
_PAGE_KEYS: Final = frozenset(
    {"type", "next", "param", "more", "first", "size_param", "size", "max_pages"}
)
_ROWS_KEYS: Final = frozenset({"path", "parent", "carry", "members"})


@dataclass(frozen=True)
class BillingDefinition:
    """A custom source of kind `billing`: for each kind of row, where it is and how it is read."""

    path: Path
    id: str
    title: str
    parts: Mapping[str, Definition]


def is_billing(path: Path) -> bool:
    """Whether a file describes billing; False for one that is no TOML."""
    try:
        source = tomllib.loads(path.read_text("utf-8")).get("source")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False
    return isinstance(source, dict) and source.get("kind") == KIND


def read_billing(path: Path) -> BillingDefinition:
    """What a file says.

    Raises:
        SettingError: it cannot be read or says something wrong; names line and remedy.
    """
    with complaints(path):
        return _read(path, *read_toml(path))


def _read(path: Path, text: str, content: dict[str, Any]) -> BillingDefinition:
    whole = Reader(path, text, content)
    source = content.get("source")
    if not isinstance(source, dict):
        raise whole.wrong("source", None, "is missing. Add it: see docs/custom-sources.md.")
    whole.known("source", source, _SOURCE_KEYS)
    name = whole.id(source)
    title = source.get("title", name)
    if not isinstance(title, str) or not title.strip():
        raise whole.wrong("source", "title", "must be a text: what people call the source.")
    for section, part in content.items():
        if section == "source":
            continue
        if section not in _BY_PREFIX:
            raise whole.wrong(section, None, f"is unknown. Known: source, {', '.join(_BY_PREFIX)}.")
        if not isinstance(part, dict):
            raise whole.wrong(section, None, "must be a table with [read] and [map] of its own.")
    parts = {
        prefix: _part(whole, name, kind) for prefix, kind in _BY_PREFIX.items() if prefix in content
    }
    if not parts:
        raise whole.wrong(
            "source", None, f"of kind billing needs one of [{'], ['.join(_BY_PREFIX)}]."
        )
    return BillingDefinition(path, name, title.strip(), parts)


def _part(whole: Reader, name: str, kind: BillingFile) -> Definition:
    content = whole.content[kind.prefix]
    reader = Reader(whole.path, whole.text, content, f"{kind.prefix}.")
    allowed = {
        "read": _READ_KEYS, "page": _PAGE_KEYS, "rows": _ROWS_KEYS, "map": frozenset(kind.columns),
    }  # fmt: skip
    for section, table in content.items():
        if section not in allowed:
            raise reader.wrong(section, None, f"is unknown. Known: {', '.join(allowed)}.")
        if not isinstance(table, dict):
            raise reader.wrong(section, None, "must be a table.")
        reader.known(section, table, allowed[section])
    for section in ("read", "map"):
        if section not in content:
            raise reader.wrong(section, None, "is missing. Add it: see docs/custom-sources.md.")
    rules = reader.rules()
    for column, declared in kind.columns.items():
        if declared.is_needed and column not in rules:
            raise reader.wrong("map", column, "is missing: every row needs it.")
        rule = rules.get(column)
        if declared.kind == "money" and rule and rule.path is not None and rule.scale is None:
            raise reader.wrong(
                "map", column, 'needs scale, as a text: {path = "...", scale = "1"} for major '
                'units, "0.01" for cents.'
            )  # fmt: skip
    return Definition(
        path=whole.path,
        id=name,
        kind=KIND,
        provider=None,
        basis="billed",
        timezone=whole.zone(),
        title=name,
        **reader.reading(),
        window=None,
        explode=None,
        rules=rules,
        key=(),
    )


class DescribedBilling:
    """The rows that a described source says, as rows of billing files."""

    def __init__(
        self, definition: BillingDefinition, account: Account, context: RunContext | None
    ) -> None:
        self._definition, self._account, self._context = definition, account, context

    def names(self) -> dict[str, list[str]]:
        """Prefix of a kind -> itself where the file describes it."""
        return {
            prefix: [prefix] if prefix in self._definition.parts else [] for prefix in _BY_PREFIX
        }

    def label(self, kind: BillingFile) -> str:
        """What a kind of row is called among what a load reads."""
        return f"[{kind.prefix}] of {self._definition.path.name}"

    def rows(self, path: str, kind: BillingFile) -> Iterator[FileRow]:
        """Rows of a kind. Raises LoadError where they cannot be read."""
        part = self._definition.parts[path]
        number = 0
        for answer in self._answers(part):
            for found in answer.rows:
                number += 1
                yield _row(part, kind, found, number)

    def _answers(self, part: Definition) -> Iterator[Any]:
        if part.files:
            return read_files(part, self._account)
        count = self._context.count_request if self._context else _count_nothing
        return read_api(part, self._account.setting(BASE_URL), None, None, count)


def _count_nothing() -> None:
    """A preview and a check count no requests."""


def check_secrets(definition: BillingDefinition) -> None:
    """Raise SettingError for a secret that is not set."""
    for part in definition.parts.values():
        secret_of(part)


def _row(part: Definition, kind: BillingFile, found: Found, number: int) -> FileRow:
    place = f"[{kind.prefix}], row {number}"
    if found.file:
        place = f"{found.file}, {f'line {found.line}' if found.line else f'row {number}'}"
        place = found.file if found.problem and not found.line else place
    cells: dict[str, str] = {}
    refused: tuple[str, str] | None = None
    if found.problem:
        cells = dict.fromkeys(part.rules, "")
        refused = ("line" if found.line else "file", found.problem)
        return FileRow(found.file or kind.prefix, found.line or number, cells, place, refused)
    for column, rule in part.rules.items():
        try:
            cells[column] = _cell(part, kind, column, rule, found.fields)
        except RefusedError as error:
            refused = refused or (column, str(error).partition(": ")[2])
            cells[column] = ""
    return FileRow(found.file or kind.prefix, found.line or number, cells, place, refused)


def _cell(
    part: Definition, kind: BillingFile, column: str, rule: Rule, fields: Mapping[str, Any]
) -> str:
    """What would stand in the cell of a file. Raises RefusedError."""
    value = rule.const if rule.path is None else at_path(fields, rule.path)
    if value in (None, ""):
        value = rule.default
    if value is None:
        return ""
    if isinstance(value, Mapping | list):
        raise RefusedError(column, "is a list or an object, not a value")
    if rule.values is not None:
        if str(value) not in rule.values and rule.default is None:
            raise RefusedError(column, f"{str(value)[:80]} has no meaning in its map. Add it")
        value = rule.values.get(str(value), rule.default)
    declared = kind.columns[column]
    if declared.kind == "day":
        return read_day(column, value, part.timezone).isoformat()
    if declared.kind in ("money", "percent", "quantity") and rule.scale is not None:
        try:
            return format(Decimal(str(value).strip()) * rule.scale, "f")
        except InvalidOperation:
            raise RefusedError(column, f"{str(value)[:80]} is no number") from None
    return str(value)
