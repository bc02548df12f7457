"""Reading Stripe: lists to their end, nested lists to theirs, one object by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.errors import BadRequestError, LoadError
from pipelines.loading.http import ApiClient
from pipelines.sources.stripe.endpoints import PAGE_SIZE, Endpoint

StripeObject = dict[str, Any]


class StripeApi:
    """Stripe's lists as iterators of objects, newest first as Stripe gives them."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._without_expand: set[str] = set()

    def retrieve(self, endpoint: Endpoint, object_id: str) -> StripeObject:
        """One object by id, complete. Deleted ones come as `{"id": .., "deleted": true}`."""
        item = self._get_expanded(endpoint, f"{endpoint.path}/{object_id}", {}, prefix="")
        return self.complete(endpoint, item)

    def answer(self, path: str, params: Mapping[str, Any]) -> StripeObject:
        """What the server answers at an address."""
        return self._client.get(path, params)

    def account(self) -> StripeObject:
        """The account that the key belongs to."""
        return self._client.get("/v1/account")

    def objects(
        self, endpoint: Endpoint, params: Mapping[str, Any] | None = None, path: str | None = None
    ) -> Iterator[StripeObject]:
        """All objects of a list, each with its nested lists complete.

        Raises:
            LoadError: the list never ends (a page or a cursor came twice).
        """
        query = {**endpoint.params, **(params or {})}
        for item in self._pages(endpoint, path or endpoint.path, query):
            yield self.complete(endpoint, item)

    def complete(self, endpoint: Endpoint, item: StripeObject) -> StripeObject:
        """Replace nested lists that Stripe cut short by whole ones."""
        for name in endpoint.nested:
            nested = item.get(name)
            if isinstance(nested, dict) and nested.get("has_more"):
                item = {**item, name: self._complete_list(nested)}
        return item

    def _complete_list(self, nested: StripeObject) -> StripeObject:
        elements = list(nested.get("data") or [])
        path, _, query = str(nested["url"]).partition("?")
        params: dict[str, Any] = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        if elements:
            params["starting_after"] = elements[-1]["id"]
        known = {element["id"] for element in elements}
        for element in self._follow(path, params):
            if element["id"] in known:
                raise LoadError(
                    f"the list {path} repeats {element['id']}, so it would never end. "
                    "Run again later: nothing was loaded."
                )
            elements.append(element)
        return {**nested, "data": elements, "has_more": False}

    def _pages(
        self, endpoint: Endpoint, path: str, query: Mapping[str, Any]
    ) -> Iterator[StripeObject]:
        first = self._get_expanded(endpoint, path, {**query, "limit": PAGE_SIZE}, prefix="data.")
        params = {**query, **self._expansion(endpoint, prefix="data.")}
        yield from self._follow(path, params, first)

    def _follow(
        self, path: str, params: Mapping[str, Any], page: StripeObject | None = None
    ) -> Iterator[StripeObject]:
        """Elements of a list, page after page, from `page` on if it was already read."""
        cursors: set[str] = set()
        query = {**params, "limit": PAGE_SIZE}
        page = page or self._client.get(path, query)
        while True:
            elements = page.get("data")
            if not isinstance(elements, list):
                raise LoadError(f"the answer of {path} has no list `data`.")
            yield from elements
            if not page.get("has_more") or not elements:
                return
            last = elements[-1].get("id")
            if not last or last in cursors:
                raise LoadError(
                    f"the list {path} came to {last} twice, so it would never end. "
                    "Run again later: nothing was loaded."
                )
            cursors.add(last)
            page = self._client.get(path, {**query, "starting_after": last})

    def _get_expanded(
        self, endpoint: Endpoint, path: str, params: Mapping[str, Any], *, prefix: str
    ) -> StripeObject:
        """GET with expansions; a server too old for one of them is asked again without."""
        expansion = self._expansion(endpoint, prefix=prefix)
        try:
            return self._client.get(path, {**params, **expansion})
        except BadRequestError:
            if not expansion:
                raise
            plain = self._client.get(path, params)
            self._without_expand.add(endpoint.path)
            return plain

    def _expansion(self, endpoint: Endpoint, *, prefix: str) -> dict[str, list[str]]:
        if not endpoint.expand or endpoint.path in self._without_expand:
            return {}
        return {"expand[]": [prefix + field for field in endpoint.expand]}
