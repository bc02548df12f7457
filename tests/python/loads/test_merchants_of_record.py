"""Polar's and Lemon Squeezy's APIs on bad days: limits, faults, cut pages, lists that lose rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from pipelines.errors import LoadError
from pipelines.loading.numbered_pages import Page, objects_of_pages
from support import lemon_squeezy_lives, lemon_squeezy_server, polar_lives, polar_server
from support.json_server import Json, JsonServer, Query, serve
from support.loads import Loads, loads

__all__ = ["loads"]

DAY = "2025-07-31"


@dataclass
class Vendor:
    """A company at a vendor, its server, and what is known of its lists."""

    name: str
    secret: str
    company: Any
    server: JsonServer
    subscriptions: str
    money: str
    paid_in_all: int
    bill_path: str
    odd_field: str


@pytest.fixture(params=["polar", "lemon_squeezy"])
def vendor(request: pytest.FixtureRequest, loads: Loads) -> Iterator[Vendor]:
    made: polar_server.PolarCompany | lemon_squeezy_server.LemonSqueezyCompany
    if request.param == "polar":
        made, key, secret = polar_lives.life(), polar_server.KEY, "ACCESS_TOKEN"
        facts = ("/v1/subscriptions/", "total_amount", "/v1/orders/", "subtotal_amount")
    else:
        made, key, secret = lemon_squeezy_lives.life(), lemon_squeezy_server.KEY, "API_KEY"
        facts = ("/v1/subscriptions", "total", "/v1/subscription-invoices", "subtotal")
    made.now = datetime.fromisoformat(f"{DAY}T23:59:59")
    subscriptions, money, bills, odd = facts
    paid = sum(one[money] for one in made.rows(bills))
    setting = f"SOURCES__{request.param.upper()}__{secret}"
    with serve(made.server()) as listening:
        loads.settings = {
            "AS_OF": DAY,
            setting: key,
            f"SOURCES__{request.param.upper()}__BASE_URL": listening.url,
        }
        yield Vendor(
            request.param, setting, made, listening, subscriptions, money, paid, bills, odd
        )


def bills_of(vendor: Vendor) -> str:
    table = vendor.bill_path.removeprefix("/v1/").strip("/").replace("-", "_")
    return f"raw_{vendor.name}.{table}"


def test_every_page_is_read_once_and_money_is_exact(loads: Loads, vendor: Vendor) -> None:
    """Pages of two objects: each list takes as many requests as it has pages."""
    loads.load(vendor.name)
    first = len(vendor.server.requests)
    assert first == sum(
        max(1, -(-len(vendor.company.rows(path)) // 2)) for path in vendor.company.lists
    )
    loads.load(vendor.name)
    count = len(vendor.company.rows(vendor.bill_path))
    assert loads.rows(
        f"select count(*), count(distinct id), sum({vendor.money}) from {bills_of(vendor)}"
    ) == [(count, count, vendor.paid_in_all)]


def test_what_customers_alone_may_know_is_not_stored(loads: Loads, vendor: Vendor) -> None:
    loads.load(vendor.name)
    for (table,) in loads.rows(
        f"select table_name from duckdb_columns() where schema_name = 'raw_{vendor.name}' "
        "and column_name = '_raw'"
    ):
        [(found,)] = loads.rows(
            f"select count(*) from raw_{vendor.name}.{table} where _raw like '%jo@acme.test%' "
            "or _raw like '%secret-of-the-customer%' or _raw like '%NL123456789B01%'"
        )
        assert found == 0, table


def test_limits_faults_and_half_answers_are_tried_again(loads: Loads, vendor: Vendor) -> None:
    loads.load(vendor.name)
    whole = loads.contents()
    loads.warehouse.unlink()
    vendor.server.faults = [429, 503, None, 0, None, 500, 429]
    loads.load(vendor.name)
    assert loads.contents() == whole


def test_a_refused_key_is_said_and_not_shown(loads: Loads, vendor: Vendor) -> None:
    loads.settings[vendor.secret] = "a_wrong_private_key"
    shown = loads.load(vendor.name, expect=1)
    assert vendor.secret in shown
    assert "a_wrong_private_key" not in shown


def test_a_server_that_keeps_failing_costs_the_load_and_nothing_is_lost(
    loads: Loads, vendor: Vendor
) -> None:
    vendor.server.faults = [503] * 9
    loads.load(vendor.name, expect=1)
    vendor.server.faults.clear()
    loads.load(vendor.name)
    [(count,)] = loads.rows(f"select count(*) from {bills_of(vendor)}")
    assert count == len(vendor.company.rows(vendor.bill_path))


def test_an_odd_object_costs_itself_alone(loads: Loads, vendor: Vendor) -> None:
    odd = vendor.company.lists[vendor.bill_path][0]
    odd[vendor.odd_field] = "much"
    if vendor.name == "polar":
        odd["total_amount"] = 0
    loads.load(vendor.name)
    assert loads.rows(f"select record_id, field from raw_{vendor.name}.quarantine") == [
        (odd["id"], vendor.odd_field)
    ]


def test_a_row_that_slips_to_a_page_already_read_is_not_lost(loads: Loads, vendor: Vendor) -> None:
    """Something is deleted between two pages: what stood behind it moves up."""
    answer = vendor.server.answer
    deleted: list[Json] = []

    def shrinking(path: str, query: Query) -> tuple[int, Json | str]:
        said = answer(path, query)
        if path == vendor.subscriptions and not deleted:
            rows = vendor.company.lists[path]
            gone = vendor.company.rows(path)[0]["id"]
            deleted.extend(one for one in rows if one["id"] == gone)
            vendor.company.lists[path] = [one for one in rows if one["id"] != gone]
        return said

    vendor.server.answer = shrinking
    loads.load(vendor.name)
    wanted = {one["id"] for one in vendor.company.rows(vendor.subscriptions)}
    found = loads.rows(f"select distinct id from raw_{vendor.name}.subscriptions")
    assert wanted <= {one for (one,) in found}


def test_a_list_that_goes_on_losing_rows_stops_the_load(loads: Loads, vendor: Vendor) -> None:
    answer = vendor.server.answer

    def losing(path: str, query: Query) -> tuple[int, Json | str]:
        status, body = answer(path, query)
        assert isinstance(body, dict)
        if path == vendor.subscriptions:
            rows = body["items"] if vendor.name == "polar" else body["data"]
            del rows[1:]
        return status, body

    vendor.server.answer = losing
    assert vendor.subscriptions in loads.load(vendor.name, expect=1)
    vendor.server.answer = answer
    loads.load(vendor.name)
    wanted = len(vendor.company.rows(vendor.subscriptions))
    assert loads.rows(f"select count(distinct id) from raw_{vendor.name}.subscriptions") == [
        (wanted,)
    ]


def test_a_page_without_a_list_or_a_count_is_refused(loads: Loads, vendor: Vendor) -> None:
    answer = vendor.server.answer
    for broken in ({"items": None, "data": None}, {"pagination": None, "meta": {}}):
        said = dict(broken)
        vendor.server.answer = lambda path, query, said=said: (
            200,
            {**answer(path, query)[1], **said},
        )
        assert "page" in loads.load(vendor.name, expect=1)


def test_a_list_that_repeats_its_pages_ends() -> None:
    rows = [{"id": "a"}, {"id": "b"}]
    with pytest.raises(LoadError, match="repeats a page"):
        list(objects_of_pages("/x", lambda number: Page(rows, 10**9, 10**9)))


def test_a_clock_set_back_dates_nothing_into_the_future(loads: Loads, vendor: Vendor) -> None:
    """What changed after the clock is still observed at the clock."""
    loads.settings["AS_OF"] = "2025-05-01"
    loads.load(vendor.name)
    [(latest,)] = loads.rows(f"select max(_observed_at) from raw_{vendor.name}.subscriptions")
    assert latest <= datetime(2025, 5, 2)
