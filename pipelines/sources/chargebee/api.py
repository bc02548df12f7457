"""Reading Chargebee's lists to their end, each row out of its wrapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.http import ApiClient

ChargebeeObject = dict[str, Any]

API_VERSION: Final = "v2"
PAGE_SIZE: Final = 100
#: More pages of lines than any bill has.
_MOST_PAGES: Final = 1000

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."


class ChargebeeApi:
    """Chargebee's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(
        self, path: str, name: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[ChargebeeObject]:
        """All objects of a list; `name` is what each row wraps its object in.

        Raises:
            LoadError: a page is no list, or the list never ends.
        """
        query: dict[str, Any] = {"limit": PAGE_SIZE, **(params or {})}
        followed: set[str] = set()
        while True:
            body = self._client.get(f"/api/v2{path}", query)
            page = body.get("list")
            if not isinstance(page, list):
                raise LoadError(f"{path} sent a page without a list. {_TRY_AGAIN}")
            for row in page:
                item = row.get(name) if isinstance(row, dict) else None
                if not isinstance(item, dict):
                    raise LoadError(f"{path} sent a row without `{name}`. {_TRY_AGAIN}")
                yield item
            following = body.get("next_offset")
            if not following:
                return
            following = str(following)
            if following in followed:
                raise LoadError(f"{path} repeats a page, so it would never end. {_TRY_AGAIN}")
            followed.add(following)
            query = {**query, "offset": following}

    def object(self, path: str, name: str) -> ChargebeeObject:
        """One object, out of its wrapping.

        Raises:
            LoadError: the answer holds none.
        """
        item = self._client.get(f"/api/v2{path}").get(name)
        if not isinstance(item, dict):
            raise LoadError(f"{path} sent an answer without `{name}`. {_TRY_AGAIN}")
        return item

    def complete(self, path: str, name: str, item: ChargebeeObject) -> ChargebeeObject:
        """A bill with all its lines: a list cuts them where there are many.

        Raises:
            LoadError: the lines never end.
        """
        for _ in range(_MOST_PAGES):
            offset = item.get("line_items_next_offset")
            if not offset:
                return item
            params = {"line_items_offset": offset, "line_items_limit": 300}
            answer = self._client.get(f"/api/v2{path}/{item['id']}", params).get(name)
            more = answer if isinstance(answer, dict) else {}
            item = {
                **item,
                **{
                    part: [*(item.get(part) or []), *(more.get(part) or [])]
                    for part in ("line_items", "line_item_discounts", "line_item_taxes")
                },
                "line_items_next_offset": more.get("line_items_next_offset"),
            }
        raise LoadError(f"the lines of {path}/{item['id']} never end. {_TRY_AGAIN}")
