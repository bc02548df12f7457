"""The vendors' own libraries read what the servers of these tests answer, and complain of nothing.

They are independent readers: a field that only this project believes in would be refused (Recurly's
library knows every field), an answer in a wrong shape could not be walked. Paddle's library wants
objects with all their fields, which lives that are written by hand do not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import braintree
import chargebee
import pytest
import recurly
import requests
from recurly.resource import Resource

from support import (
    braintree_lives,
    braintree_server,
    chargebee_lives,
    chargebee_server,
    recurly_lives,
    recurly_server,
)
from support.json_server import serve

LAST_DAY = datetime(2025, 7, 31)


@pytest.fixture
def at_chargebee(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    company = chargebee_lives.life()
    company.now = LAST_DAY
    with serve(company.server()) as listening:
        client = chargebee.Chargebee(api_key=chargebee_server.KEY, site="acme")
        monkeypatch.setattr(client.env, "api_endpoint", f"{listening.url}/api/v2")
        monkeypatch.setattr(client.env, "protocol", "http", raising=False)
        monkeypatch.setattr(chargebee.Chargebee, "verify_ca_certs", False)
        yield client


@pytest.mark.parametrize(
    ("name", "row", "count"),
    [
        ("Item", "item", 9),
        ("ItemPrice", "item_price", 8),
        ("Coupon", "coupon", 3),
        ("Subscription", "subscription", 5),
        ("Invoice", "invoice", 7),
        ("CreditNote", "credit_note", 2),
        ("Transaction", "transaction", 7),
        ("Event", "event", 12),
    ],
)
def test_chargebees_library_reads_every_list(
    at_chargebee: Any, name: str, row: str, count: int
) -> None:
    found: list[Any] = []
    offset = None
    while True:
        params = {"limit": 100, **({"offset": offset} if offset else {})}
        page = getattr(at_chargebee, name).list(params)
        found += [getattr(one, row) for one in page.list]
        offset = page.next_offset
        if not offset:
            break
    assert len({one.id for one in found}) == len(found) == count


def test_chargebees_library_reads_what_is_to_come(at_chargebee: Any) -> None:
    ramps = at_chargebee.Ramp.list({"subscription_id": {"in": ["cb5"]}})
    first, second = (one.ramp for one in ramps.list)
    assert [one.quantity for one in first.items_to_update] == [4]
    [added] = second.items_to_add
    assert (added.item_price_id, added.unit_price) == ("pro-USD-M", 8000)
    changed = at_chargebee.Subscription.retrieve_with_scheduled_changes("cb6").subscription
    assert [one.quantity for one in changed.subscription_items] == [5]


def test_recurlys_library_knows_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurly, "STRICT_MODE", True)
    company = recurly_lives.life()
    company.now = LAST_DAY
    names = {
        "/plans": "Plan", "/coupons": "Coupon", "/accounts": "Account", "/invoices": "Invoice",
        "/subscriptions": "Subscription", "/line_items": "LineItem",
        "/transactions": "Transaction",
    }  # fmt: skip
    with serve(company.server()) as listening:
        for path, name in names.items():
            following: str | None = f"{path}?sort=updated_at&order=asc&limit=200"
            read: list[str] = []
            while following:
                page = requests.get(
                    f"{listening.url}{following}",
                    auth=(recurly_server.KEY, ""),
                    headers={"Accept": "application/vnd.recurly.v2021-02-25"},
                    timeout=10,
                ).json()
                read += [Resource.cast_json(one, class_name=name).id for one in page["data"]]
                following = page["next"]
            assert len(set(read)) == len(read) > 0, path


def test_braintrees_library_searches_and_reads() -> None:
    company = braintree_lives.life()
    company.now = LAST_DAY
    with serve(company.server()) as listening:
        host, port = listening.url.removeprefix("http://").split(":")
        gateway = braintree.BraintreeGateway(
            braintree.Configuration(
                braintree.Environment("test", host, port, "http://auth.test", False, None),
                merchant_id=braintree_server.MERCHANT,
                public_key=braintree_server.PUBLIC_KEY,
                private_key=braintree_server.PRIVATE_KEY,
            )
        )
        assert [one.id for one in gateway.plan.all()] == ["basic", "pro"]
        begin, end = datetime(2007, 1, 1), LAST_DAY
        subscriptions = list(
            gateway.subscription.search(
                braintree.SubscriptionSearch.created_at.between(begin, end)
            ).items
        )
        assert [one.id for one in subscriptions] == ["bt1"]
        assert [row.status for row in subscriptions[0].status_history][:1] == ["Canceled"]
        disputed = list(
            gateway.transaction.search(
                braintree.TransactionSearch.dispute_date.between(begin, end)
            ).items
        )
        assert [dispute.id for one in disputed for dispute in one.disputes] == [
            "dis_won", "dis_papers", "dis_accepted", "dis_open",
        ]  # fmt: skip
