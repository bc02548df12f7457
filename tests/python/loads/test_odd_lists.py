"""Lists with rows that make no sense, that never end, or that could not be read for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from pipelines.errors import LoadError
from pipelines.loading.cursor_pages import MOST_REPEATED, Followed
from support import (
    braintree_lives,
    braintree_server,
    chargebee_lives,
    chargebee_server,
    lemon_squeezy_lives,
    lemon_squeezy_server,
    paddle_lives,
    paddle_server,
    polar_lives,
    polar_server,
    recurly_lives,
    recurly_server,
)
from support.json_server import JsonServer, Query, serve
from support.loads import Loads, loads

__all__ = ["loads"]

NOW = datetime(2025, 7, 31, 23, 59, 59)


def test_a_list_that_repeats_its_pages_under_new_cursors_ends() -> None:
    followed = Followed("/events")
    with pytest.raises(LoadError, match="never end"):
        for number in range(2 * MOST_REPEATED):
            followed.add(f"cursor-{number}", [{"id": "a"}])
    long = Followed("/events")
    for number in range(1000):
        long.add(f"cursor-{number}", [{"id": number}])
    with pytest.raises(LoadError, match="repeats a page"):
        long.add("cursor-5", [{"id": "new"}])


@dataclass(frozen=True)
class Vendor:
    """A vendor's company at its server, and where what is odd is put among its rows."""

    name: str
    settings: dict[str, str]
    server: JsonServer
    path: str
    rows: str
    table: str


def _vendors() -> dict[str, Callable[[], Vendor]]:
    """Name -> the vendor, with one of its lists."""

    def of(
        name: str, company: Any, settings: dict[str, str], path: str, rows: str, table: str
    ) -> Vendor:
        company.now = NOW
        return Vendor(name, settings, company.server(), path, rows, table)

    return {
        "paddle": lambda: of(
            "paddle",
            paddle_lives.tax_inside(),
            {"API_KEY": paddle_server.KEY},
            "/transactions",
            "data",
            "transactions",
        ),
        "chargebee": lambda: of(
            "chargebee",
            chargebee_lives.life(),
            {"API_KEY": chargebee_server.KEY},
            "/api/v2/credit_notes",
            "list",
            "credit_notes",
        ),
        "recurly": lambda: of(
            "recurly",
            recurly_lives.life(),
            {"API_KEY": recurly_server.KEY},
            "/transactions",
            "data",
            "transactions",
        ),
        "polar": lambda: of(
            "polar",
            polar_lives.life(),
            {"ACCESS_TOKEN": polar_server.KEY},
            "/v1/refunds/",
            "items",
            "refunds",
        ),
        "lemon_squeezy": lambda: of(
            "lemon_squeezy",
            lemon_squeezy_lives.life(),
            {"API_KEY": lemon_squeezy_server.KEY},
            "/v1/customers",
            "data",
            "customers",
        ),
    }


@pytest.fixture
def vendor(request: pytest.FixtureRequest, loads: Loads) -> Iterator[Vendor]:
    made = _vendors()[request.param]()
    with serve(made.server) as listening_server:
        prefix = f"SOURCES__{made.name.upper()}__"
        loads.settings = {"AS_OF": "2025-07-31", f"{prefix}BASE_URL": listening_server.url} | {
            f"{prefix}{name}": value for name, value in made.settings.items()
        }
        yield made


@pytest.mark.parametrize("vendor", sorted(_vendors()), indirect=True)
def test_rows_that_are_no_objects_cost_themselves_alone(loads: Loads, vendor: Vendor) -> None:
    """Nothing, texts, numbers and lists among the rows of a list."""
    loads.load(vendor.name)
    clean = loads.rows(f"select count(*) from raw_{vendor.name}.{vendor.table}")
    loads.warehouse.unlink()
    answered = vendor.server.answer
    odd = [None, "a text", 5, ["a", "list"]]

    def with_odd_rows(path: str, query: Query) -> tuple[int, Any]:
        status, body = answered(path, query)
        if path == vendor.path and isinstance(body, dict):
            body = {**body, vendor.rows: [*odd, *body[vendor.rows]]}
        return status, body

    vendor.server.answer = with_odd_rows
    loads.load(vendor.name)
    assert loads.rows(f"select count(*) from raw_{vendor.name}.{vendor.table}") == clean
    found = loads.rows(
        f"select distinct source_table, reason, raw from raw_{vendor.name}.quarantine"
    )
    assert {raw for _, _, raw in found} == {"null", '"a text"', "5", '["a","list"]'}
    assert {(table, reason) for table, reason, _ in found} == {
        (vendor.table, "the whole object: is not an object")
    }


