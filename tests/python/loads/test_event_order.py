"""Events of one second come in the order that they tell themselves, whatever the list says."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from pipelines.sources.stripe.event_order import newest_first

Json = dict[str, Any]
AT = 1_736_208_000


def event(kind: str, before: Json | None, at: int = AT, **after: Any) -> Json:
    snapshot = {"id": "sub_1", "object": "subscription", **after}
    data = {"object": snapshot, "previous_attributes": before or {}}
    return {"id": f"evt_{kind}_{after}", "type": kind, "created": at, "data": data}


LIVES = {
    "a trial that is changed twice": [
        event("customer.subscription.created", None, status="trialing", quantity=1),
        event("customer.subscription.updated", {"quantity": 1}, status="trialing", quantity=2),
        event("customer.subscription.updated", {"status": "trialing"}, status="active", quantity=2),
        event("customer.subscription.deleted", None, status="canceled", quantity=2),
    ],
    "made before": [
        event("customer.subscription.updated", {"quantity": 1}, quantity=2),
        event("customer.subscription.updated", {"quantity": 2}, quantity=3),
        event("customer.subscription.updated", {"quantity": 3}, quantity=4),
    ],
    "of items": [
        event("customer.subscription.updated", {"items": {"data": [{"quantity": 1}]}},
              items={"data": [{"id": "si_1", "quantity": 2}]}),
        event("customer.subscription.updated", {"items": {"data": [{"quantity": 2}]}},
              items={"data": [{"id": "si_1", "quantity": 3}]}),
    ],
    "an invoice": [
        event("invoice.created", None, object="invoice", status="draft"),
        event("invoice.finalized", None, object="invoice", status="open"),
        event("invoice.paid", None, object="invoice", status="paid"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("life", LIVES)
def test_every_order_of_the_list_comes_out_the_same(life: str) -> None:
    in_order = LIVES[life]
    for listed in permutations(in_order):
        assert list(newest_first(listed)) == in_order[::-1]


def test_other_objects_and_other_seconds_keep_their_places() -> None:
    later = event("customer.subscription.updated", {"quantity": 1}, at=AT + 1, quantity=9)
    other = {**later, "created": AT, "data": {"object": {"id": "cus_1", "object": "customer"}}}
    created, updated = LIVES["a trial that is changed twice"][:2]
    assert list(newest_first([later, created, other, updated])) == [
        later, updated, other, created,
    ]  # fmt: skip


def test_what_tells_nothing_keeps_the_order_of_the_list() -> None:
    first, second = (event("customer.updated", None, name=name) for name in ("a", "b"))
    assert list(newest_first([second, first])) == [second, first]
