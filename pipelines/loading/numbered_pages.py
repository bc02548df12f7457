"""Lists that are read by page numbers, where a row may slip from one page to another meanwhile.

A list that is paged by number has no cursor: what is added or deleted while it is read moves the
rows behind it. What is met twice costs nothing, what slips through would be lost. A reading during
which the list shrank, or that met fewer objects than the list says there are, is therefore taken
again from its first page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pipelines.errors import LoadError
from pipelines.loading.cursor_pages import TRY_AGAIN, rows_of

#: Readings of one list after which a run gives up.
MOST_READINGS: Final = 3


@dataclass(frozen=True)
class Page:
    """One page: its objects, how many pages there are, and how many objects the list has (None
    where the vendor does not say)."""

    objects: list[Any]
    last_page: int
    total: int | None


def objects_of_pages(path: str, fetch: Callable[[int], Page]) -> Iterator[Any]:
    """All objects of a list; one that slipped to another page comes twice.

    Raises:
        LoadError: the list kept changing, loses rows, or repeats its pages for ever.
    """
    for _ in range(MOST_READINGS):
        reading = _Reading()
        yield from reading.read(fetch)
        if reading.is_whole:
            return
    raise LoadError(
        f"{path} did not show all of its rows, {MOST_READINGS} times: it shrinks while it is read, "
        f"loses rows or repeats a page. {TRY_AGAIN}"
    )


class _Reading:
    """One way through a list. `is_whole`: it met as many objects as there are said to be."""

    def __init__(self) -> None:
        self.is_whole = False

    def read(self, fetch: Callable[[int], Page]) -> Iterator[Any]:
        met: set[str] = set()
        total = 0
        number = 0
        while True:
            number += 1
            page = fetch(number)
            known = len(met)
            met.update(map(_known_as, page.objects))
            yield from page.objects
            has_shrunk = page.total is not None and page.total < total
            total = max(total, page.total or 0)
            is_last = number >= page.last_page
            if has_shrunk or (not is_last and len(met) == known):
                return
            if is_last:
                self.is_whole = page.total is None or len(met) >= page.total
                return


def _known_as(row: Any) -> str:
    """The id of an object; what has none, or is none, by its content."""
    row_id = row.get("id") if isinstance(row, dict) else None
    return str(row_id) if row_id is not None else repr(row)


def page_of(path: str, rows: Any, last_page: Any, total: Any) -> Page:
    """A page of an answer's parts; a row may still be anything.

    Raises:
        LoadError: it holds no list, or does not say how many pages there are.
    """
    rows = rows_of(path, rows)
    if not _is_count(last_page):
        raise LoadError(f"{path} does not say how many pages there are. {TRY_AGAIN}")
    return Page(rows, last_page, total if _is_count(total) else None)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
