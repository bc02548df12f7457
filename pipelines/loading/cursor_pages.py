"""Pages of a list that is followed by cursors: what is no page, and when a list never ends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from pipelines.errors import LoadError

TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."

#: So many pages may bring nothing that an earlier page did not bring, for rows move while they are
#: read and filters leave pages empty.
MOST_REPEATED: Final = 100


def rows_of(path: str, rows: Any) -> list[Any]:
    """The rows of a page, each of which may still be anything. Raises LoadError for no list."""
    if not isinstance(rows, list):
        raise LoadError(f"{path} sent a page without a list of objects. {TRY_AGAIN}")
    return rows


def part_of(body: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """What is said inside an answer under these names; empty where that is no object."""
    part: Any = body
    for name in names:
        part = part.get(name) if isinstance(part, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def query_of(path: str, address: str) -> dict[str, str]:
    """What the address of a next page asks for. Raises LoadError for what is no address."""
    try:
        return dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        raise LoadError(f"{path} says that there is more, but not where. {TRY_AGAIN}") from None


class Followed:
    """The cursors of one list that were followed, and what their pages brought."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._cursors: set[str] = set()
        self._pages: set[bytes] = set()
        self._repeated = 0

    def add(self, cursor: Any, rows: list[Any]) -> str:
        """The cursor that leads on from a page of `rows`.

        Raises:
            LoadError: it is none, was followed before, or pages repeat under ever new cursors.
        """
        if not isinstance(cursor, str) or not cursor:
            raise LoadError(f"{self._path} says that there is more, but not where. {TRY_AGAIN}")
        page = hashlib.md5(repr(rows).encode("utf-8", "replace"), usedforsecurity=False).digest()
        self._repeated += page in self._pages
        self._pages.add(page)
        if cursor in self._cursors or self._repeated > MOST_REPEATED:
            raise LoadError(f"{self._path} repeats a page, so it would never end. {TRY_AGAIN}")
        self._cursors.add(cursor)
        return cursor