@pytest.mark.parametrize("vendor", ["chargebee", "recurly"], indirect=True)
def test_a_list_that_was_refused_is_read_whole_once_it_may_be(loads: Loads, vendor: Vendor) -> None:
    """Asked for changes alone, it would lack for ever what was there before."""
    answered = vendor.server.answer
    vendor.server.answer = lambda path, query: (
        (403, {"message": "no"}) if path == vendor.path else answered(path, query)
    )
    assert "skipped" in loads.load(vendor.name)
    vendor.server.answer = answered
    loads.load(vendor.name)
    healed = loads.rows(f"select id from raw_{vendor.name}.{vendor.table} order by 1")
    loads.warehouse.unlink()
    loads.load(vendor.name)
    assert loads.rows(f"select id from raw_{vendor.name}.{vendor.table} order by 1") == healed
    assert healed


@pytest.mark.parametrize("vendor", ["chargebee", "recurly", "paddle"], indirect=True)
def test_a_clock_that_jumped_back_leaves_no_list_unread(loads: Loads, vendor: Vendor) -> None:
    loads.settings["AS_OF"] = "2031-01-01"
    loads.load(vendor.name)
    loads.settings["AS_OF"] = "2025-07-31"
    assert "the clock jumped back, so everything is read again" in loads.load(vendor.name)
    vendor.server.requests.clear()
    assert "jumped back" not in loads.load(vendor.name)
    asked = [query for path, query in vendor.server.requests if path == vendor.path]
    assert asked
    assert all("2025-07-31T" in str(query) or "1754002800" in str(query) for query in asked)


@pytest.mark.parametrize("vendor", ["paddle"], indirect=True)
def test_an_event_of_another_century_holds_no_others_up(loads: Loads, vendor: Vendor) -> None:
    answered = vendor.server.answer
    odd = {"event_id": "evt_0", "event_type": "x", "occurred_at": "9999-12-31T23:59:59Z"}

    def with_an_odd_event(path: str, query: Query) -> tuple[int, Any]:
        status, body = answered(path, query)
        if path == "/events" and "after" not in query and isinstance(body, dict):
            body = {**body, "data": [odd, *body["data"]]}
        return status, body

    loads.load("paddle")
    [(events,)] = loads.rows("select count(*) from raw_paddle.events")
    loads.warehouse.unlink()
    vendor.server.answer = with_an_odd_event
    loads.load("paddle")
    loads.load("paddle")
    assert loads.rows("select count(*) from raw_paddle.events") == [(events,)]
    assert events > 0


@pytest.mark.parametrize("vendor", ["paddle"], indirect=True)
@pytest.mark.parametrize("status", [400, 404])
def test_events_are_read_on_though_the_last_one_is_no_longer_kept(
    loads: Loads, vendor: Vendor, status: int
) -> None:
    loads.load("paddle")
    answered = vendor.server.answer
    [(last,)] = loads.rows("select max(id) from raw_paddle.events")
    vendor.server.answer = lambda path, query: (
        (status, {"error": {"detail": "no such event"}})
        if path == "/events" and query.get("after") == last
        else answered(path, query)
    )
    assert "skipped" not in loads.load("paddle")


def test_a_braintree_object_of_an_odd_shape_costs_itself_alone(loads: Loads) -> None:
    """A day at the end of the calendar, a number where disputes should be, a text for a plan."""
    company = braintree_lives.life()
    company.now = NOW
    server = company.server()
    answered = server.answer

    def spoiled(path: str, query: Query) -> tuple[int, Any]:
        status, body = answered(path, query)
        text = str(body)
        if path.endswith("/plans"):
            text = text.replace('<plans type="array">', '<plans type="array"><plan>odd</plan>')
        return status, text.replace(
            '<billing-period-end-date type="date">2025-02-23',
            '<billing-period-end-date type="date">9999-12-31',
        )

    server.answer = spoiled
    with serve(server):
        loads.settings = {
            "AS_OF": "2025-07-31",
            "SOURCES__BRAINTREE__MERCHANT_ID": braintree_server.MERCHANT,
            "SOURCES__BRAINTREE__PUBLIC_KEY": braintree_server.PUBLIC_KEY,
            "SOURCES__BRAINTREE__PRIVATE_KEY": braintree_server.PRIVATE_KEY,
            "SOURCES__BRAINTREE__BASE_URL": server.url,
        }
        loads.load("braintree")
    assert loads.rows("select count(*) from raw_braintree.transactions") == [(8,)]
    assert loads.rows("select source_table, raw from raw_braintree.quarantine") == [
        ("plans", '"odd"')
    ]
