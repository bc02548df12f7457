"""Reading Recurly's lists to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from pipelines.errors import LoadError
from pipelines.loading.http import ApiClient

RecurlyObject = dict[str, Any]

API_VERSION: Final = "v2021-02-25"
PAGE_SIZE: Final = 200

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


class RecurlyApi:
    """Recurly's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(
        self, path: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[RecurlyObject]:
        """All objects of a list, in the order of their changes.

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
        followed: set[str] = set()
        while True:
            body = self._client.get(path, query)
            page = body.get("data")
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise LoadError(f"{path} sent a page without a list of objects. {_TRY_AGAIN}")
            yield from page
            if not body.get("has_more"):
                return
            following = body.get("next")
            if not isinstance(following, str) or not following:
                raise LoadError(f"{path} says that there is more, but not where. {_TRY_AGAIN}")
            if following in followed:
                raise LoadError(f"{path} repeats a page, so it would never end. {_TRY_AGAIN}")
            followed.add(following)
            query = dict(parse_qsl(urlsplit(following).query))
