"""Paddle's API as it is on bad days: limits, faults, cut pages, refused keys, lists that lag."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from support.json_server import JsonServer, serve
from support.loads import Loads, loads
from support.paddle_lives import tax_inside
from support.paddle_server import KEY, PaddleCompany

__all__ = ["loads"]

DAY = "2025-04-01"


@pytest.fixture
def company() -> PaddleCompany:
    made = tax_inside()
    made.now = datetime.fromisoformat(f"{DAY}T23:59:59")
    return made


@pytest.fixture
def server(company: PaddleCompany, loads: Loads) -> Iterator[JsonServer]:
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": DAY,
            "SOURCES__PADDLE__API_KEY": KEY,
            "SOURCES__PADDLE__BASE_URL": listening.url,
        }
        yield listening


def test_every_page_is_read_whatever_host_its_address_names(
    loads: Loads, server: JsonServer
) -> None:
    """Six bills by then; a page holds three rows, and the next is said to be at Paddle's host."""
    loads.load("paddle")
    rows = loads.rows("select count(*), count(distinct id) from raw_paddle.transactions")
    assert rows == [(6, 6)]
    assert loads.rows("select id, status from raw_paddle.customers order by 1") == [
        ("ctm_1", "archived"),
        ("ctm_3", "active"),
    ]


def test_events_date_the_states_and_an_equal_list_adds_none(
    loads: Loads, server: JsonServer
) -> None:
    loads.load("paddle")
    loads.load("paddle")
    assert loads.rows(
        "select cast(_observed_at as varchar), _observed_via from raw_paddle.subscriptions "
        "where id = 'sub_1' order by 1"
    ) == [
        ("2025-01-10 00:00:00", "event"),
        ("2025-01-24 00:00:00", "event"),
        ("2025-03-10 00:00:00", "event"),
    ]


def test_limits_faults_and_half_answers_are_tried_again(loads: Loads, server: JsonServer) -> None:
    loads.load("paddle")
    whole = loads.contents()
    loads.warehouse.unlink()
    server.faults = [429, 503, None, 0, None, 500, 429]
    loads.load("paddle")
    assert loads.contents() == whole


def test_a_server_that_keeps_failing_costs_one_run_and_the_next_heals(
    loads: Loads, server: JsonServer
) -> None:
    server.faults = [500] * 3
    assert "Given up" in loads.load("paddle", expect=1)
    loads.load("paddle")
    assert loads.rows("select count(distinct id) from raw_paddle.transactions") == [(6,)]


def test_a_refused_key_is_said_and_not_shown(loads: Loads, server: JsonServer) -> None:
    loads.settings["SOURCES__PADDLE__API_KEY"] = "pdl_live_apikey_wrong"
    shown = loads.load("paddle", expect=1)
    assert "SOURCES__PADDLE__API_KEY" in shown
    assert "pdl_live_apikey_wrong" not in shown


def test_a_key_that_may_write_is_warned_of(
    loads: Loads, server: JsonServer, company: PaddleCompany
) -> None:
    company.permissions = ["subscription.read", "subscription.write"]
    assert "can write" in loads.load("paddle")


def test_what_the_key_may_not_read_is_skipped_and_named(
    loads: Loads, server: JsonServer, company: PaddleCompany
) -> None:
    company.refused = {"/adjustments", "/events"}
    assert "adjustment.read" in loads.load("paddle")
    assert loads.rows(
        "select endpoint from raw_paddle.sync_endpoints where status = 'skipped' order by 1"
    ) == [("/adjustments",), ("/events",)]


def test_without_subscriptions_nothing_can_be_said(
    loads: Loads, server: JsonServer, company: PaddleCompany
) -> None:
    company.refused = {"/subscriptions"}
    assert "subscription.read" in loads.load("paddle", expect=1)


def test_an_odd_object_costs_itself_alone(
    loads: Loads, server: JsonServer, company: PaddleCompany
) -> None:
    company.lists["/transactions"][0]["details"]["line_items"][0]["quantity"] = "many"
    loads.load("paddle")
    assert loads.rows("select record_id, field from raw_paddle.quarantine") == [
        ("txn_1", "quantity")
    ]
    assert loads.rows("select count(*) from raw_paddle.transactions") == [(5,)]


def test_times_that_mean_none_and_texts_with_a_space_are_read(
    loads: Loads, server: JsonServer, company: PaddleCompany
) -> None:
    bill = company.lists["/transactions"][0]
    bill |= {"created_at": "2025-01-24 00:00:00Z", "billed_at": "0001-01-01T00:00:00Z"}
    loads.load("paddle")
    assert loads.rows(
        "select cast(created_at as varchar), billed_at from raw_paddle.transactions "
        "where id = 'txn_1'"
    ) == [("2025-01-24 00:00:00", None)]
