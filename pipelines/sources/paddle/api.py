"""Reading Paddle's lists to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from pipelines.errors import LoadError
from pipelines.loading.http import ApiClient

PaddleObject = dict[str, Any]

API_VERSION: Final = "1"
#: Paddle cuts a page to what the endpoint allows, and says in `next` how it goes on.
PAGE_SIZE: Final = 200

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


class PaddleApi:
    """Paddle's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def account(self) -> PaddleObject:
        """What Paddle says of the key: its account and what it may do; empty where it does not."""
        data = self._client.get("/").get("data")
        return data if isinstance(data, dict) else {}

    def objects(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[PaddleObject]:
        """All objects of a list.

        The address of the next page is followed as it is, on the host that was set: an answer must
        not lead the key elsewhere.

        Raises:
            LoadError: a page is no list, or the list never ends.
        """
        query: Mapping[str, Any] = {"per_page": PAGE_SIZE, **(params or {})}
        followed: set[str] = set()
        while True:
            body = self._client.get(path, query)
            page = body.get("data")
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise LoadError(f"{path} sent a page without a list of objects. {_TRY_AGAIN}")
            yield from page
            pagination = (body.get("meta") or {}).get("pagination") or {}
            if not pagination.get("has_more"):
                return
            following = pagination.get("next")
            if not isinstance(following, str) or not following:
                raise LoadError(f"{path} says that there is more, but not where. {_TRY_AGAIN}")
            if following in followed:
                raise LoadError(f"{path} repeats a page, so it would never end. {_TRY_AGAIN}")
            followed.add(following)
            query = dict(parse_qsl(urlsplit(following).query))
