"""Datadog: what it bills, what was used of it by hour, and how services did by its metrics.

| endpoint | raw tables | grain |
|---|---|---|
| `/api/v2/usage/estimated_cost`, `historical_cost` | `cost_days`, `cost_rows` | UTC day; charge |
| `/api/v2/usage/hourly_usage` | `usage_days`, `usage_rows` | UTC day; measurement of an hour |
| `/api/v2/query/timeseries` | `metric_days`, `metric_rows` | UTC day; service |

How months become days, and when they are final, is in `costs.py`. Amounts are floats without a
currency: they are read as they are written, to the nano-dollar, in the currency that CURRENCY says.

Cursor: none for costs. Each run reads the open month and the one before, and earlier months that
are not final in the warehouse. Usage may arrive three days late, so each run reads its last four
days again; a first one the last 31. Metrics are asked for where a setting says the query.

Permissions: an application key with `usage_read` and `billing_read`, of the organisation that pays;
`timeseries_query` for metrics. Usage and metrics are skipped and listed where the key may not read
them; costs are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
from dlt.extract import DltSource

from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, NotFoundError
from pipelines.loading.bill_days import DayWriter
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.emit import source_of
from pipelines.loading.probing import probe_addresses
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import LiftError, ObjectTable, all_schemas
from pipelines.loading.versions import VersionWriter
from pipelines.loading.windows import ONE_DAY, DayRange, last_day
from pipelines.sources.datadog.api import (
    ESTIMATED_COST,
    HISTORICAL_COST,
    HOURLY_USAGE,
    TIMESERIES,
    DatadogClient,
)
from pipelines.sources.datadog.costs import (
    HISTORICAL,
    BilledDay,
    month_of,
    next_month,
    read_month,
    written,
)
from pipelines.sources.datadog.settings import (
    APP_KEY,
    NEEDS,
    SETTINGS,
    DatadogSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.datadog.tables import ALL_TABLES, COST_DAYS, METRIC_DAYS, USAGE_DAYS
from pipelines.sources.datadog.usage import read_services, read_usage, usage_row

Tables = Iterator[tuple[str, pa.Table]]

#: Usage and metrics of so many days are read by a first run.
FIRST_DAYS: Final = 31
#: Days that every run reads again: usage arrives up to 72 hours late.
LATE_DAYS: Final = 4
COST_PERMISSION: Final = "usage_read and billing_read"


def build(context: RunContext) -> DltSource:
    """The dlt source for one run."""
    settings = read_settings(context.account, context.as_of)

    return source_of(context, lambda: _load(context, settings))


def _load(context: RunContext, settings: DatadogSettings) -> Tables:
    client = DatadogClient(context.account, settings, context.count_request)
    try:
        yield from _load_costs(context, settings, client)
    except AccessDeniedError as error:
        raise type(error)(f"{error} {_key_help(context.account)}") from error
    yield from _load_usage(context, settings, client)
    yield from _load_metrics(context, settings, client)


def _load_costs(context: RunContext, settings: DatadogSettings, client: DatadogClient) -> Tables:
    writer = _writer(context, COST_DAYS)
    today = last_day(context.as_of)
    settled = set() if context.full_refresh else _settled_months(context, settings.start_date)
    if writer.versions.known and not context.full_refresh:
        context.mode = "incremental"
    month, read, account_id = month_of(settings.start_date), 0, None
    while month <= today:
        if month not in settled:
            context.progress(f"costs of {month:%Y-%m}")
            billed = read_month(client, month, today, context.warn)
            for one in billed:
                if one.day >= settings.start_date:
                    account_id = account_id or _account_of(one)
                    _write(writer, one, settings.currency)
                    read += len(one.amounts.lines)
            yield from writer.flush()
        month = next_month(month)
    if account_id:
        context.claim(account_id)
    yield from writer.flush(at_least=0)
    context.endpoints.append(EndpointResult("costs", "loaded", None, read, True))


def _write(writer: DayWriter, billed: BilledDay, currency: str) -> None:
    problems = {id(charge): error for error, charge in billed.amounts.unreadable}

    def read(row: Any) -> Any:
        if error := problems.get(id(row)):
            raise error
        return row

    control = {}
    if billed.amounts.total is not None:
        control = {"control_amount": billed.amounts.total, "control_currency": currency}
    writer.add(
        billed.day,
        [*written(billed.amounts, currency), *(charge for _, charge in billed.amounts.unreadable)],
        read,
        account_id=_account_of(billed),
        report=billed.report,
        is_final=billed.report == HISTORICAL,
        **control,
    )


def _account_of(billed: BilledDay) -> str | None:
    """The paying account, where all lines are of one."""
    accounts = {line[2] for line in billed.amounts.lines} - {None}
    return accounts.pop() if len(accounts) == 1 else None


def _settled_months(context: RunContext, start: date) -> set[date]:
    """Months of which the warehouse holds what is final."""
    rows = context.query(
        "select reported_date, report from (select reported_date, report, row_number() over "
        "(partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc) as place "
        "from cost_days where _dlt_load_id in (select load_id from _dlt_loads where status = 0)) "
        "as days where place = 1"
    )
    months: dict[date, list[date]] = {}
    estimated = set()
    for row in rows:
        day = date.fromisoformat(str(row["reported_date"])[:10])
        months.setdefault(month_of(day), []).append(day)
        if row["report"] != HISTORICAL:
            estimated.add(month_of(day))
    newest_month = month_of(last_day(context.as_of))
    return {
        month
        for month, days in months.items()
        # the newest final month is looked at on every run, for corrections
        if month not in estimated
        and next_month(next_month(month)) <= newest_month
        and min(days) <= max(month, start)
    }


def _load_usage(context: RunContext, settings: DatadogSettings, client: DatadogClient) -> Tables:
    writer = _writer(context, USAGE_DAYS)
    days = _recent_days(context, settings, writer)
    read = 0
    try:
        for day in days:
            context.progress(f"usage of {day}")
            rows = read_usage(client, day)
            read += len(rows)
            # nothing at all may be a day that Datadog has not reached
            if rows or f"bill|{day.isoformat()}" in writer.versions.known:
                writer.add(day, rows, usage_row, is_final=_is_settled(context, day))
            yield from writer.flush()
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError, BadRequestError) as error:
        yield from writer.flush(at_least=0)
        _skip(context, HOURLY_USAGE, str(error))
        return
    yield from writer.flush(at_least=0)
    context.endpoints.append(EndpointResult(HOURLY_USAGE, "loaded", None, read, True))


def _load_metrics(context: RunContext, settings: DatadogSettings, client: DatadogClient) -> Tables:
    if not settings.queries:
        return
    writer = _writer(context, METRIC_DAYS)
    days = _recent_days(context, settings, writer)
    try:
        found = read_services(client, settings.queries, settings.latency_unit, days)
    except KeyRefusedError:
        raise
    except (AccessDeniedError, NotFoundError, BadRequestError, LiftError) as error:
        _skip(context, TIMESERIES, f"{error} It takes the permission timeseries_query.")
        return
    for day in days:
        services = found.get(day, {})
        if services or f"bill|{day.isoformat()}" in writer.versions.known:
            rows = [{"service": name, **measures} for name, measures in services.items()]
            writer.add(day, rows, dict, is_final=_is_settled(context, day))
    yield from writer.flush(at_least=0)
    read = sum(map(len, found.values()))
    context.endpoints.append(EndpointResult(TIMESERIES, "loaded", None, read, True))


def _recent_days(context: RunContext, settings: DatadogSettings, writer: DayWriter) -> DayRange:
    """The last days again, and those since the newest that is known; a first run reads a month."""
    end = last_day(context.as_of) + ONE_DAY
    known = [date.fromisoformat(one.partition("|")[2]) for one in writer.versions.known]
    newest = max((day for day in known if day < end), default=None)
    if newest is None or context.full_refresh:
        first = end - FIRST_DAYS * ONE_DAY
    else:
        first = min(newest + ONE_DAY, end) - LATE_DAYS * ONE_DAY
        first = max(first, end - 2 * FIRST_DAYS * ONE_DAY)
    return DayRange(max(first, settings.start_date), end)


def _is_settled(context: RunContext, day: date) -> bool:
    return (last_day(context.as_of) - day).days >= LATE_DAYS


def _skip(context: RunContext, endpoint: str, reason: str) -> None:
    context.endpoints.append(EndpointResult(endpoint, "skipped", reason, 0, False))
    context.warn(f"{endpoint} skipped: {reason}")


def _writer(context: RunContext, table: ObjectTable) -> DayWriter:
    known = context.known_versions(table.name)
    versions = VersionWriter(table, context.load_id, known, context.stats_for(table.name))
    return DayWriter(context, versions)


def _key_help(account: Account) -> str:
    return (
        f"Datadog's costs take an application key with the permissions {COST_PERMISSION}, of the "
        "organisation that pays (the parent of all others), and any API key of it; both are made "
        "under Organization Settings. The site must be theirs. Put the application key into "
        f"{account.setting_name(APP_KEY)}."
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """A month of each kind of cost, an hour of usage, and a metrics query where one is set."""
    settings = read_settings(account, clock)
    client = DatadogClient(account, settings)
    today = last_day(clock)
    month = f"{month_of(today):%Y-%m}"
    before = f"{month_of(month_of(today) - ONE_DAY):%Y-%m}"
    yield from probe_addresses(
        client,
        [
            (ESTIMATED_COST, {"view": "summary", "start_month": month}, COST_PERMISSION, True),
            (HISTORICAL_COST, {"view": "summary", "start_month": before}, COST_PERMISSION, True),
            (
                HOURLY_USAGE,
                {
                    "filter[timestamp][start]": f"{today.isoformat()}T00",
                    "filter[product_families]": "all",
                    "page[limit]": 1,
                },
                "usage_read",
                False,
            ),
        ],
    )
    if settings.queries:
        name, query = next(iter(settings.queries.items()))
        start = datetime.combine(today, datetime.min.time(), clock.tzinfo)
        try:
            client.timeseries(query, start, start + ONE_DAY, 86_400_000)
        except (AccessDeniedError, NotFoundError, BadRequestError) as error:
            yield Probe(TIMESERIES, False, f"{name}: {error}", is_required=False)
        else:
            yield Probe(TIMESERIES, True, "readable", is_required=False)


SOURCE: Final = Source(
    name="datadog",
    area="cost",
    title="Datadog: billed cost, usage by hour, how services did",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(ALL_TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
