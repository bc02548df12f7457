"""Names of projects, users and keys: read whole, kept for ever.

What vanishes from a list is closed by a version with `_is_deleted`, and only after the whole list
was read; its name stays, because old bills go on naming it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pipelines.errors import (
    AccessDeniedError,
    BadRequestError,
    KeyRefusedError,
    NotFoundError,
)
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.http import ApiClient
from pipelines.loading.tables import JsonObject, ObjectTable
from pipelines.loading.versions import VersionWriter, write_all
from pipelines.sources.openai.api import list_all
from pipelines.sources.openai.buckets import Tables
from pipelines.sources.openai.organisation import check_projects
from pipelines.sources.openai.tables import ADMIN_API_KEYS, PROJECT_API_KEYS, PROJECTS, USERS

MakeWriter = Callable[[ObjectTable], VersionWriter]

_ORGANIZATION: Final = "/v1/organization"


def load_names(
    client: ApiClient, make_writer: MakeWriter, context: RunContext, hasher: EmailHasher
) -> Tables:
    """Projects, users, project keys and admin keys, each as far as the key may read them."""
    projects = make_writer(PROJECTS)
    known = set(projects.known)
    yield from _load(
        projects,
        list_all(client, f"{_ORGANIZATION}/projects", {"include_archived": "true"}),
        context,
        hasher,
    )
    check_projects(context.account, known, projects.seen)
    yield from _load(
        make_writer(USERS), list_all(client, f"{_ORGANIZATION}/users"), context, hasher
    )
    yield from _load(
        make_writer(ADMIN_API_KEYS),
        list_all(client, f"{_ORGANIZATION}/admin_api_keys"),
        context,
        hasher,
    )
    yield from _load_project_keys(
        client, sorted(projects.seen), make_writer(PROJECT_API_KEYS), context, hasher
    )


def _load(
    writer: VersionWriter, objects: Iterable[JsonObject], context: RunContext, hasher: EmailHasher
) -> Tables:
    """One list into its table; a list that may not be read is skipped and listed."""
    name = writer.table.name
    context.progress(name)
    try:
        yield from _write(writer, objects, context, hasher)
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError) as error:
        yield from writer.flush()
        skip(context, name, str(error), len(writer.seen))
        return
    writer.close_unseen(observed_at=context.observed_at)
    yield from writer.flush()
    context.endpoints.append(EndpointResult(name, "loaded", None, len(writer.seen), True))


def _load_project_keys(
    client: ApiClient,
    projects: Iterable[str],
    writer: VersionWriter,
    context: RunContext,
    hasher: EmailHasher,
) -> Tables:
    """Keys of every project; those of a project that may not be read are left as they were."""
    context.progress(writer.table.name)
    refused = []
    for project in projects:
        try:
            yield from _write(writer, _project_keys(client, project), context, hasher)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            refused.append(str(error))
    if not refused:
        writer.close_unseen(observed_at=context.observed_at)
    yield from writer.flush()
    reason = f"{len(refused)} projects not read: {refused[0]}" if refused else None
    result = EndpointResult(writer.table.name, "loaded", reason, len(writer.seen), not refused)
    context.endpoints.append(result)


def _project_keys(client: ApiClient, project: str) -> Iterator[JsonObject]:
    """Keys of one project, those of people who left included where the API lists them."""
    path = f"{_ORGANIZATION}/projects/{project}/api_keys"
    try:
        keys = list(list_all(client, path, {"owner_project_access": "any"}))
    except BadRequestError:  # an API that does not know this filter yet
        keys = list(list_all(client, path))
    for key in keys:
        yield {**key, "project_id": project}


def _write(
    writer: VersionWriter, objects: Iterable[JsonObject], context: RunContext, hasher: EmailHasher
) -> Tables:
    cleaned = (hasher.scrub(without_secret(item)) for item in objects)
    yield from write_all(writer, cleaned, observed_at=context.observed_at, via="list")


def without_secret(item: JsonObject) -> JsonObject:
    """A key's object without `value`: lists carry only the redacted one, and it shall stay so."""
    return {name: value for name, value in item.items() if name != "value"}


def skip(context: RunContext, endpoint: str, reason: str, objects_read: int = 0) -> None:
    """List an endpoint that could not be read in the run's records and in its summary."""
    context.endpoints.append(EndpointResult(endpoint, "skipped", reason, objects_read, False))
    context.warn(f"{endpoint} skipped: {reason}")
