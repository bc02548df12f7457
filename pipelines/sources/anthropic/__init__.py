"""Anthropic: what it bills, what was used, and how workspaces, keys and users are called.

| endpoint (below `/v1/organizations`) | raw tables | grain |
|---|---|---|
| `/analytics/cost`, else `/cost_report` | `cost_days`, `cost_rows` | UTC day; group in it |
| `/analytics/usage`, else `/usage_report/messages` | `usage_days`, `usage_rows` | the same |
| `/analytics/cost` by actor, else `/usage_report/claude_code` | `actor_days`, `actor_rows` | same |
| `/workspaces` (archived ones and the default one, too) | `workspaces` | workspace |
| `/api_keys` | `api_keys` | key |
| `/users` | `users` | user |

Costs are grouped by kind and type of token, model, workspace, key, service tier and context window;
those of the older report by workspace and description.

Every object table holds one row per *version* of an object (`pipelines.loading.versions`); write
disposition is append. A day is one object, whichever pair of reports said it: restated, it gets a
new version whose nested rows replace those of the version before. Days without rows, up to which
the vendor's data reach, are versions without rows: nothing was billed.

Amounts come as decimal texts in fractional *cents* and are kept as dollars, shifted by two places,
exactly; a row whose amount or currency is anything else is in `quarantine`. `amount` is after
discounts and before credits, `list_amount` before discounts. The three input counts of usage are
disjoint. `grouped_by` of a day lists what its rows are grouped by: a null elsewhere says nothing.
`control_amount` is the day's total, asked for a second time without any grouping. `is_final` is
true once the vendor's data reach 72 hours beyond the day's end.

The older pair is read where the newer is refused (404, 403, or 400 that speaks of the beta or of
the organisation's kind), or if the setting REPORTS says so. It knows no keys of costs, and no cost
of Priority Tier.

Who caused a cost is asked for in a request of its own, by actor, product and model: another view of
the same bill, never added to it. With the older reports it is Claude Code's own estimate in whole
cents, of the last 31 days at most.

Cursor: the days covered so far, in dlt's state. Each run reads the last 35 days before its cursor
again, those since, and what START_DATE adds, at most 31 days a request.

Permissions: a key with the scope `read:analytics`, which is the least that reads the newer pair, or
an admin key (`sk-ant-admin...`), which the older pair and the names need. Names are skipped and
listed where the key may not read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import dlt
from dlt.extract import DltSource

from pipelines.config import warehouse_path
from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, NotFoundError
from pipelines.loading.context import RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.emit import source_of
from pipelines.loading.http import ApiClient, HeaderAuth
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import ObjectTable, all_schemas
from pipelines.loading.versions import VersionWriter, note_new_fields
from pipelines.loading.windows import last_day
from pipelines.sources.anthropic.api import ANALYTICS_BETA, VERSION
from pipelines.sources.anthropic.days import DayLoader, Tables, first_day_of
from pipelines.sources.anthropic.names import load_names, organization_of, skip
from pipelines.sources.anthropic.settings import (
    ADMIN_KEY,
    ANALYTICS,
    BASE_URL,
    LEGACY,
    NEEDS,
    SETTINGS,
    AnthropicSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.anthropic.tables import (
    ACTOR_DAYS,
    ALL_TABLES,
    ANALYTICS_ACTORS,
    ANALYTICS_COST,
    ANALYTICS_USAGE,
    COST_DAYS,
    LEGACY_ACTORS,
    LEGACY_COST,
    LEGACY_USAGE,
    USAGE_DAYS,
    Report,
)


def build(context: RunContext) -> DltSource:
    """The dlt source for one run."""
    settings = read_settings(context.account, context.as_of)
    hasher = EmailHasher.from_settings(warehouse_path())

    return source_of(context, lambda: _load(context, settings, hasher))


def _load(context: RunContext, settings: AnthropicSettings, hasher: EmailHasher) -> Tables:
    writers: list[VersionWriter] = []

    def make_writer(table: ObjectTable) -> VersionWriter:
        known = context.known_versions(table.name)
        writers.append(VersionWriter(table, context.load_id, known, context.stats_for(table.name)))
        return writers[-1]

    client = _client(context.account, settings, context.count_request)
    try:
        organization = organization_of(client, dlt.current.source_state(), context)
        cost, usage = _reports(client, context, settings)

        def loader(table: ObjectTable) -> DayLoader:
            return DayLoader(client, context, hasher, make_writer(table), organization)

        yield from loader(COST_DAYS).load(cost, settings.start_date)
    except AccessDeniedError as error:
        raise type(error)(f"{error} {_key_help(context.account)}") from error
    yield from _load_usage(context, loader(USAGE_DAYS), usage, settings)
    actors = LEGACY_ACTORS if cost.is_legacy else ANALYTICS_ACTORS
    yield from _load_usage(context, loader(ACTOR_DAYS), actors, settings)
    yield from load_names(client, make_writer, context, hasher)
    note_new_fields(dlt.current.source_state(), writers, context.warn)


def _client(
    account: Account, settings: AnthropicSettings, on_request: Callable[[], None] | None = None
) -> ApiClient:
    return ApiClient(
        base_url=settings.base_url,
        key=settings.admin_key,
        key_setting=account.setting_name(ADMIN_KEY),
        url_setting=account.setting_name(BASE_URL),
        headers={"anthropic-version": VERSION, "anthropic-beta": ANALYTICS_BETA},
        auth=HeaderAuth("x-api-key", settings.admin_key),
        on_request=on_request,
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """A row of each report of both generations: either pair does."""
    settings = read_settings(account, clock)
    client = _client(account, settings)
    today = last_day(clock)
    since = {"starting_at": f"{today.isoformat()}T00:00:00Z", "limit": 1}
    newer = list(
        probe_addresses(
            client,
            [
                (one.path, since, "read:analytics", False)
                for one in (ANALYTICS_COST, ANALYTICS_USAGE)
            ],
        )
    )
    yield from newer
    if newer[0].is_readable:
        return
    yield from probe_addresses(
        client,
        [
            (LEGACY_COST.path, since, "of an admin key", True),
            (LEGACY_USAGE.path, since, "of an admin key", False),
        ],
    )


def _reports(
    client: ApiClient, context: RunContext, settings: AnthropicSettings
) -> tuple[Report, Report]:
    """The pair of reports to read: the newer one, unless it is refused."""
    today = last_day(context.as_of)
    first = first_day_of(ANALYTICS_COST, settings.start_date, today)
    if settings.reports == LEGACY or first > today:
        return LEGACY_COST, LEGACY_USAGE
    if settings.reports != ANALYTICS:
        try:
            client.get(
                ANALYTICS_COST.path,
                {"starting_at": f"{today.isoformat()}T00:00:00Z", "limit": 1},
            )
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError, BadRequestError) as error:
            if isinstance(error, BadRequestError) and not _speaks_of_access(str(error)):
                raise
            context.warn(
                f"the newer reports are refused ({error}), so the older ones are read: costs come "
                "without keys, and Priority Tier is not in them."
            )
            return LEGACY_COST, LEGACY_USAGE
    if first > settings.start_date and context.account.setting("START_DATE"):
        context.warn(f"the newer reports reach back to {first}; days before it are not loaded.")
    return ANALYTICS_COST, ANALYTICS_USAGE


def _speaks_of_access(message: str) -> bool:
    """Whether a refusal with 400 concerns the beta or the organisation, not our request."""
    said = message.partition(" answered 400:")[2].lower()
    return any(word in said for word in ("beta", "hipaa", "not available", "not enabled"))


def _load_usage(
    context: RunContext, loader: DayLoader, report: Report, settings: AnthropicSettings
) -> Tables:
    """What a bill is complete without; where the key may not read it, it is skipped."""
    try:
        yield from loader.load(report, settings.start_date)
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError, BadRequestError) as error:
        yield from loader.versions.flush()
        skip(context, report.name, str(error))


def _key_help(account: Account) -> str:
    return (
        "Anthropic's costs can be read with a key that has the scope read:analytics, which is the "
        "least that is needed, or with an admin key (sk-ant-admin...); an admin of the "
        "organisation makes either in the Console under Settings. Keys of workspaces cannot read "
        "costs. Put it "
        f"into {account.setting_name(ADMIN_KEY)}."
    )


SOURCE: Final = Source(
    name="anthropic",
    area="cost",
    title="Anthropic: billed cost and usage",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(ALL_TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
