"""Names of workspaces, keys and users: read whole, kept for ever.

What vanishes from a list is closed by a version with `_is_deleted`, and only after the whole list
was read; its name stays, because old bills go on naming it. Each list is skipped and listed where
the key may not read it: bills are complete without names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pyarrow as pa

from pipelines.errors import (
    AccessDeniedError,
    BadRequestError,
    KeyRefusedError,
    LoadError,
    NotFoundError,
)
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.http import ApiClient
from pipelines.loading.tables import JsonObject, ObjectTable
from pipelines.loading.versions import VersionWriter, write_all
from pipelines.sources.anthropic.api import list_all
from pipelines.sources.anthropic.settings import ADMIN_KEY
from pipelines.sources.anthropic.tables import API_KEYS, USERS, WORKSPACES

Tables = Iterator[tuple[str, pa.Table]]
MakeWriter = Callable[[ObjectTable], VersionWriter]

_BELOW: Final = "/v1/organizations"


def organization_of(client: ApiClient, state: dict[str, Any], context: RunContext) -> str | None:
    """Id of the key's organisation; None where the key may not ask.

    Raises:
        LoadError: it is not the one loaded before, or another account has it, too.
    """
    try:
        me = client.get(f"{_BELOW}/me")
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError, BadRequestError):
        return state.get("organization")
    found = me.get("id")
    if not isinstance(found, str) or not found:
        return state.get("organization")
    before = state.get("organization")
    if before and before != found:
        account = context.account
        raise LoadError(
            f"{account.dataset} holds organisation {before!r}, but the key in "
            f"{account.setting_name(ADMIN_KEY)} belongs to {found!r}. Two organisations must not "
            "be mixed: give the new one a name of its own (SOURCES__<NAME>__KIND=anthropic), or "
            "restore the old key."
        )
    state["organization"] = found
    context.claim(found)
    return found


def load_names(
    client: ApiClient, make_writer: MakeWriter, context: RunContext, hasher: EmailHasher
) -> Tables:
    """Workspaces (archived ones and the default one, too), keys and users, as far as readable."""
    yield from _load(make_writer(WORKSPACES), _workspaces(client), context, hasher)
    yield from _load(make_writer(API_KEYS), list_all(client, f"{_BELOW}/api_keys"), context, hasher)
    yield from _load(make_writer(USERS), list_all(client, f"{_BELOW}/users"), context, hasher)


def _workspaces(client: ApiClient) -> Iterator[JsonObject]:
    """Every workspace; the default one is the one that is listed only where it is asked for."""
    path = f"{_BELOW}/workspaces"
    archived = {"include_archived": "true"}
    others = {one.get("id") for one in list_all(client, path, archived)}
    for one in list_all(client, path, {**archived, "include_default": "true"}):
        yield {**one, "is_default": one.get("id") not in others}


def _load(
    writer: VersionWriter, objects: Iterable[JsonObject], context: RunContext, hasher: EmailHasher
) -> Tables:
    name = writer.table.name
    context.progress(name)
    cleaned = (hasher.scrub(item) for item in objects)
    try:
        yield from write_all(writer, cleaned, observed_at=context.observed_at, via="list")
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError, BadRequestError) as error:
        yield from writer.flush()
        skip(context, name, str(error), len(writer.seen))
        return
    writer.close_unseen(observed_at=context.observed_at)
    yield from writer.flush()
    context.endpoints.append(EndpointResult(name, "loaded", None, len(writer.seen), True))


def skip(context: RunContext, endpoint: str, reason: str, objects_read: int = 0) -> None:
    """List what could not be read in the run's records and in its summary."""
    context.endpoints.append(EndpointResult(endpoint, "skipped", reason, objects_read, False))
    context.warn(f"{endpoint} skipped: {reason}")
