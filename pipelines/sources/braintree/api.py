"""Searching Braintree: all ids of a window of time, then the objects by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.http import ApiClient
from pipelines.sources.braintree.xml import to_xml

BraintreeObject = dict[str, Any]

API_VERSION: Final = "6"
#: An answer with so many ids is cut.
MOST_IDS: Final = 10_000
#: Most objects of one answer.
BATCH: Final = 50
#: A window is halved down to this.
_SHORTEST: Final = timedelta(seconds=1)


class BraintreeApi:
    """Braintree's searches as iterators of objects."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def plans(self) -> list[Any]:
        """All plans. Raises LoadError where the answer has none."""
        found = self._client.get("/plans").get("plans")
        if found is not None and not isinstance(found, list):
            raise LoadError("/plans sent no list of plans.")
        return found or []

    def between(self, path: str, moment: str, start: datetime, end: datetime) -> Iterator[Any]:
        """All rows whose `moment` (`created_at`, `dispute_date`) is in a window (naive UTC).

        Raises:
            LoadError: an answer is none of a search, or objects are missing in it.
        """
        ids = self._ids(path, moment, start, end)
        for first in range(0, len(ids), BATCH):
            yield from self._objects(path, ids[first : first + BATCH])

    def _ids(self, path: str, moment: str, start: datetime, end: datetime) -> list[str]:
        window = {moment: {"min": _text(start), "max": _text(end)}}
        body = self._client.search(f"{path}/advanced_search_ids", to_xml("search", window))
        results = body.get("search_results")
        ids = results.get("ids") if isinstance(results, dict) else None
        if not isinstance(ids, list):
            raise LoadError(f"{path}/advanced_search_ids sent no list of ids.")
        if len(ids) < MOST_IDS or end - start <= _SHORTEST:
            return list(dict.fromkeys(str(one) for one in ids))
        middle = start + (end - start) / 2
        both = self._ids(path, moment, start, middle) + self._ids(path, moment, middle, end)
        return list(dict.fromkeys(both))

    def _objects(self, path: str, ids: Sequence[str]) -> list[Any]:
        body = self._client.search(f"{path}/advanced_search", to_xml("search", {"ids": list(ids)}))
        for found in body.values():
            items = found.get("items") if isinstance(found, dict) else found
            if isinstance(items, list):
                return items
        raise LoadError(f"{path}/advanced_search sent no list of objects.")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
