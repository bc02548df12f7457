"""`usage-vs-revenue sources preview NAME`: what a custom source's file makes of what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pipelines.config import as_of
from pipelines.errors import SettingError
from pipelines.loading.source import Account
from pipelines.loading.windows import last_day
from pipelines.sources.accounts import configured_accounts
from pipelines.sources.billing_files.files import CellError, read_cells
from pipelines.sources.billing_files.settings import billing_rows, described
from pipelines.sources.billing_files.tables import FILES
from pipelines.sources.custom import answers, definition_of
from pipelines.sources.custom.definition import Definition
from pipelines.sources.custom.mapping import RefusedError, map_found, unmapped_fields


@dataclass
class Preview:
    """Rows as mapped, and what the mapping leaves out or refuses."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    unmapped: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


def preview(name: str, rows: int = 10) -> Preview:
    """The first rows of a custom source, mapped; nothing is loaded.

    Raises:
        SettingError: it is no custom source, or its file says something wrong.
        LoadError: it cannot be read.
    """
    accounts = configured_accounts()
    if name in accounts.wrong:
        raise accounts.wrong[name]
    account = accounts.usable.get(name)
    if account is None or not _is_custom(account):
        known = [one.name for one in accounts.usable.values() if _is_custom(one)]
        raise SettingError(
            f"{name} is no custom source. Custom sources: {', '.join(known) or 'none'}. Put a file "
            f"{name}.toml into sources/: examples are in examples/sources/."
        )
    clock = as_of()
    account.source.check_settings(account, clock)
    if account.kind == "billing_files":
        return _billing(account, rows)
    return _preview(account, definition_of(account), clock, rows)


def _is_custom(account: Account) -> bool:
    """Whether a TOML file describes the account."""
    return account.kind == "custom" or (
        account.kind == "billing_files" and described(account) is not None
    )


def _billing(account: Account, rows: int) -> Preview:
    """The first rows of each kind of billing row."""
    found = Preview()
    said = billing_rows(account, None)
    for kind in FILES:
        for path in said.names()[kind.prefix]:
            for row in islice(said.rows(path, kind), rows):
                try:
                    values = read_cells(row, kind)
                except CellError as error:
                    found.refused.append(f"{row.place or row.file}, {error.column}: {error}")
                    continue
                shown = {name: value for name, value in values.items() if value is not None}
                found.rows.append({"row of": kind.prefix, **shown})
    return found


def _preview(account: Account, definition: Definition, clock: datetime, rows: int) -> Preview:
    window = definition.window
    end = last_day(clock) + timedelta(days=1)
    first = end - timedelta(days=window.max_days + 1) if window else None
    found = Preview()
    for answer in answers(account, definition, first, end if window else None, lambda: None):
        for one in answer.rows:
            found.unmapped |= unmapped_fields(definition, one.fields)
            try:
                row = map_found(definition, one, clock)
            except RefusedError as error:
                place = f"{one.file}, line {one.line}: " if one.line else f"{one.file}: "
                found.refused.append(f"{place if one.file else ''}{error}")
                continue
            found.rows.append({name: value for name, value in row.items() if value is not None})
            if len(found.rows) >= rows:
                return found
    return found


def as_text(found: Preview) -> str:
    """The preview for a terminal: one row a block, then what was left out and refused."""
    blocks = [
        "\n".join([f"row {number}", *(f"  {name}: {_shown(value)}" for name, value in row.items())])
        for number, row in enumerate(found.rows, 1)
    ]
    if not blocks:
        blocks.append("No row was mapped.")
    if found.unmapped:
        blocks.append("not mapped: " + ", ".join(sorted(found.unmapped)))
    blocks += [f"refused: {reason}" for reason in dict.fromkeys(found.refused)]
    return "\n".join(blocks) + "\n"


def _shown(value: Any) -> str:
    text = format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
    return text if text.isprintable() else ascii(text)
