"""Datadog's API: two keys in two headers, its own header for when to come back, pages by record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import requests
from requests.auth import AuthBase

from pipelines.errors import LoadError
from pipelines.loading import moments
from pipelines.loading.cursor_pages import part_of
from pipelines.loading.http import ApiClient
from pipelines.loading.source import Account
from pipelines.sources.datadog.settings import APP_KEY, BASE_URL, DatadogSettings

ESTIMATED_COST: Final = "/api/v2/usage/estimated_cost"
HISTORICAL_COST: Final = "/api/v2/usage/historical_cost"
HOURLY_USAGE: Final = "/api/v2/usage/hourly_usage"
TIMESERIES: Final = "/api/v2/query/timeseries"

RECORDS_PER_PAGE: Final = 500
MOST_PAGES: Final = 100_000

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


class _Keys(AuthBase):
    """Sends both keys; as an auth object it wins over a `.netrc` entry."""

    def __init__(self, api_key: str, app_key: str) -> None:
        self._headers = {"DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key}

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers to one request."""
        request.headers.update(self._headers)
        return request


class DatadogClient(ApiClient):
    """Requests to one organisation."""

    def __init__(
        self,
        account: Account,
        settings: DatadogSettings,
        on_request: Callable[[], None] | None = None,
    ) -> None:
        self._api_key = settings.api_key
        super().__init__(
            base_url=settings.base_url,
            key=settings.app_key,
            key_setting=account.setting_name(APP_KEY),
            url_setting=account.setting_name(BASE_URL),
            auth=_Keys(settings.api_key, settings.app_key),
            on_request=on_request,
        )
        self._session.hooks["response"].insert(0, _say_when_to_come_back)

    def _without_key(self, text: str) -> str:
        return super()._without_key(text.replace(self._api_key, "[key]"))

    def rows(self, path: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`attributes` of all that a path lists, whole. Raises LoadError for what is no list."""
        return list(_attributes(path, self.get(path, params)))

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """`attributes` of every record, page after page."""
        query = {**params, "page[limit]": RECORDS_PER_PAGE}
        used: set[str] = set()
        while True:
            body = self.get(path, query)
            yield from _attributes(path, body)
            following = part_of(body, "meta", "pagination").get("next_record_id")
            if not following:
                return
            if not isinstance(following, str) or following in used or len(used) >= MOST_PAGES:
                raise LoadError(f"{path} repeats a page. {_TRY_AGAIN}")
            used.add(following)
            query["page[next_record_id]"] = following

    def timeseries(
        self, query: str, start: datetime, end: datetime, interval_ms: int
    ) -> dict[str, Any]:
        """`attributes` of what a metrics query answers between two times (aware UTC)."""
        body = {
            "data": {
                "type": "timeseries_request",
                "attributes": {
                    "from": _milliseconds(start),
                    "to": _milliseconds(end),
                    "interval": interval_ms,
                    "formulas": [{"formula": "a"}],
                    "queries": [{"data_source": "metrics", "name": "a", "query": query}],
                },
            }
        }
        answer = self.search(TIMESERIES, json.dumps(body), "application/json")
        attributes = part_of(answer, "data", "attributes")
        if not attributes:
            raise LoadError(f"{TIMESERIES} sent no attributes. {_TRY_AGAIN}")
        return dict(attributes)


def _say_when_to_come_back(response: requests.Response, **_: Any) -> requests.Response:
    """Datadog says in a header of its own how many seconds to wait; retries look at the usual."""
    reset = response.headers.get("X-RateLimit-Reset", "")
    if response.status_code == 429 and reset.isdigit():
        response.headers.setdefault("Retry-After", reset)
    return response


def _attributes(path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    records = body.get("data")
    if not isinstance(records, list):
        raise LoadError(f"{path} sent an answer without a list of data. {_TRY_AGAIN}")
    for record in records:
        attributes = record.get("attributes") if isinstance(record, Mapping) else None
        if not isinstance(attributes, dict):
            raise LoadError(f"{path} sent a record without attributes. {_TRY_AGAIN}")
        yield attributes


def moment_of(value: Any) -> datetime | None:
    """A time of an answer as aware UTC; None for anything else. A month is its first day."""
    is_month = isinstance(value, str) and len(value) <= 7
    return moments.moment_of(f"{value}-01" if is_month else value)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
