"""Reading Paddle's lists to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipelines.loading.cursor_pages import Followed, part_of, query_of, rows_of
from pipelines.loading.http import ApiClient

PaddleObject = dict[str, Any]

API_VERSION: Final = "1"
#: Paddle cuts a page to what the endpoint allows, and says in `next` how it goes on.
PAGE_SIZE: Final = 200


class PaddleApi:
    """Paddle's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def account(self) -> PaddleObject:
        """What Paddle says of the key: its account and what it may do; empty where it does not."""
        data = self._client.get("/").get("data")
        return data if isinstance(data, dict) else {}

    def objects(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """All rows of a list; one that is no object may be among them.

        The address of the next page is followed as it is, on the host that was set: an answer must
        not lead the key elsewhere.

        Raises:
            LoadError: a page is no list, or the list never ends.
        """
        query: Mapping[str, Any] = {"per_page": PAGE_SIZE, **(params or {})}
        followed = Followed(path)
        while True:
            body = self._client.get(path, query)
            page = rows_of(path, body.get("data"))
            yield from page
            pagination = part_of(body, "meta", "pagination")
            if not pagination.get("has_more"):
                return
            query = query_of(path, followed.add(pagination.get("next"), page))
