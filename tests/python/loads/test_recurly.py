"""Recurly's API as it is on bad days: limits, faults, cut pages, refused keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from support import recurly_lives
from support.json_server import JsonServer, serve
from support.loads import Loads, loads
from support.recurly_server import KEY, RecurlyCompany

__all__ = ["loads"]

DAY = "2025-07-31"


@pytest.fixture
def company() -> RecurlyCompany:
    made = recurly_lives.life()
    made.now = datetime.fromisoformat(f"{DAY}T23:59:59")
    return made


@pytest.fixture
def server(company: RecurlyCompany, loads: Loads) -> Iterator[JsonServer]:
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": DAY,
            "SOURCES__RECURLY__API_KEY": KEY,
            "SOURCES__RECURLY__BASE_URL": listening.url,
        }
        yield listening


def test_every_page_is_read_and_money_is_exact(loads: Loads, server: JsonServer) -> None:
    loads.load("recurly")
    loads.load("recurly")
    assert loads.rows(
        "select count(*), count(distinct id), sum(subtotal) from raw_recurly.line_items"
    ) == [(7, 7, 726)]
    assert loads.rows("select count(*) from raw_recurly.subscriptions") == [(3,)]
    assert loads.rows(
        "select pending_change__plan__code, cast(pending_change__activate_at as varchar) "
        "from raw_recurly.subscriptions where pending_change__id is not null"
    ) == [("pro", "2025-08-10 00:00:00")]
    assert loads.rows("select count(*) from raw_recurly.subscription_ramp_intervals") == [(2,)]


def test_later_loads_ask_for_changes_only(loads: Loads, server: JsonServer) -> None:
    loads.load("recurly")
    server.requests.clear()
    loads.load("recurly")
    assert {query.get("begin_time") for _, query in server.requests} == {"2025-07-31T23:00:00Z"}


def test_secrets_of_customers_are_not_stored(loads: Loads, server: JsonServer) -> None:
    loads.load("recurly")
    assert loads.rows(
        "select count(*) from raw_recurly.accounts where _raw like '%secret-of-the-customer%'"
    ) == [(0,)]


def test_limits_faults_and_half_answers_are_tried_again(loads: Loads, server: JsonServer) -> None:
    loads.load("recurly")
    whole = loads.contents()
    loads.warehouse.unlink()
    server.faults = [429, 503, None, 0, None, 500, 429]
    loads.load("recurly")
    assert loads.contents() == whole


def test_a_refused_key_is_said_and_not_shown(loads: Loads, server: JsonServer) -> None:
    loads.settings["SOURCES__RECURLY__API_KEY"] = "a_wrong_private_key"
    shown = loads.load("recurly", expect=1)
    assert "SOURCES__RECURLY__API_KEY" in shown
    assert "a_wrong_private_key" not in shown


def test_an_odd_object_costs_itself_alone(
    loads: Loads, server: JsonServer, company: RecurlyCompany
) -> None:
    company.lists["/line_items"][0]["subtotal"] = "much"
    loads.load("recurly")
    assert loads.rows("select record_id, field from raw_recurly.quarantine") == [
        ("li1", "subtotal")
    ]
