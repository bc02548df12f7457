"""Two organisations must not be mixed in one dataset: every number would be wrong, quietly.

The admin API says whose key it is in the header `openai-organization`, where it says so at all; and
an organisation never loses projects (they are archived, and archived ones are listed).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.context import RunContext
from pipelines.loading.source import Account
from pipelines.sources.openai.settings import ADMIN_KEY

HEADER: Final = "openai-organization"

_REMEDY: Final = (
    "Two organisations must not be mixed: give the new one a name of its own "
    "(SOURCES__<NAME>__KIND=openai), or restore the old key."
)


def check_organisation(
    headers: Mapping[str, str], state: dict[str, Any], context: RunContext
) -> None:
    """Remember the organisation of the key.

    Raises:
        LoadError: it is not the one loaded before, or another account has it, too.
    """
    organisation = headers.get(HEADER)
    if not organisation:
        return
    before = state.get("organization")
    if before and organisation != before:
        account = context.account
        raise LoadError(
            f"{account.dataset} holds organisation {before!r}, but the key in "
            f"{account.setting_name(ADMIN_KEY)} belongs to {organisation!r}. {_REMEDY}"
        )
    state["organization"] = organisation
    context.claim(organisation)


def check_projects(account: Account, known: Collection[str], listed: Collection[str]) -> None:
    """Raise LoadError if none of the projects known before is among those listed now."""
    if known and listed and not set(known) & set(listed):
        raise LoadError(
            f"the key in {account.setting_name(ADMIN_KEY)} lists {len(listed)} projects, but none "
            f"of the {len(known)} that {account.dataset} holds, so it belongs to another "
            f"organisation. {_REMEDY}"
        )
