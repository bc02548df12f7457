"""How OpenAI's organisation API pages: buckets by token, lists by the last id. Guards included.

Every way in which paging can go wrong (a token or page that comes back, a next page without a
token, a day before the one just read) is an error that names the endpoint: the alternative is a
cost that is counted twice or never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from pipelines.errors import BadRequestError, LoadError
from pipelines.loading.http import ApiClient
from pipelines.loading.tables import JsonObject
from pipelines.loading.windows import ONE_DAY, DayRange
from pipelines.sources.openai.tables import BucketEndpoint

#: Objects per page of a list.
LIST_LIMIT: Final = 100

Results = list[Any]


def epoch(day: date) -> int:
    """Unix seconds of the UTC midnight that begins `day`."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())


def read_days(
    client: ApiClient,
    endpoint: BucketEndpoint,
    days: DayRange,
    group_by: Sequence[str],
    warn: Callable[[str], None],
) -> Iterator[tuple[date, Results]]:
    """Each day of `days` that the API answers with, ascending and once, with all its results.

    Where the API refuses an optional dimension, the rest of the range is read without it.
    """
    rest, dimensions = days, list(group_by)
    while True:
        try:
            for day, results in _merged_days(client, endpoint, rest, dimensions):
                rest = DayRange(day + ONE_DAY, days.end)
                yield day, results
        except BadRequestError as error:
            refused = _refused_dimension(str(error), endpoint, dimensions)
            if refused is None:
                raise
            dimensions.remove(refused)
            warn(
                f"{endpoint.name}: the API refuses to group by {refused} from {rest.first} on, "
                "so these days are loaded without it."
            )
        else:
            return


def _refused_dimension(
    message: str, endpoint: BucketEndpoint, dimensions: Sequence[str]
) -> str | None:
    """The first dimension that the API's refusal names, if it is one we can do without."""
    said = message.partition(" answered 400:")[2]
    for word in re.findall(r"\w+", said):
        if word in dimensions:
            return word if word in endpoint.optional_dimensions else None
    return None


def _merged_days(
    client: ApiClient, endpoint: BucketEndpoint, days: DayRange, group_by: Sequence[str]
) -> Iterator[tuple[date, Results]]:
    """Days with their results; a day that the API splits over pages is put together again."""
    if not days.days:
        return
    current: date | None = None
    results: Results = []
    previous_page: list[Any] = []
    for page in _bucket_pages(client, endpoint, days, group_by):
        if page and page == previous_page:
            raise LoadError(f"{endpoint.path} sent the same page twice. {_TRY_AGAIN}")
        previous_page = page
        buckets = sorted(((_bucket_day(endpoint, one), one) for one in page), key=_day_of)
        for day, bucket in buckets:
            if day not in days:
                continue
            if current is not None and day < current:
                raise LoadError(f"{endpoint.path} sent {day} again after {current}. {_TRY_AGAIN}")
            if current is not None and day > current:
                yield current, results
                results = []
            current = day
            results.extend(_bucket_results(endpoint, bucket))
        if buckets and buckets[-1][0] >= days.end:
            break
    if current is not None:
        yield current, results


_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


def _day_of(dated: tuple[date, Any]) -> date:
    return dated[0]


def _bucket_day(endpoint: BucketEndpoint, bucket: Any) -> date:
    start = bucket.get("start_time") if isinstance(bucket, Mapping) else None
    if not isinstance(start, int) or isinstance(start, bool):
        raise LoadError(f"{endpoint.path} sent a bucket without a start_time.")
    try:
        return datetime.fromtimestamp(start, UTC).date()
    except (OverflowError, ValueError, OSError):
        raise LoadError(f"{endpoint.path} sent a bucket with start_time {start}.") from None


def _bucket_results(endpoint: BucketEndpoint, bucket: JsonObject) -> Results:
    results = bucket.get("results")
    if not isinstance(results, list):
        raise LoadError(f"{endpoint.path} sent a bucket without a list of results.")
    return results


def _bucket_pages(
    client: ApiClient, endpoint: BucketEndpoint, days: DayRange, group_by: Sequence[str]
) -> Iterator[list[Any]]:
    """Pages of buckets from the first day on.

    Page tokens belong to the exact query, so every request repeats it, and there is no `end_time`
    (with one, tokens have been seen to lead nowhere). One bucket more than wanted is asked for: it
    shows that the last day is complete, without another request.
    """
    query: dict[str, Any] = {
        "start_time": epoch(days.first),
        "bucket_width": "1d",
        "limit": min(days.days + 1, endpoint.days_per_page),
    }
    if group_by:
        query["group_by"] = list(group_by)
    token: str | None = None
    used: set[str] = set()
    while True:
        body = client.get(endpoint.path, query if token is None else {**query, "page": token})
        page = body.get("data")
        if not isinstance(page, list):
            raise LoadError(f"{endpoint.path} sent a page without a list of buckets.")
        yield page
        if not body.get("has_more"):
            return
        token = body.get("next_page")
        if not isinstance(token, str) or not token:
            raise LoadError(f"{endpoint.path} says that there is more, but not where. {_TRY_AGAIN}")
        if token in used:
            raise LoadError(f"{endpoint.path} repeats a page token. {_TRY_AGAIN}")
        used.add(token)


def list_all(
    client: ApiClient, path: str, params: Mapping[str, Any] | None = None
) -> Iterator[JsonObject]:
    """Every object of a list endpoint, page after page by the last id."""
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
        query["after"] = last
