"""How Anthropic's organisation API pages: days by an opaque token, lists by the last id.

Every way in which paging can go wrong (a token that comes back, more without a token, a row outside
the range that was asked for) is an error that names the report: the alternative is a cost that is
counted twice or never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.http import ApiClient
from pipelines.loading.tables import JsonObject
from pipelines.loading.windows import ONE_DAY, DayRange
from pipelines.sources.anthropic.tables import DAYS_PER_REQUEST, Report

VERSION: Final = "2023-06-01"
#: Without it the analytics reports are refused.
ANALYTICS_BETA: Final = "analytics-usage-cost-2026-08-24"

ROWS_PER_PAGE: Final = 1000
LIST_LIMIT: Final = 1000
MOST_PAGES: Final = 10_000

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


@dataclass
class ReportDays:
    """What a report says of a range of days.

    Attributes:
        days: each UTC day that the report speaks of -> its rows as they came. The newer reports
            send no row for a day without cost, so they speak of the whole range; the older ones
            send an empty bucket, so a day without a bucket is not spoken of.
        refreshed_at: up to when the vendor's data reach, where it says so.
    """

    days: dict[date, list[Any]]
    refreshed_at: datetime | None = None
    pages: int = field(default=0)


def parts_of(days: DayRange) -> list[DayRange]:
    """The range in parts that one request may span, oldest first."""
    parts = []
    first = days.first
    while first < days.end:
        end = min(first + DAYS_PER_REQUEST * ONE_DAY, days.end)
        parts.append(DayRange(first, end))
        first = end
    return parts


def read_days(
    client: ApiClient, report: Report, days: DayRange, group_by: Sequence[str]
) -> ReportDays:
    """All rows of all days of a range that one request may span, grouped by `group_by`."""
    if report.is_daily:
        return _read_daily(client, report, days)
    found = ReportDays({} if report.is_legacy else {day: [] for day in days})
    token: str | None = None
    used: set[str] = set()
    query = _query(report, days, group_by)
    while True:
        body = client.get(report.path, query if token is None else {**query, "page": token})
        page = body.get("data")
        if not isinstance(page, list):
            raise LoadError(f"{report.path} sent a page without a list of rows. {_TRY_AGAIN}")
        for day, rows in _by_day(report, page):
            if day not in days:
                raise LoadError(
                    f"{report.path} sent {day}, but {days.first} to {days.end} was asked for. "
                    f"{_TRY_AGAIN}"
                )
            found.days.setdefault(day, []).extend(rows)
        found.refreshed_at = _time(body.get("data_refreshed_at")) or found.refreshed_at
        found.pages += 1
        if not body.get("has_more"):
            return found
        token = body.get("next_page")
        if not isinstance(token, str) or not token:
            raise LoadError(f"{report.path} says that there is more, but not where. {_TRY_AGAIN}")
        if token in used or found.pages >= MOST_PAGES:
            raise LoadError(f"{report.path} repeats a page token. {_TRY_AGAIN}")
        used.add(token)


def _read_daily(client: ApiClient, report: Report, days: DayRange) -> ReportDays:
    """Claude Code's own report: a day a request, a row for each model that an actor used.

    Its amounts are whole cents and an estimate.
    """
    found = ReportDays({})
    for day in days:
        rows = found.days.setdefault(day, [])
        query: dict[str, Any] = {"starting_at": day.isoformat(), "limit": ROWS_PER_PAGE}
        used: set[str] = set()
        while True:
            body = client.get(report.path, query)
            page = body.get("data")
            if not isinstance(page, list):
                raise LoadError(f"{report.path} sent a page without a list of rows. {_TRY_AGAIN}")
            for item in page:
                rows.extend(_models_of(item) if isinstance(item, Mapping) else [item])
            found.pages += 1
            if not body.get("has_more"):
                break
            token = body.get("next_page")
            if not isinstance(token, str) or not token or token in used:
                raise LoadError(f"{report.path} repeats a page token. {_TRY_AGAIN}")
            used.add(token)
            query["page"] = token
    return found


def _models_of(item: Mapping[str, Any]) -> Iterator[Any]:
    """An actor's row of a day as one for each model; whole cents as the text of them."""
    models = item.get("model_breakdown")
    for one in models if isinstance(models, list) else []:
        cost = one.get("estimated_cost") if isinstance(one, Mapping) else None
        amount = cost.get("amount") if isinstance(cost, Mapping) else None
        is_whole = isinstance(amount, int) and not isinstance(amount, bool)
        yield {
            "actor": item.get("actor"),
            "product": "claude_code",
            "model": one.get("model") if isinstance(one, Mapping) else None,
            "amount": str(amount) if is_whole else amount,
            "currency": cost.get("currency") if isinstance(cost, Mapping) else None,
            "basis": "estimated",
        }


def _query(report: Report, days: DayRange, group_by: Sequence[str]) -> dict[str, Any]:
    query: dict[str, Any] = {"starting_at": _midnight(days.first), "ending_at": _midnight(days.end)}
    if report.is_legacy:
        query |= {"bucket_width": "1d", "limit": DAYS_PER_REQUEST}
    else:
        query |= {
            "time_bucket_width": "1d",
            "limit": ROWS_PER_PAGE,
            "order_by": "time",
            "order": "asc",
        }
    if group_by:
        query["group_by[]"] = list(group_by)
    return query


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _by_day(report: Report, page: list[Any]) -> Iterator[tuple[date, list[Any]]]:
    """Rows of a page with the day each is of; the older reports send a bucket a day."""
    for item in page:
        start = _time(item.get("starting_at")) if isinstance(item, Mapping) else None
        if start is None:
            raise LoadError(f"{report.path} sent a row without a starting_at. {_TRY_AGAIN}")
        if not report.is_legacy:
            yield start.date(), [item]
            continue
        results = item.get("results")
        if not isinstance(results, list):
            raise LoadError(f"{report.path} sent a day without a list of results. {_TRY_AGAIN}")
        yield start.date(), results


def _time(text: Any) -> datetime | None:
    """An RFC 3339 time as aware UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def is_settled(day: date, refreshed_at: datetime, hours: int) -> bool:
    """Whether data that reach to `refreshed_at` tell of a day that no longer changes."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE_DAY
    return refreshed_at >= end + timedelta(hours=hours)


def list_all(
    client: ApiClient, path: str, params: Mapping[str, Any] | None = None
) -> Iterator[JsonObject]:
    """Every object of a list, page after page by the last id."""
    query: dict[str, Any] = {"limit": LIST_LIMIT, **(params or {})}
    used: set[str] = set()
    while True:
        body = client.get(path, query)
        page = body.get("data")
        if not isinstance(page, list) or not all(isinstance(item, Mapping) for item in page):
            raise LoadError(f"{path} sent a page without a list of objects.")
        yield from page
        if not body.get("has_more"):
            return
        last = body.get("last_id") or (page[-1].get("id") if page else None)
        if not isinstance(last, str):
            raise LoadError(f"{path} says that there is more, but not after what. {_TRY_AGAIN}")
        if last in used:
            raise LoadError(f"{path} repeats a page. {_TRY_AGAIN}")
        used.add(last)
        query["after_id"] = last
