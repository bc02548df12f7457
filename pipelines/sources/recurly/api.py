"""Reading Recurly's lists to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipelines.loading.cursor_pages import Followed, query_of, rows_of
from pipelines.loading.http import ApiClient

RecurlyObject = dict[str, Any]

API_VERSION: Final = "v2021-02-25"
PAGE_SIZE: Final = 200


class RecurlyApi:
    """Recurly's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """All rows of a list, in the order of their changes; one may be no object.

        The next page's address, whole or a path, is followed on the host that was set: an answer
        must not lead the key elsewhere.

        Raises:
            LoadError: a page is no list, or the list never ends.
        """
        query: Mapping[str, Any] = {
            "limit": PAGE_SIZE,
            "sort": "updated_at",
            "order": "asc",
            **(params or {}),
        }
        followed = Followed(path)
        while True:
            body = self._client.get(path, query)
            page = rows_of(path, body.get("data"))
            yield from page
            if not body.get("has_more"):
                return
            query = query_of(path, followed.add(body.get("next"), page))
