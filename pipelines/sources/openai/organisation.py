"""Two organisations must not be mixed in one warehouse: every number would be wrong, quietly.

The admin API says whose key it is in the header `openai-organization`, where it says so at all; and
an organisation never loses projects (they are archived, and archived ones are listed).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.sources.openai.settings import ADMIN_KEY

HEADER: Final = "openai-organization"

_REMEDY: Final = (
    "Two organisations must not be mixed: use another WAREHOUSE_PATH for the new one, or restore "
    "the old key."
)


def check_organisation(headers: Mapping[str, str], state: dict[str, Any]) -> None:
    """Remember the organisation of the key; raise LoadError if it is not the one loaded before."""
    organisation = headers.get(HEADER)
    before = state.get("organization")
    if organisation and before and organisation != before:
        raise LoadError(
            f"openai: this warehouse holds organisation {before!r}, but the key in {ADMIN_KEY} "
            f"belongs to {organisation!r}. {_REMEDY}"
        )
    if organisation:
        state["organization"] = organisation


def check_projects(known: Collection[str], listed: Collection[str]) -> None:
    """Raise LoadError if none of the projects known before is among those listed now."""
    if known and listed and not set(known) & set(listed):
        raise LoadError(
            f"openai: the key in {ADMIN_KEY} lists {len(listed)} projects, but none of the "
            f"{len(known)} that this warehouse holds, so it belongs to another organisation. "
            f"{_REMEDY}"
        )
