"""Events of one second in the order in which they happened.

Stripe dates events to the second and promises no order within one. What they say tells it: an
object is created first and deleted last, and the previous attributes of an update are what the
object was before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from pipelines.sources.stripe.api import StripeObject

#: Of snapshots that nothing else tells apart, an invoice's life goes this way.
_INVOICE_LIFE: Final = ("draft", "open", "uncollectible", "void", "paid")


def newest_first(events: Iterable[StripeObject]) -> Iterator[StripeObject]:
    """The events of a list that is newest first, with each second put in order."""
    for _, second in groupby(events, key=lambda event: event.get("created")):
        together = list(second)
        yield from together if len(together) == 1 else _ordered(together)


def _ordered(listed: Sequence[StripeObject]) -> list[StripeObject]:
    """Events of one second, newest first; those of other objects keep their places."""
    by_object: dict[Any, list[StripeObject]] = {}
    for event in listed:
        by_object.setdefault(_object_key(event), []).append(event)
    in_order = {key: iter(_of_one_object(events)) for key, events in by_object.items()}
    return [next(in_order[_object_key(event)]) for event in listed]


def _of_one_object(listed: Sequence[StripeObject]) -> list[StripeObject]:
    if len(listed) == 1:
        return list(listed)
    as_listed = listed[::-1]  # oldest first, as far as the list can be trusted
    left = sorted(as_listed, key=_stage)
    oldest_first: list[StripeObject] = []
    while left:
        state = _snapshot(oldest_first[-1]) if oldest_first else None
        able = [event for event in left if _may_follow(event, state, left)]
        exact = (event for event in able if state is not None and _state_before(event) == state)
        chosen = next(exact, able[0] if able else left[0])
        left.remove(chosen)
        oldest_first.append(chosen)
    return oldest_first[::-1]


def _stage(event: StripeObject) -> tuple[int, int]:
    kind = str(event.get("type"))
    stage = 0 if kind.endswith(".created") else 2 if kind.endswith(".deleted") else 1
    snapshot = _snapshot(event)
    status = snapshot.get("status")
    is_invoice = snapshot.get("object") == "invoice" and status in _INVOICE_LIFE
    return stage, _INVOICE_LIFE.index(str(status)) if is_invoice else 0


def _may_follow(
    event: StripeObject, state: Mapping[str, Any] | None, left: Sequence[StripeObject]
) -> bool:
    """Whether the event can be the next one after this state, before all others that are left."""
    if any(_stage(other)[0] < _stage(event)[0] for other in left):
        return False
    before = (event.get("data") or {}).get("previous_attributes")
    if not before:
        return True
    if state is not None:
        return _is_part_of(before, state)
    return not any(other is not event and _is_part_of(before, _snapshot(other)) for other in left)


def _state_before(event: StripeObject) -> Any:
    """The object as it was before the event, as far as the event tells."""
    return _with(_snapshot(event), (event.get("data") or {}).get("previous_attributes") or {})


def _with(whole: Any, part: Any) -> Any:
    """`whole` with all that `part` names in place of its own."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return {**whole, **{key: _with(whole.get(key), value) for key, value in part.items()}}
    if isinstance(part, list) and isinstance(whole, list) and len(part) == len(whole):
        return [_with(one, other) for one, other in zip(whole, part, strict=True)]
    return part


def _is_part_of(part: Any, whole: Any) -> bool:
    """Whether all that `part` names is the same in `whole`."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _is_part_of(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(
            _is_part_of(one, other) for one, other in zip(part, whole, strict=True)
        )
    return bool(part == whole)


def _snapshot(event: StripeObject) -> Mapping[str, Any]:
    found = (event.get("data") or {}).get("object")
    return found if isinstance(found, dict) else {}


def _object_key(event: StripeObject) -> tuple[Any, Any]:
    snapshot = _snapshot(event)
    return snapshot.get("object"), snapshot.get("id")
