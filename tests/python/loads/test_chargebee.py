"""Chargebee's API as it is on bad days: limits, faults, cut bills, refused keys, objects gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from support import chargebee_lives, chargebee_server
from support.chargebee_server import KEY, ChargebeeCompany
from support.json_server import JsonServer, serve
from support.loads import Loads, loads

__all__ = ["loads"]

DAY = "2025-07-31"


@pytest.fixture
def company() -> ChargebeeCompany:
    made = chargebee_lives.life()
    made.now = datetime.fromisoformat(f"{DAY}T23:59:59")
    return made


@pytest.fixture
def server(company: ChargebeeCompany, loads: Loads) -> Iterator[JsonServer]:
    with serve(company.server()) as listening:
        loads.settings = {
            "AS_OF": DAY,
            "SOURCES__CHARGEBEE__API_KEY": KEY,
            "SOURCES__CHARGEBEE__BASE_URL": listening.url,
        }
        yield listening


def test_every_page_is_read_and_an_equal_list_adds_no_state(
    loads: Loads, server: JsonServer
) -> None:
    """`updated_at` and `resource_version` differ between event and list; nothing else does."""
    loads.load("chargebee")
    loads.load("chargebee")
    assert loads.rows("select count(*), count(distinct id) from raw_chargebee.invoices") == [(7, 7)]
    assert loads.rows(
        "select id, count(*), min(_observed_via), max(_observed_via) "
        "from raw_chargebee.subscriptions group by 1 order by 1"
    ) == [
        ("cb1", 8, "event", "event"),
        *((name, 1, "event", "event") for name in ("cb2", "cb3", "cb5", "cb6")),
    ]


def test_the_first_reading_has_no_filter_that_would_drop_old_objects(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    for one in company.lists["/invoices"]:
        one.pop("updated_at")
    loads.load("chargebee")
    assert loads.rows("select count(*) from raw_chargebee.invoices") == [(7,)]
    asked = [query for path, query in server.requests if path.endswith("/invoices")]
    assert not any("updated_at[after]" in query for query in asked)
    assert all(query["include_deleted"] == "true" for query in asked)


def test_lines_that_a_list_cut_off_are_read(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    company.cuts_lines = True
    loads.load("chargebee")
    assert loads.rows("select count(*), count(distinct id) from raw_chargebee.invoice_lines") == [
        (8, 8)
    ]


def test_what_was_deleted_is_closed(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    loads.load("chargebee")
    gone_at = chargebee_server.seconds("2025-07-31T23:30:00")
    company.lists["/customers"][1] |= {"deleted": True, "updated_at": gone_at}
    loads.load("chargebee")
    assert loads.rows(
        "select id, _is_deleted from raw_chargebee.customers where id in ('c2', 'c4') order by 1, 2"
    ) == [("c2", False), ("c2", True)]


def test_limits_faults_and_half_answers_are_tried_again(loads: Loads, server: JsonServer) -> None:
    loads.load("chargebee")
    whole = loads.contents()
    loads.warehouse.unlink()
    server.faults = [429, 503, None, 0, None, 500, 429]
    loads.load("chargebee")
    assert loads.contents() == whole


def test_a_refused_key_is_said_and_not_shown(loads: Loads, server: JsonServer) -> None:
    loads.settings["SOURCES__CHARGEBEE__API_KEY"] = "live_wrong_key"
    shown = loads.load("chargebee", expect=1)
    assert "SOURCES__CHARGEBEE__API_KEY" in shown
    assert "live_wrong_key" not in shown


def test_a_list_of_another_catalogue_is_skipped_and_named(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    company.statuses = {"/items": 400, "/credit_notes": 403}
    shown = loads.load("chargebee")
    assert "configuration" in shown or "/items is not for you" in shown
    assert loads.rows(
        "select endpoint from raw_chargebee.sync_endpoints where status = 'skipped' order by 1"
    ) == [("/credit_notes",), ("/items",)]


def test_events_of_one_second_are_put_in_order_by_their_version(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    late = company.events[-1]
    early = {**late, "id": "ev_early", "content": {"subscription": {
        **late["content"]["subscription"], "status": "active", "resource_version": 1,
    }}}  # fmt: skip
    company.events.append(early)
    loads.load("chargebee")
    assert loads.rows(
        "select status from raw_chargebee.subscriptions where id = 'cb1' "
        "order by _observed_at desc, _dlt_load_id desc, _sequence desc limit 1"
    ) == [("cancelled",)]


@pytest.mark.parametrize("site", ["acme.chargebee.com", "https://acme", "a/b", "a@b"])
def test_a_site_is_a_name_and_nothing_else(loads: Loads, site: str) -> None:
    """Anything else could lead the key to another host."""
    loads.settings = {
        "SOURCES__CHARGEBEE__API_KEY": KEY,
        "SOURCES__CHARGEBEE__SITE": site,
    }
    assert "SOURCES__CHARGEBEE__SITE" in loads.load("chargebee", expect=2)


def test_what_is_to_come_is_read_of_subscriptions_that_run(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    """A ramp is listed for who names its subscription; a renewal is asked for where one is said."""
    company.lists["/ramps"].append({"id": "over", "subscription_id": "cb1"})
    loads.load("chargebee")
    assert loads.rows(
        "select root.id, kind, item_price_id, change, cast(quantity as int) "
        "from raw_chargebee.scheduled_changes as root "
        "join raw_chargebee.scheduled_items as items using (_version_id) order by 1, 3"
    ) == [
        ("cb6:renewal", "renewal", "basic-USD-M", "kept", 5),
        ("ramp_1", "ramp", "basic-USD-M", "updated", 4),
        ("ramp_2", "ramp", "pro-USD-M", "added", 3),
        ("ramp_2", "ramp", "storage-USD-M", "removed", None),
    ]
    server.requests.clear()
    company.lists["/ramps"][0] = {**company.lists["/ramps"][0], "deleted": True}
    [before] = [
        held for one in company.events if (held := one["content"]["subscription"])["id"] == "cb5"
    ]
    company.events.append(
        {"id": "ev_ramp", "event_type": "subscription_ramp_deleted",
         "occurred_at": chargebee_server.seconds("2025-07-31T23:30:00"),
         "content": {"subscription": {**before},
                     "ramp": {"id": "ramp_1", "subscription_id": "cb5"}}}
    )  # fmt: skip
    loads.load("chargebee")
    asked = [query["subscription_id[in]"] for path, query in server.requests if "ramps" in path]
    assert asked == ['["cb5"]']
    assert loads.rows(
        "select _is_deleted from raw_chargebee.scheduled_changes where id = 'ramp_1' order by 1"
    ) == [(False,), (True,)]


def test_plans_and_addons_of_the_older_catalogue_are_items_with_one_price(
    loads: Loads, server: JsonServer, company: ChargebeeCompany
) -> None:
    chargebee_lives.as_older_catalogue(company)
    shown = loads.load("chargebee")
    assert "skipped" not in shown
    assert loads.rows(
        "select item_price_id, item_type, cast(quantity as int), cast(unit_price as int) "
        "from raw_chargebee.subscription_items where _root_id = 'cb3' order by _position"
    ) == [
        ("seats-USD-M", "plan", 5, 1000),
        ("addon:storage-USD-M", "addon", 7, None),
        ("addon:hours-USD-M", "addon", None, 800),
        ("addon:support-USD-M", "addon", None, 12000),
    ]
    assert loads.rows(
        "select id, pricing_model, item_type from raw_chargebee.item_prices "
        "where id like 'addon:%' order by 1"
    ) == [
        ("addon:hours-USD-M", "per_unit", "addon"),
        ("addon:setup-USD-M", "flat_fee", "charge"),
        ("addon:storage-USD-M", "stairstep", "addon"),
        ("addon:support-USD-M", "flat_fee", "addon"),
    ]
