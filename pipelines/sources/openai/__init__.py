"""OpenAI: what the provider bills, what was used, and how projects, users and keys are called.

| endpoint (below `/v1/organization`) | raw tables | grain |
|---|---|---|
| `/costs` | `cost_buckets`, `cost_results` | UTC day; project, line item and key within it |
| cost-export CSVs in a folder | the same | project and UTC day; row of the file within it |
| `/usage/*`, all eleven | `usage_buckets`, `usage_results` | endpoint and UTC day; group in it |
| `/projects` (archived ones too) | `projects` | project |
| `/users` | `users` | user |
| `/admin_api_keys` | `admin_api_keys` | key |
| `/projects/{id}/api_keys` | `project_api_keys` | key |

Every object table holds one row per *version* of an object (`pipelines.loading.versions`); write
disposition is append. A day is one object: restated, it gets a new version whose nested rows
replace those of the version before; restated to nothing, a version without nested rows. So the bill
as last stated is the rows of each bucket's newest version, and its history is never lost.

Scopes: buckets of the API have scope `organization`, those of files `project:<id>`. Where a day has
both, the API's speaks for all projects: counting both would count the day twice.

Cursor: the days covered so far per endpoint, in dlt's state. A run reads the days that may still be
restated (`pipelines.loading.windows`), those since the last run, and what START_DATE adds.
`results_quarantined` of a bucket counts results that could not be read exactly; they are in
`quarantine`, and the day's total lacks them.

Permissions: an admin key that may read costs is needed (or export files and no key at all). Usage
and names are skipped and listed where the key may not read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource

from pipelines.config import warehouse_path
from pipelines.errors import AccessDeniedError, KeyRefusedError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import source_of
from pipelines.loading.http import ApiClient
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import ObjectTable, all_schemas
from pipelines.loading.versions import VersionWriter, note_new_fields
from pipelines.loading.windows import ONE_DAY
from pipelines.sources.openai.api import epoch
from pipelines.sources.openai.buckets import BucketWriter, Tables, load_endpoint
from pipelines.sources.openai.exports import load_exports
from pipelines.sources.openai.names import load_names, skip
from pipelines.sources.openai.organisation import check_organisation
from pipelines.sources.openai.settings import (
    ADMIN_KEY,
    BASE_URL,
    COST_EXPORT_URL,
    NEEDS,
    SETTINGS,
    OpenAISettings,
    check_settings,
    read_settings,
)
from pipelines.sources.openai.tables import (
    ALL_TABLES,
    COST_BUCKETS,
    COSTS,
    USAGE_BUCKETS,
    USAGE_ENDPOINTS,
)


def build(context: RunContext) -> DltSource:
    """The dlt source for one run."""
    settings = read_settings(context.account, context.as_of)
    hasher = EmailHasher.from_settings(warehouse_path())

    return source_of(context, lambda: _load(context, settings, hasher))


def _load(context: RunContext, settings: OpenAISettings, hasher: EmailHasher) -> Tables:
    """Everything the settings ask for; files first, because they are cheap to be wrong about."""
    writers: list[VersionWriter] = []

    def make_writer(table: ObjectTable) -> VersionWriter:
        known = context.known_versions(table.name)
        writers.append(VersionWriter(table, context.load_id, known, context.stats_for(table.name)))
        return writers[-1]

    costs = make_writer(COST_BUCKETS)
    if settings.cost_export_url:
        from_files = BucketWriter(COSTS, context, costs, via="file")
        yield from load_exports(settings.cost_export_url, from_files, hasher)
    if settings.admin_key:
        client = _client(context, settings, settings.admin_key)
        yield from _load_costs(context, client, costs, settings, hasher)
        yield from _load_usage(context, client, make_writer(USAGE_BUCKETS), settings, hasher)
        yield from load_names(client, make_writer, context, hasher)
        check_organisation(client.response_headers, dlt.current.source_state(), context)
    note_new_fields(dlt.current.source_state(), writers, context.warn)


def _client(context: RunContext, settings: OpenAISettings, key: str) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=key,
        key_setting=context.account.setting_name(ADMIN_KEY),
        url_setting=context.account.setting_name(BASE_URL),
        on_request=context.count_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """A day of costs and of each kind of usage, the projects, the folder of exports."""
    settings = read_settings(account, clock)
    if settings.cost_export_url:
        yield Probe(account.setting_name(COST_EXPORT_URL), True, "is set; it is read by a load")
    if not settings.admin_key:
        return
    client = ApiClient(
        base_url=settings.base_url,
        key=settings.admin_key,
        key_setting=account.setting_name(ADMIN_KEY),
        url_setting=account.setting_name(BASE_URL),
    )
    day = {"start_time": epoch(clock.date() - ONE_DAY), "bucket_width": "1d", "limit": 1}
    permission = "api.usage.read, which admin keys (sk-admin-) can have"
    yield from probe_addresses(
        client,
        [
            (COSTS.path, day, permission, True),
            *((endpoint.path, day, permission, False) for endpoint in USAGE_ENDPOINTS),
            ("/v1/organization/projects", {"limit": 1}, "api.management.read", False),
        ],
    )


def _load_costs(
    context: RunContext,
    client: ApiClient,
    versions: VersionWriter,
    settings: OpenAISettings,
    hasher: EmailHasher,
) -> Tables:
    """The bill; a key that may not read it cannot be of use, so that is an error."""
    writer = BucketWriter(COSTS, context, versions, via="list")
    try:
        yield from load_endpoint(COSTS, client, writer, settings.start_date, hasher)
    except AccessDeniedError as error:
        raise type(error)(f"{error} {_key_help(context.account)}") from error


def _load_usage(
    context: RunContext,
    client: ApiClient,
    versions: VersionWriter,
    settings: OpenAISettings,
    hasher: EmailHasher,
) -> Tables:
    """All usage endpoints; one that the key may not read, or the account lacks, is skipped."""
    for endpoint in USAGE_ENDPOINTS:
        writer = BucketWriter(endpoint, context, versions, via="list")
        try:
            yield from load_endpoint(endpoint, client, writer, settings.start_date, hasher)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            yield from writer.flush()
            skip(context, endpoint.name, str(error))


def _key_help(account: Account) -> str:
    return (
        "OpenAI's costs can be read with an admin key only (it starts with sk-admin-); an owner of "
        "the organisation makes one under Settings, Organization, Admin keys, with the permission "
        "to read usage (api.usage.read). Without one, put cost exports into a folder and set "
        f"{account.setting_name(COST_EXPORT_URL)}."
    )


SOURCE: Final = Source(
    name="openai",
    area="cost",
    title="OpenAI: billed cost and usage",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(ALL_TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
