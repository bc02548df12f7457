"""AWS: what it bills by day, through Cost Explorer, and how its models did, through CloudWatch.

| operation | raw tables | grain |
|---|---|---|
| `ce:GetCostAndUsage` | `cost_days`, `cost_rows` | UTC day; service and usage type |
| `cloudwatch:GetMetricData` | `metric_days`, `metric_rows` | UTC day; region and model |

This is the quick start for who has no export. An export of FOCUS or CUR 2.0 files (source `focus`)
says more and costs nothing a request: load one or the other, since both are the same bill.

AWS bills each request to Cost Explorer with a cent, each page is a request, and every run says how
many it made. Cost Explorer groups by two dimensions at most; requests by other pairs overlap, so
nothing else is asked for. `PRODUCT_ATTRIBUTE` is no third one: it leaves out all but Bedrock and
knows no day before 2026-09-01, so models are read from the usage types, as in AWS's files.

The cost is `UnblendedCost`, what invoices say, unless METRIC says otherwise. `control_amount` is
the day's total, asked for a second time without grouping. `is_final` is false while AWS calls the
day estimated, which it does until the month's invoice. Cursor: the days covered, in dlt's state.
Each run reads the last three days, the open month, until the 5th the month before, every day that
AWS last called estimated, and what START_DATE adds.

CloudWatch is for requests, errors, latency and tokens, never for money. Where the key may not read
it, it is skipped and listed.

Permissions: `ce:GetCostAndUsage`, which is the least, and `cloudwatch:ListMetrics` and
`cloudwatch:GetMetricData` for Bedrock's metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import dlt
import pyarrow as pa
from dlt.extract import DltSource

from pipelines.errors import AccessDeniedError, BadRequestError, KeyRefusedError, LoadError
from pipelines.loading.bill_days import DayWriter
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.emit import source_of
from pipelines.loading.source import Account, Probe, Source
from pipelines.loading.tables import LiftError, ObjectTable, all_schemas
from pipelines.loading.versions import VersionWriter
from pipelines.loading.windows import ONE_DAY, Coverage, DayRange, covered_after, days_to_read
from pipelines.sources.aws.metrics import NAMESPACE, days_kept, read_metrics
from pipelines.sources.aws.settings import (
    DOLLARS_PER_REQUEST,
    NEEDS,
    READ_COSTS,
    READ_METRICS,
    SETTINGS,
    AwsSettings,
    check_settings,
    read_settings,
)
from pipelines.sources.aws.tables import (
    ALL_TABLES,
    COST_DAYS,
    METRIC_DAYS,
    QUANTITY,
    cost_row,
    money,
)

if TYPE_CHECKING:  # botocore is imported by who uses it: every command imports this list of sources
    from pipelines.sources.aws.api import AwsApi, CostDay

Tables = Iterator[tuple[str, pa.Table]]

#: An invoice settles a month within about two weeks; days that are older are not asked for again.
MOST_ESTIMATED_DAYS: Final = 75
COSTS: Final = "Cost Explorer"
METRICS: Final = "CloudWatch metrics of Bedrock"


def build(context: RunContext) -> DltSource:
    """The dlt source for one run."""
    settings = read_settings(context.account, context.as_of)

    return source_of(context, lambda: _load(context, settings))


def _load(context: RunContext, settings: AwsSettings) -> Tables:
    from pipelines.sources.aws.api import AwsApi

    api = AwsApi(context.account, settings, context.count_request)
    try:
        yield from _load_costs(context, settings, api)
    except AccessDeniedError as error:
        raise type(error)(f"{error} {_key_help()}") from error
    yield from _load_metrics(context, settings, api)


def _load_costs(context: RunContext, settings: AwsSettings, api: AwsApi) -> Tables:
    state = dlt.current.source_state()
    account_id = _account_id(context, api, state)
    writer = _writer(context, COST_DAYS)
    before = _covered(state, "costs", writer)
    if before and state.get("metric", settings.metric) != settings.metric:
        context.warn(f"METRIC is {settings.metric} now, so every day is read again.")
        before = None
    if before and not context.full_refresh:
        context.mode = "incremental"
    read = 0
    for days in _cost_ranges(context, settings, before):
        context.progress(f"{COSTS} {days.first} to {days.end}")
        found = api.cost_days(days, [settings.metric, QUANTITY], is_grouped=True)
        totals = api.cost_days(days, [settings.metric], is_grouped=False)
        for day, said in sorted(found.items()):
            writer.add(
                day,
                said.groups,
                lambda group: cost_row(group, settings.metric),
                account_id=account_id,
                metric=settings.metric,
                is_final=not said.is_estimated and day + ONE_DAY <= context.as_of.date(),
                **_control(context, day, totals.get(day), settings.metric),
            )
            read += len(said.groups)
            yield from writer.flush()
        if missing := [day for day in days if day not in found]:
            context.warn(f"{COSTS} says nothing of {len(missing)} days, such as {missing[0]}.")
    yield from writer.flush(at_least=0)
    cents = Decimal(DOLLARS_PER_REQUEST) * api.cost_requests
    said_cost = f"{api.cost_requests} requests, for which AWS bills {cents} US dollars"
    context.warn(f"{COSTS}: {said_cost}.")
    context.endpoints.append(EndpointResult(COSTS, "loaded", said_cost, read, True))
    state["metric"] = settings.metric
    _cover(state, "costs", context, settings.start_date, before)


def _control(context: RunContext, day: date, said: CostDay | None, metric: str) -> dict[str, Any]:
    """The day's total of the request without grouping; nothing where it cannot be read."""
    if said is None:
        return {}
    try:
        amount, currency = money(said.total, metric)
    except LiftError as error:
        context.warn(f"{COSTS}: the total of {day} cannot be read ({error}).")
        return {}
    return {"control_amount": amount, "control_currency": currency}


