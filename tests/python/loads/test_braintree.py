"""Braintree's gateway as it is on bad days: cut answers, full windows, refused keys, entities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from pipelines.sources.braintree.xml import parse_xml
from support import braintree_lives
from support.braintree_server import MERCHANT, PRIVATE_KEY, PUBLIC_KEY, BraintreeCompany
from support.json_server import JsonServer, serve
from support.loads import Loads, loads

__all__ = ["loads"]

DAY = "2025-07-31"


@pytest.fixture
def company() -> BraintreeCompany:
    made = braintree_lives.life()
    made.now = datetime.fromisoformat(f"{DAY}T23:59:59")
    return made


@pytest.fixture
def server(company: BraintreeCompany, loads: Loads) -> Iterator[JsonServer]:
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": DAY,
            "SOURCES__BRAINTREE__MERCHANT_ID": MERCHANT,
            "SOURCES__BRAINTREE__PUBLIC_KEY": PUBLIC_KEY,
            "SOURCES__BRAINTREE__PRIVATE_KEY": PRIVATE_KEY,
            "SOURCES__BRAINTREE__BASE_URL": listening.url,
        }
        yield listening


def test_history_and_charges_are_read_and_no_card_is_stored(
    loads: Loads, server: JsonServer
) -> None:
    loads.load("braintree")
    loads.load("braintree")
    assert loads.rows("select count(*) from raw_braintree.status_history") == [(6,)]
    assert loads.rows("select count(*), sum(amount) from raw_braintree.transactions") == [(8, 1044)]
    assert loads.rows(
        "select count(*) from raw_braintree.customers where _raw like '%4242%'"
    ) == [(0,)]  # fmt: skip


def test_days_are_the_merchants(loads: Loads, server: JsonServer) -> None:
    """Chicago's 24 January begins at six in the morning; a period ends with its last day."""
    loads.settings["SOURCES__BRAINTREE__TIMEZONE"] = "America/Chicago"
    loads.load("braintree")
    assert loads.rows(
        "select cast(first_billing_at as varchar), cast(period_end_at as varchar) "
        "from raw_braintree.subscriptions"
    ) == [("2025-01-24 06:00:00", "2025-07-24 05:00:00")]


def test_a_window_with_too_many_objects_is_halved(
    loads: Loads, server: JsonServer, company: BraintreeCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.braintree.api.MOST_IDS", 3)
    company.most_ids = 3
    loads.load("braintree")
    rows = loads.rows("select count(*), count(distinct id) from raw_braintree.transactions")
    assert rows == [(8, 8)]


def test_limits_faults_and_half_answers_are_tried_again(loads: Loads, server: JsonServer) -> None:
    loads.load("braintree")
    whole = loads.contents()
    loads.warehouse.unlink()
    server.faults = [429, 503, None, 0, None, 500, 429]
    loads.load("braintree")
    assert loads.contents() == whole


def test_a_refused_key_is_said_and_not_shown(loads: Loads, server: JsonServer) -> None:
    loads.settings["SOURCES__BRAINTREE__PRIVATE_KEY"] = "a_wrong_private_key"
    shown = loads.load("braintree", expect=1)
    assert "SOURCES__BRAINTREE__PRIVATE_KEY" in shown
    assert "a_wrong_private_key" not in shown


def test_a_zone_that_is_none_is_said(loads: Loads, server: JsonServer) -> None:
    loads.settings["SOURCES__BRAINTREE__TIMEZONE"] = "Central"
    assert "SOURCES__BRAINTREE__TIMEZONE" in loads.load("braintree", expect=2)


def test_an_answer_cannot_bring_entities_in() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'
    with pytest.raises(ValueError, match="entities"):
        parse_xml(bomb)
