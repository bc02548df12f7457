"""Reading Lemon Squeezy's lists (JSON:API) to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipelines.loading.http import ApiClient
from pipelines.loading.numbered_pages import Page, objects_of_pages, page_of

LemonSqueezyObject = dict[str, Any]

PAGE_SIZE: Final = 100
MEDIA_TYPE: Final = "application/vnd.api+json"


class LemonSqueezyApi:
    """Lemon Squeezy's lists as iterators of plain objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(self, path: str) -> Iterator[Any]:
        """All resources of a list (see `plain`); one that is none may be among them.

        Raises:
            LoadError: a page is no list, or the list never ends or loses rows.
        """

        def fetch(number: int) -> Page:
            body = self._client.get(path, {"page[size]": PAGE_SIZE, "page[number]": number})
            meta = body.get("meta")
            said = meta.get("page") if isinstance(meta, Mapping) else None
            page = said if isinstance(said, Mapping) else {}
            return page_of(path, body.get("data"), page.get("lastPage"), page.get("total"))

        yield from objects_of_pages(path, fetch)


def plain(resource: LemonSqueezyObject) -> LemonSqueezyObject:
    """`{"id": "1", "attributes": {"status": ...}}` -> `{"id": "1", "status": ...}`."""
    attributes = resource.get("attributes")
    return {
        **(attributes if isinstance(attributes, Mapping) else {}),
        "id": resource.get("id"),
    }
