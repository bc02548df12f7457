"""How models at Bedrock did, by UTC day: CloudWatch's namespace `AWS/Bedrock`, never for money.

Which metrics there are is asked for, not assumed. Sums of a day and the mean and 95th percentile
of latency are CloudWatch's own. A metric that says nothing of a day is null, not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from pipelines.loading.windows import ONE_DAY, DayRange
from pipelines.sources.aws.settings import READ_METRICS

if TYPE_CHECKING:
    from pipelines.sources.aws.api import AwsApi

NAMESPACE: Final = "AWS/Bedrock"
DIMENSION: Final = "ModelId"
DAY_SECONDS: Final = 86_400
#: CloudWatch keeps hourly values so long.
DAYS_KEPT: Final = 455
QUERIES_PER_CALL: Final = 500

#: Column of a row -> metric and statistic.
MEASURES: Final = {
    "invocations": ("Invocations", "Sum"),
    "client_errors": ("InvocationClientErrors", "Sum"),
    "server_errors": ("InvocationServerErrors", "Sum"),
    "throttles": ("InvocationThrottles", "Sum"),
    "mean_latency_ms": ("InvocationLatency", "Average"),
    "p95_latency_ms": ("InvocationLatency", "p95"),
    "input_tokens": ("InputTokenCount", "Sum"),
    "output_tokens": ("OutputTokenCount", "Sum"),
    "cache_read_tokens": ("CacheReadInputTokenCount", "Sum"),
    "cache_write_tokens": ("CacheWriteInputTokenCount", "Sum"),
}
_THOUSANDTH: Final = Decimal("0.001")


@dataclass(frozen=True)
class Measured:
    """One column of one model's days in a region."""

    region: str
    model: str
    column: str


@dataclass
class Readings:
    """What CloudWatch said.

    Attributes:
        rows: day -> region and model -> column -> value.
        incomplete: metrics of which AWS sent a part only.
    """

    rows: dict[date, dict[tuple[str, str], dict[str, Any]]]
    incomplete: set[str]


def read_metrics(api: AwsApi, region: str, days: DayRange, *, percentiles: bool) -> Readings:
    """Every day of every model of a region; `percentiles` in place of sums and means.

    Raises:
        LoadError: CloudWatch refuses or cannot be reached.
    """
    found = Readings({}, set())
    wanted = [
        Measured(region, model, column)
        for model, name in _metrics_there(api, region)
        for column, (metric, statistic) in MEASURES.items()
        if metric == name and (statistic[0] == "p") is percentiles
    ]
    for start in range(0, len(wanted), QUERIES_PER_CALL):
        part = wanted[start : start + QUERIES_PER_CALL]
        _read_part(api, region, part, days, found)
    return found


def _metrics_there(api: AwsApi, region: str) -> list[tuple[str, str]]:
    """Model and metric, of the metrics that are of one model and nothing else."""
    pages = api.paginate(
        "cloudwatch", region, "list_metrics", READ_METRICS, {"Namespace": NAMESPACE}
    )
    return sorted(
        {
            (dimensions[0]["Value"], metric["MetricName"])
            for page in pages
            for metric in page.get("Metrics") or []
            if len(dimensions := metric.get("Dimensions") or []) == 1
            and dimensions[0].get("Name") == DIMENSION
        }
    )


def _read_part(
    api: AwsApi, region: str, part: list[Measured], days: DayRange, found: Readings
) -> None:
    query = {
        "StartTime": _midnight(days.first),
        "EndTime": _midnight(days.end),
        "ScanBy": "TimestampAscending",
        "MetricDataQueries": list(_queries(part)),
    }
    last_status: dict[str, str] = {}
    for page in api.paginate("cloudwatch", region, "get_metric_data", READ_METRICS, query):
        for result in page.get("MetricDataResults") or []:
            name = str(result.get("Id"))
            measured = part[int(name.removeprefix("m"))]
            last_status[name] = str(result.get("StatusCode") or "Complete")
            values = zip(result.get("Timestamps") or [], result.get("Values") or [], strict=False)
            for moment, value in values:
                day = moment.astimezone(UTC).date()
                if day in days:
                    model = found.rows.setdefault(day, {}).setdefault((region, measured.model), {})
                    model[measured.column] = _value(measured.column, value)
    found.incomplete |= {
        MEASURES[part[int(name.removeprefix("m"))].column][0]
        for name, status in last_status.items()
        if status != "Complete"
    }


def _queries(part: Iterable[Measured]) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(part):
        metric, statistic = MEASURES[one.column]
        yield {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": metric,
                    "Dimensions": [{"Name": DIMENSION, "Value": one.model}],
                },
                "Period": DAY_SECONDS,
                "Stat": statistic,
            },
        }


def _value(column: str, value: Any) -> Any:
    """CloudWatch sends floats: counts are whole numbers, times are kept to a thousandth."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value))
    if column.endswith("_ms"):
        return number.quantize(_THOUSANDTH, ROUND_HALF_UP)
    return int(number.to_integral_value(ROUND_HALF_UP))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def days_kept(days: DayRange, today: date) -> DayRange:
    """The part of a range that CloudWatch still has."""
    return DayRange(max(days.first, today - DAYS_KEPT * ONE_DAY), days.end)
