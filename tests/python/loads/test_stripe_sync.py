"""Stripe synchronisation against a small server whose every object is in sight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from demo.timeline import moment_of
from pipelines.sources.stripe.endpoints import ENDPOINTS
from pipelines.sources.stripe.sync import needs_full_reading
from support.commands import Project
from support.stripe_server import StripeLists, serve

Json = dict[str, Any]
DAY = 86_400
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


def price(number: int) -> Json:
    return {
        "id": f"price_{number}",
        "object": "price",
        "created": START,
        "currency": "usd",
        "product": "prod_1",
        "unit_amount": 1000 * number,
        "unit_amount_decimal": str(1000 * number),
        "type": "recurring",
        "billing_scheme": "per_unit",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
    }


def subscription(number: int, quantity: int = 1, **changes: Any) -> Json:
    item = {"id": f"si_{number}", "object": "subscription_item", "created": START}
    return {
        "id": f"sub_{number}",
        "object": "subscription",
        "created": START + number,
        "customer": f"cus_{number}",
        "status": "active",
        "currency": "usd",
        "start_date": START + number,
        "discounts": [],
        "items": {
            "object": "list",
            "has_more": False,
            "url": f"/v1/subscription_items?subscription=sub_{number}",
            "data": [{**item, "price": price(1), "quantity": quantity}],
        },
        **changes,
    }


def customer(number: int) -> Json:
    return {
        "id": f"cus_{number}",
        "object": "customer",
        "created": START + number,
        "name": f"Customer {number}",
        "email": f"jane{number}@example.com",
        "metadata": {},
    }


def event(number: int, kind: str, at: int, snapshot: Json) -> Json:
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": at,
        "api_version": "2024-06-20",
        "data": {"object": snapshot},
    }


@pytest.fixture
def account() -> Iterator[StripeLists]:
    """150 customers with a subscription each: more than one page, so events tell of changes."""
    numbers = range(150, 0, -1)
    lists: dict[str, list[Json]] = {endpoint.path: [] for endpoint in ENDPOINTS}
    lists["/v1/events"] = []
    lists["/v1/customers"] = [customer(number) for number in numbers]
    lists["/v1/subscriptions"] = [subscription(number) for number in numbers]
    lists["/v1/prices"] = [price(1)]
    lists["/v1/products"] = [
        {"id": "prod_1", "object": "product", "created": START, "name": "Chat"}
    ]
    with serve(StripeLists(lists)) as served:
        yield served


@pytest.fixture
def stripe(project: Project, account: StripeLists) -> Project:
    project.settings |= {
        "SOURCES__STRIPE__API_KEY": "rk_test_key_of_this_test",
        "SOURCES__STRIPE__BASE_URL": account.url,
        "AS_OF": "2026-01-10T00:00:00Z",
    }
    return project


def versions(project: Project, table: str, object_id: str) -> list[tuple[Any, ...]]:
    return project.rows(
        f"select _observed_via, _is_deleted from raw_stripe.{table} where id = '{object_id}' "
        "order by _observed_at, _dlt_load_id, _sequence"
    )


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, datetime(2026, 1, 1), True),
        (datetime(2026, 1, 1), datetime(2026, 1, 29, 23), False),
        (datetime(2026, 1, 1), datetime(2026, 1, 30), True),
        (datetime(2025, 1, 1), datetime(2026, 1, 1), True),
    ],
)
def test_events_are_trusted_only_inside_their_window(
    last: datetime | None, now: datetime, expected: bool
) -> None:
    assert needs_full_reading(last, now) is expected
    assert needs_full_reading(last, now, full_refresh=True)


def test_a_first_sync_reads_every_list_in_the_fewest_requests(
    stripe: Project, account: StripeLists
) -> None:
    stripe.load("stripe")
    assert stripe.rows("select count(*), count(distinct id) from raw_stripe.subscriptions") == [
        (150, 150)
    ]
    pages = [path for path in account.requests if path.startswith("/v1/subscriptions?")]
    assert len(pages) == 2
    assert all("status=all" in path and "limit=100" in path for path in pages)
    # Least possible: one page per list, a second one for customers and subscriptions, the account.
    least = len(ENDPOINTS) + 2 + 1 + 1
    assert len(account.requests) <= least * 1.05


def test_a_sync_without_changes_adds_nothing(stripe: Project, account: StripeLists) -> None:
    stripe.load("stripe")
    before = stripe.rows("select count(*) from raw_stripe.subscriptions")
    account.requests.clear()
    stripe.load("stripe")
    assert stripe.rows("select count(*) from raw_stripe.subscriptions") == before
    assert stripe.rows(
        "select mode, rows_new, rows_changed from raw_stripe.syncs order by _dlt_load_id"
    )[1] == ("incremental", 0, 0)
    assert not [path for path in account.requests if path.startswith("/v1/subscriptions")]


def test_events_change_exactly_what_they_name(stripe: Project, account: StripeLists) -> None:
    stripe.load("stripe")
    later = START + 10 * DAY
    account.lists["/v1/events"] = [
        event(3, "customer.deleted", later + 20, customer(9)),
        event(2, "customer.subscription.updated", later + 10, subscription(7, quantity=5)),
        event(1, "customer.subscription.updated", later, subscription(7, quantity=3)),
    ]
    stripe.settings["AS_OF"] = "2026-01-12T00:00:00Z"
    stripe.load("stripe")
    assert versions(stripe, "subscriptions", "sub_7") == [
        ("list", False),
        ("event", False),
        ("event", False),
    ]
    quantities = stripe.rows(
        "select items.quantity from raw_stripe.subscription_items as items "
        "join raw_stripe.subscriptions as subscriptions using (_version_id) "
        "where subscriptions.id = 'sub_7' order by subscriptions._observed_at"
    )
    assert quantities == [(1,), (3,), (5,)]
    assert versions(stripe, "customers", "cus_9") == [("list", False), ("event", True)]
    assert stripe.rows("select count(*) from raw_stripe.subscriptions") == [(152,)]


def movement(number: int, at: int) -> Json:
    return {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "created": at,
        "amount": -100,
        "currency": "usd",
        "fee": 3,
        "net": -103,
        "status": "available",
        "type": "adjustment",
    }


def test_what_was_created_before_the_newest_event_is_read(
    stripe: Project, account: StripeLists
) -> None:
    path = "/v1/balance_transactions"  # no event tells of these
    account.lists[path] = [movement(number, START + number) for number in range(150, 0, -1)]
    account.lists["/v1/events"] = [event(1, "customer.updated", START + DAY, customer(7))]
    stripe.load("stripe")
    account.lists[path].insert(0, movement(200, START + 10 * DAY))
    news = event(2, "customer.updated", START + 13 * DAY, {**customer(7), "name": "Seven"})
    account.lists["/v1/events"].insert(0, news)
    account.requests.clear()
    stripe.settings["AS_OF"] = "2026-01-15T00:00:00Z"
    stripe.load("stripe")
    assert versions(stripe, "balance_transactions", "txn_200") == [("list", False)]
    assert stripe.rows("select count(*) from raw_stripe.balance_transactions") == [(151,)]
    assert len([one for one in account.requests if one.startswith(path)]) == 1


def test_a_list_that_was_refused_for_a_while_is_read_whole_again(
    stripe: Project, account: StripeLists
) -> None:
    path = "/v1/balance_transactions"
    account.lists[path] = [movement(number, START + number) for number in range(150, 0, -1)]
    account.lists["/v1/events"] = [event(1, "customer.updated", START + DAY, customer(7))]
    stripe.load("stripe")
    account.refused[path] = 403
    account.lists[path].insert(0, movement(200, START + 10 * DAY))
    for day, refused in ((11, True), (13, False)):
        if not refused:
            account.refused.clear()
        account.lists["/v1/events"].insert(
            0, event(day, "customer.updated", START + day * DAY, customer(7))
        )
        stripe.settings["AS_OF"] = f"2026-01-{day + 2}T00:00:00Z"
        stripe.load("stripe")
    assert versions(stripe, "balance_transactions", "txn_200") == [("list", False)]


def test_a_customer_deleted_before_the_first_sync_keeps_name_and_dates(
    stripe: Project, account: StripeLists
) -> None:
    gone = {**customer(999), "name": "Gone Ltd"}
    account.lists["/v1/events"] = [event(1, "customer.deleted", START - DAY, gone)]
    stripe.load("stripe")
    deleted_at = moment_of(START - DAY).replace(tzinfo=None)
    created_at = moment_of(gone["created"]).replace(tzinfo=None)
    assert stripe.rows(
        "select name, created, _observed_at, _is_deleted from raw_stripe.customers "
        "where id = 'cus_999' order by _is_deleted"
    ) == [("Gone Ltd", created_at, deleted_at, False), (None, None, deleted_at, True)]


def test_an_account_not_synced_for_long_is_read_whole_and_what_vanished_is_closed(
    stripe: Project, account: StripeLists
) -> None:
    stripe.load("stripe")
    account.lists["/v1/customers"] = account.lists["/v1/customers"][:-1]  # cus_1 was deleted
    account.lists["/v1/subscriptions"][0] = subscription(150, status="canceled")
    stripe.settings["AS_OF"] = "2026-03-01T00:00:00Z"
    stripe.load("stripe")
    assert versions(stripe, "customers", "cus_1") == [("list", False), ("list", True)]
    assert versions(stripe, "subscriptions", "sub_150") == [("list", False), ("list", False)]
    assert stripe.rows("select count(*) from raw_stripe.subscriptions") == [(151,)]
    assert stripe.rows("select mode from raw_stripe.syncs order by _dlt_load_id") == [
        ("full",),
        ("full",),
    ]


def test_nested_lists_are_paged_to_their_end(stripe: Project, account: StripeLists) -> None:
    lines = [{"id": f"il_{n}", "object": "line_item", "amount": n} for n in range(1, 251)]
    account.lists["/v1/invoices"] = [
        {
            "id": "in_1",
            "object": "invoice",
            "created": START,
            "customer": "cus_1",
            "lines": {
                "object": "list",
                "data": lines[:10],
                "has_more": True,
                "url": "/v1/invoices/in_1/lines",
            },
        }
    ]
    account.lists["/v1/invoices/in_1/lines"] = lines
    stripe.load("stripe")
    assert stripe.rows("select count(*), sum(amount) from raw_stripe.invoice_lines") == [
        (250, 250 * 251 // 2)
    ]
    pages = [path for path in account.requests if path.startswith("/v1/invoices/in_1/lines")]
    assert len(pages) == 3  # 240 lines remain, 100 a page


def test_a_value_of_the_wrong_type_is_quarantined_and_its_neighbours_load(
    stripe: Project, account: StripeLists
) -> None:
    broken = subscription(150, created="yesterday")
    account.lists["/v1/subscriptions"][0] = broken
    stripe.load("stripe")
    assert stripe.rows("select count(*) from raw_stripe.subscriptions") == [(149,)]
    assert stripe.rows("select source_table, record_id, field from raw_stripe.quarantine") == [
        ("subscriptions", "sub_150", "created")
    ]


def test_what_is_needed_and_refused_fails_with_the_permission_and_loads_nothing(
    stripe: Project, account: StripeLists
) -> None:
    account.refused["/v1/invoices"] = 403
    done = stripe.load("stripe", expect=1)
    assert "Invoices: read" in done.stderr
    assert "SOURCES__STRIPE__API_KEY" in done.stderr
    assert "rk_test_key_of_this_test" not in done.stdout + done.stderr
    tables = stripe.rows(
        "select table_name from information_schema.tables where table_schema = 'raw_stripe'"
    )
    assert ("subscriptions",) not in tables
    account.refused.clear()
    stripe.load("stripe")
    assert stripe.rows("select count(*) from raw_stripe.subscriptions") == [(150,)]


def test_what_is_optional_and_refused_is_skipped_and_listed(
    stripe: Project, account: StripeLists
) -> None:
    account.refused |= {"/v1/disputes": 403, "/v1/billing/meters": 404}
    done = stripe.load("stripe")
    skipped = stripe.rows(
        "select endpoint from raw_stripe.sync_endpoints where status = 'skipped' order by endpoint"
    )
    assert skipped == [("/v1/billing/meters",), ("/v1/disputes",)]
    assert "Disputes: read" in done.stderr


def test_another_account_under_the_same_settings_is_refused(
    stripe: Project, account: StripeLists
) -> None:
    account.lists["/v1"] = [{"id": "account", "object": "account"}]
    stripe.load("stripe")
    stripe.settings["SOURCES__STRIPE__API_KEY"] = "rk_live_key_of_this_test"
    done = stripe.load("stripe", expect=1)
    assert "WAREHOUSE_PATH" in done.stderr
    assert "must not be mixed" in done.stderr


def test_emails_are_stored_only_as_keyed_hash_and_domain(
    stripe: Project, account: StripeLists
) -> None:
    stripe.load("stripe")
    [(email, domain, raw)] = stripe.rows(
        "select email, email_domain, _raw from raw_stripe.customers where id = 'cus_5'"
    )
    assert domain == "example.com"
    assert email.endswith("@example.com")
    assert len(email) == len("@example.com") + 32
    assert email in raw
    for path in stripe.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"jane5@example.com" not in content, path
            assert b"rk_test_key_of_this_test" not in content, path
            assert path.stat().st_mode & 0o077 == 0, path


def test_times_are_utc_without_zone_and_money_is_exact(
    stripe: Project, account: StripeLists
) -> None:
    fine = {**price(1), "unit_amount": None, "unit_amount_decimal": "0.000000000123"}
    account.lists["/v1/prices"] = [fine]
    stripe.load("stripe")
    types = stripe.rows(
        "select distinct data_type from information_schema.columns "
        "where table_schema = 'raw_stripe' and not starts_with(table_name, '_dlt') "
        "and (data_type like 'TIME%' or data_type like 'DOUBLE%' or data_type like 'FLOAT%')"
    )
    assert types == [("TIMESTAMP",)]
    assert stripe.rows("select unit_amount_decimal, created from raw_stripe.prices") == [
        (Decimal("0.000000000123"), datetime(2026, 1, 1))
    ]
