"""Reading Chargebee's lists to their end, each row out of its wrapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from pipelines.errors import LoadError, NotFoundError
from pipelines.loading.cursor_pages import TRY_AGAIN, Followed, rows_of
from pipelines.loading.http import ApiClient

ChargebeeObject = dict[str, Any]

API_VERSION: Final = "v2"
PAGE_SIZE: Final = 100
#: More pages of lines than any bill has.
_MOST_PAGES: Final = 1000


class ChargebeeApi:
    """Chargebee's lists as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def objects(
        self, path: str, name: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[Any]:
        """All objects of a list; `name` is what each row wraps its object in.

        A row that wraps none is handed on as it is.

        Raises:
            LoadError: a page is no list, or the list never ends.
        """
        query: dict[str, Any] = {"limit": PAGE_SIZE, **(params or {})}
        followed = Followed(path)
        while True:
            body = self._client.get(f"/api/v2{path}", query)
            page = rows_of(path, body.get("list"))
            for row in page:
                item = row.get(name) if isinstance(row, dict) else None
                yield item if isinstance(item, dict) else row
            following = body.get("next_offset")
            if not following:
                return
            query = {**query, "offset": followed.add(str(following), page)}

    def object(
        self, path: str, name: str, params: Mapping[str, Any] | None = None
    ) -> ChargebeeObject:
        """One object, out of its wrapping.

        Raises:
            LoadError: the answer holds none.
        """
        item = self._client.get(f"/api/v2{path}", params).get(name)
        if not isinstance(item, dict):
            raise LoadError(f"{path} sent an answer without `{name}`. {TRY_AGAIN}")
        return item

    def complete(self, path: str, name: str, item: ChargebeeObject) -> ChargebeeObject:
        """A bill with all its lines: a list cuts them where there are many.

        Raises:
            LoadError: the lines never end.
        """
        for _ in range(_MOST_PAGES):
            offset, item_id = item.get("line_items_next_offset"), item.get("id")
            if not offset or not isinstance(item_id, str):
                return item
            params = {"line_items_offset": offset, "line_items_limit": 300}
            try:
                more = self.object(f"{path}/{quote(item_id, safe='')}", name, params)
            except NotFoundError:
                return item  # it went away since it was listed
            item = {
                **item,
                **{
                    part: [*_listed(item.get(part)), *_listed(more.get(part))]
                    for part in ("line_items", "line_item_discounts", "line_item_taxes")
                },
                "line_items_next_offset": more.get("line_items_next_offset"),
            }
        raise LoadError(f"the lines of {path}/{item['id']} never end. {TRY_AGAIN}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
