"""What was used of Datadog by hour, and how services did by the metrics that Datadog keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.bill_days import MOST, exact
from pipelines.loading.tables import JsonObject, LiftError
from pipelines.loading.windows import ONE_DAY, DayRange
from pipelines.sources.datadog.api import HOURLY_USAGE, TIMESERIES, DatadogClient, moment_of
from pipelines.sources.datadog.settings import LATENCY_UNITS

DAY_MS: Final = 86_400_000
ALL_SERVICES: Final = "__all__"
_THOUSANDTH: Final = Decimal("0.001")


def read_usage(client: DatadogClient, day: date) -> list[dict[str, Any]]:
    """Measurements of a UTC day, of all families and organisations; one day a request.

    Raises:
        LoadError: Datadog refuses or cannot be reached.
    """
    query = {
        "filter[timestamp][start]": f"{day.isoformat()}T00",
        "filter[timestamp][end]": f"{(day + ONE_DAY).isoformat()}T00",
        "filter[product_families]": "all",
        "filter[include_descendants]": "true",
    }
    found = []
    for record in client.pages(HOURLY_USAGE, query):
        moment = moment_of(record.get("timestamp"))
        if moment is None or moment.date() != day:
            raise LoadError(
                f"{HOURLY_USAGE} sent a record of {record.get('timestamp')!r}, but {day} was asked "
                "for. Nothing of this run was loaded; run again later."
            )
        measurements = record.get("measurements")
        for measurement in measurements if isinstance(measurements, list) else []:
            found.append({"record": record, "hour": moment.hour, "measurement": measurement})
    return found


def usage_row(found: Mapping[str, Any]) -> JsonObject:
    """A measurement of an hour; a value that is null is unknown. Raises LiftError."""
    record, measurement = found["record"], found["measurement"]
    if not isinstance(measurement, Mapping) or not isinstance(measurement.get("usage_type"), str):
        raise LiftError("measurements", measurement, "measurement with a usage type")
    value = measurement.get("value")
    return {
        "hour": found["hour"],
        "org_id": record.get("public_id"),
        "region": record.get("region"),
        "product_family": record.get("product_family"),
        "usage_type": measurement["usage_type"],
        "value": None if value is None else exact("measurements.value", value, MOST),
    }


def read_services(
    client: DatadogClient, queries: Mapping[str, str], unit: str, days: DayRange
) -> dict[date, dict[str, dict[str, Any]]]:
    """Day -> service -> column -> value, of the queries that are set; one request a query.

    Raises:
        LoadError: Datadog refuses or cannot be reached.
    """
    start = datetime.combine(days.first, datetime.min.time(), UTC)
    end = datetime.combine(days.end, datetime.min.time(), UTC)
    found: dict[date, dict[str, dict[str, Any]]] = {}
    for column, query in queries.items():
        answer = client.timeseries(query, start, end, DAY_MS)
        for day, service, value in _points(answer, days):
            of_service = found.setdefault(day, {}).setdefault(service, {})
            if column.endswith("latency"):
                milliseconds = value * Decimal(LATENCY_UNITS[unit])
                of_service[f"{column}_ms"] = milliseconds.quantize(_THOUSANDTH)
            else:
                of_service[column] = value
    return found


def _points(answer: Mapping[str, Any], days: DayRange) -> Iterator[tuple[date, str, Decimal]]:
    """Day, service and value of every point that is known."""
    times, series, values = (answer.get(name) or [] for name in ("times", "series", "values"))
    if not all(isinstance(one, list) for one in (times, series, values)):
        raise LoadError(f"{TIMESERIES} sent no lists of times, series and values.")
    if len(series) != len(values):
        raise LoadError(f"{TIMESERIES} sent {len(series)} series with {len(values)} of values.")
    for one, points in zip(series, values, strict=True):
        service = _service(one)
        if not isinstance(points, list) or len(points) != len(times):
            raise LoadError(f"{TIMESERIES} sent other values than one for each of its times.")
        for milliseconds, value in zip(times, points, strict=True):
            day = _day_of(milliseconds)
            if value is not None and day is not None and day in days:
                yield day, service, exact("values", value, MOST)


def _day_of(milliseconds: Any) -> date | None:
    try:
        return datetime.fromtimestamp(int(milliseconds) // 1000, UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _service(series: Any) -> str:
    """`service:checkout` of a series' tags; all services as one where it is not by service."""
    tags = series.get("group_tags") if isinstance(series, Mapping) else None
    for tag in tags if isinstance(tags, list) else []:
        name, _, value = str(tag).partition(":")
        if name == "service" and value:
            return value
    return ALL_SERVICES