def _cost_ranges(
    context: RunContext, settings: AwsSettings, before: Coverage | None
) -> list[DayRange]:
    """Days to read, oldest first; those that AWS last called estimated are among them."""
    ranges = days_to_read(
        context.as_of, settings.start_date, before, full_refresh=context.full_refresh
    )
    if not before or context.full_refresh or not ranges:
        return ranges
    *earlier, recent = ranges
    oldest = context.as_of.date() - timedelta(days=MOST_ESTIMATED_DAYS)
    estimated = context.query(
        "select min(reported_date) as day from (select reported_date, is_final, row_number() over "
        "(partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc) as place "
        "from cost_days where _dlt_load_id in (select load_id from _dlt_loads where status = 0)) "
        f"as days where place = 1 and not is_final and reported_date >= date '{oldest}'"
    )
    first = estimated[0]["day"] if estimated else None
    if first is None:
        return ranges
    first = max(date.fromisoformat(str(first)[:10]), settings.start_date)
    recent = DayRange(min(first, recent.first), recent.end)
    return [*(one for one in earlier if one.end <= recent.first), recent]


def _load_metrics(context: RunContext, settings: AwsSettings, api: AwsApi) -> Tables:
    """Bedrock's metrics; where the key may not read them, they are skipped and listed."""
    state = dlt.current.source_state()
    writer = _writer(context, METRIC_DAYS)
    before = _covered(state, "metrics", writer)
    days: dict[date, list[dict[str, Any]]] = {}
    spoken_of: set[date] = set()
    today = context.as_of.date()
    try:
        for whole in days_to_read(
            context.as_of, settings.start_date, before, full_refresh=context.full_refresh
        ):
            part = days_kept(whole, today)
            if not part.days:
                continue
            spoken_of |= set(part)
            for region in settings.regions:
                context.progress(f"{METRICS} {region} {part.first}")
                for day, rows in _models(context, api, region, part).items():
                    days.setdefault(day, []).extend(rows)
    except KeyRefusedError:
        raise
    except (AccessDeniedError, BadRequestError) as error:
        context.endpoints.append(EndpointResult(METRICS, "skipped", str(error), 0, False))
        context.warn(f"{METRICS} skipped: {error}")
        return
    except LoadError as error:  # costs are complete without them
        context.endpoints.append(EndpointResult(METRICS, "skipped", str(error), 0, False))
        context.warn(f"{METRICS} could not be read: {error}")
        return
    known = set(writer.versions.known)
    for day in sorted(spoken_of):
        # a day without metrics is one only where it had some: nobody used Bedrock before
        if day in days or f"bill|{day.isoformat()}" in known:
            writer.add(day, days.get(day, []), dict, is_final=(today - day).days > 1)
    yield from writer.flush(at_least=0)
    read = sum(map(len, days.values()))
    context.endpoints.append(EndpointResult(METRICS, "loaded", None, read, True))
    if read or before:
        _cover(state, "metrics", context, settings.start_date, before)


