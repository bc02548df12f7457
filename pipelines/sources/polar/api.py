"""Reading Polar's lists to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipelines.loading.http import ApiClient
from pipelines.loading.numbered_pages import Page, objects_of_pages, page_of

PolarObject = dict[str, Any]

API_VERSION: Final = "2026-10"
PAGE_SIZE: Final = 100


class PolarApi:
    """Polar's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """All rows of a list, oldest first, so that a new one comes last; one may be no object.

        Raises:
            LoadError: a page is no list, or the list never ends or loses rows.
        """

        def fetch(number: int) -> Page:
            query = {"limit": PAGE_SIZE, "sorting": "created_at", **(params or {}), "page": number}
            body = self._client.get(path, query)
            said = body.get("pagination")
            pagination = said if isinstance(said, dict) else {}
            return page_of(
                path, body.get("items"), pagination.get("max_page"), pagination.get("total_count")
            )

        yield from objects_of_pages(path, fetch)