def _models(
    context: RunContext, api: AwsApi, region: str, days: DayRange
) -> dict[date, list[dict[str, Any]]]:
    """Rows of a region's models by day; percentiles are left out where nobody reckons them."""
    found = read_metrics(api, region, days, percentiles=False)
    rows = found.rows
    if rows:
        try:
            more = read_metrics(api, region, days, percentiles=True)
        except KeyRefusedError:
            raise
        except LoadError as error:
            context.warn(f"{METRICS}: no 95th percentile of latency in {region} ({error}).")
        else:
            found.incomplete |= more.incomplete
            for day, models in more.rows.items():
                for model, measures in models.items():
                    rows.setdefault(day, {}).setdefault(model, {}).update(measures)
    if found.incomplete:
        context.warn(
            f"{METRICS}: AWS sent a part only of {', '.join(sorted(found.incomplete))} in {region}."
        )
    return {
        day: [
            {"region": place, "model_id": model, **measures}
            for (place, model), measures in models.items()
        ]
        for day, models in rows.items()
    }


def _writer(context: RunContext, table: ObjectTable) -> DayWriter:
    known = context.known_versions(table.name)
    versions = VersionWriter(table, context.load_id, known, context.stats_for(table.name))
    return DayWriter(context, versions)


def _covered(state: dict[str, Any], name: str, writer: DayWriter) -> Coverage | None:
    """What earlier runs covered; a warehouse that knows no day was not covered at all."""
    said = state.get("covered_days", {}).get(name)
    if said is None or not writer.versions.known:
        return None
    return Coverage(date.fromisoformat(said["first"]), date.fromisoformat(said["last"]))


def _cover(
    state: dict[str, Any], name: str, context: RunContext, start: date, before: Coverage | None
) -> None:
    now = covered_after(context.as_of, start, before)
    state.setdefault("covered_days", {})[name] = {
        "first": now.first.isoformat(),
        "last": now.last.isoformat(),
    }


def _account_id(context: RunContext, api: AwsApi, state: dict[str, Any]) -> str | None:
    """Id of the key's AWS account. Raises LoadError if it is not the one loaded before."""
    found, before = api.account_id(), state.get("account_id")
    if found is None:
        return before
    if before and before != found:
        account = context.account
        raise LoadError(
            f"{account.dataset} holds the AWS account {before}, but the key belongs to {found}. "
            "Two accounts must not be mixed: give the new one a name of its own "
            "(SOURCES__<NAME>__KIND=aws), or restore the old key."
        )
    state["account_id"] = found
    context.claim(found)
    return found


def _key_help() -> str:
    return (
        f"Costs take the permission {READ_COSTS}, which is the least, in a policy of the user or "
        "role; the organisation's management account sees all of its accounts. Cost Explorer "
        "itself is switched on once, in the console under Billing, by the account's owner."
    )


def probe(account: Account, clock: datetime) -> Iterator[Probe]:
    """A day of costs, which AWS bills with a cent, and the names of Bedrock's metrics."""
    from pipelines.sources.aws.api import AwsApi

    settings = read_settings(account, clock)
    api = AwsApi(account, settings)
    yesterday = clock.date() - ONE_DAY
    try:
        api.cost_days(DayRange(yesterday, clock.date()), [settings.metric], is_grouped=False)
    except KeyRefusedError as error:
        yield Probe(COSTS, False, str(error))
        return
    except AccessDeniedError:
        yield Probe(COSTS, False, f"needs the permission {READ_COSTS}. {_key_help()}")
    except BadRequestError as error:
        yield Probe(COSTS, False, str(error))
    else:
        yield Probe(COSTS, True, "readable; this check cost a cent")
    region = settings.regions[0]
    try:
        api.call("cloudwatch", region, "list_metrics", READ_METRICS, {"Namespace": NAMESPACE})
    except AccessDeniedError:
        yield Probe(METRICS, False, f"needs the permission {READ_METRICS}", is_required=False)
    except LoadError as error:
        yield Probe(METRICS, False, str(error), is_required=False)
    else:
        yield Probe(METRICS, True, "readable", is_required=False)


SOURCE: Final = Source(
    name="aws",
    area="cost",
    title="AWS: billed cost by day, Bedrock's metrics",
    settings=SETTINGS,
    needs=NEEDS,
    tables=all_schemas(ALL_TABLES),
    build=build,
    check_settings=check_settings,
    probe=probe,
)
