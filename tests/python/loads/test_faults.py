"""What goes wrong with vendors, machines and clocks: clearly said, nothing lost or doubled."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.loading import MOST_TIMES_LEAST_REQUESTS, least_requests
from demo import DemoParameters, DemoServer, generate_company
from demo.making import DemoCompany
from demo.tour import demo_settings
from support.loads import Loads, loads, more
from support.openai_server import ADMIN_KEY, Organisation, cost
from support.openai_server import serve as serve_openai
from support.stripe_server import StripeLists
from support.stripe_server import serve as serve_stripe

__all__ = ["loads"]

Json = dict[str, Any]
CLOCK = "2026-11-15T12:00:00Z"
START = 1_767_225_600  # 2026-01-01
COUNTS = "select count(*), count(distinct id) from raw_stripe.invoices"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> DemoCompany:
    parameters = DemoParameters(seed=7, customers=16, months=8, events=2_000, as_of=CLOCK)
    return generate_company(tmp_path_factory.mktemp("company"), parameters)


@pytest.fixture
def vendors(company: DemoCompany, loads: Loads) -> Iterator[DemoServer]:
    """The demo company's vendors and event files, all three sources configured."""
    with DemoServer(company.store, clock=CLOCK) as server:
        loads.settings |= demo_settings(company, server.url)
        yield server


@pytest.fixture
def account(loads: Loads) -> Iterator[StripeLists]:
    """A Stripe account of two customers, every object in sight."""
    customers = [{"id": f"cus_{n}", "object": "customer", "created": START} for n in (2, 1)]
    lists: dict[str, list[Json]] = {
        f"/v1/{name}": []
        for name in ("products", "prices", "subscriptions", "invoices", "charges", "events")
    }
    with serve_stripe(StripeLists({**lists, "/v1/customers": customers})) as served:
        loads.settings |= {
            "SOURCES__STRIPE__API_KEY": "rk_test_faults",
            "SOURCES__STRIPE__BASE_URL": served.url,
            "AS_OF": "2026-01-10T00:00:00Z",
        }
        yield served


@pytest.fixture
def organisation(loads: Loads) -> Iterator[Organisation]:
    days = [date(2026, 3, day) for day in (1, 2, 3)]
    with serve_openai(Organisation(today=days[-1])) as served:
        served.costs = {day: [cost("1", "a")] for day in days}
        loads.settings |= {
            "SOURCES__OPENAI__ADMIN_KEY": ADMIN_KEY,
            "SOURCES__OPENAI__BASE_URL": served.url,
            "SOURCES__OPENAI__START_DATE": "2026-03-01",
            "AS_OF": "2026-03-03",
        }
        yield served


# ---- vendors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [more("rate_limit"), more("server_error"), more("drop"), "truncate"]
)
def test_a_fault_that_passes_costs_a_request_and_nothing_else(
    loads: Loads, vendors: DemoServer, kind: str
) -> None:
    loads.load("stripe")
    clean = loads.contents()
    requests = vendors.requests["/v1/invoices"]
    other = Loads(loads.folder / "other", loads.monkeypatch, loads.settings)
    other.folder.mkdir()
    vendors.requests.clear()
    vendors.fault(kind, "/v1/invoices", times=1, skip=requests - 1)
    vendors.fault(kind, "/v1/subscriptions", times=2)
    other.load("stripe")
    assert vendors.requests["/v1/invoices"] == requests + 1
    assert not vendors.faults
    assert other.contents() == clean


def test_retry_after_is_waited_for(loads: Loads, vendors: DemoServer) -> None:
    vendors.fault("rate_limit", "/v1/coupons", times=1, retry_after=2)
    started = time.monotonic()
    loads.load("stripe")
    assert time.monotonic() - started >= 2
    assert vendors.requests["/v1/coupons"] == 2


@pytest.mark.parametrize(
    "kind", [more("rate_limit"), more("server_error"), "drop", more("truncate")]
)
def test_a_vendor_that_stays_down_is_given_up_and_the_others_load(
    loads: Loads, vendors: DemoServer, kind: str
) -> None:
    vendors.fault(kind, "/v1/invoices", times=None)
    shown = loads.load(expect=1)
    assert "stripe: " in shown
    assert "/v1/invoices" in shown
    assert vendors.requests["/v1/invoices"] == 3
    for schema in ("raw_openai", "raw_app_events"):
        assert loads.rows(f"select count(*) from {schema}.syncs") == [(1,)]
    vendors.clear_faults()
    loads.load()
    [(rows, ids)] = loads.rows(COUNTS)
    assert rows == ids > 0
    loads.check_records()


@pytest.mark.parametrize("kind", ["repeat_page", more("loop_cursor")])
@pytest.mark.parametrize("path", ["/v1/invoices", more("/v1/organization/costs")])
def test_a_list_that_never_ends_is_an_error(
    loads: Loads, vendors: DemoServer, kind: str, path: str
) -> None:
    vendors.fault(kind, path, times=None, skip=1 if kind == "repeat_page" else 0)
    shown = loads.load("openai" if "organization" in path else "stripe", expect=1)
    assert path in shown
    assert vendors.requests[path] < 10
    vendors.clear_faults()
    loads.load("stripe", "openai")
    [(rows, ids)] = loads.rows(COUNTS)
    assert rows == ids > 0


@pytest.mark.parametrize(
    ("source", "setting"),
    [("stripe", "SOURCES__STRIPE__API_KEY"), ("openai", "SOURCES__OPENAI__ADMIN_KEY")],
)
def test_a_refused_key_is_named_and_not_tried_again(
    loads: Loads, vendors: DemoServer, source: str, setting: str
) -> None:
    vendors.fault("unauthorized", "/v1/", times=None)
    shown = loads.load(source, expect=1)
    assert setting in shown
    assert vendors.requests.total() == 1
    vendors.clear_faults()
    loads.load(source)


def test_a_full_sync_makes_hardly_more_requests_than_the_least_possible(
    loads: Loads, vendors: DemoServer
) -> None:
    import duckdb

    loads.load("stripe")
    with duckdb.connect(str(loads.warehouse), read_only=True) as connection:
        least = least_requests(connection)
    assert least <= vendors.requests.total() <= MOST_TIMES_LEAST_REQUESTS * least
    vendors.requests.clear()
    loads.load("stripe")
    assert vendors.requests.total() < least


def test_new_fields_and_enum_values_load_and_are_listed(loads: Loads, account: StripeLists) -> None:
    assert "new field" not in loads.load()
    account.lists["/v1/customers"][0] |= {"mood": "sunny"}
    account.lists["/v1/subscriptions"] = [{"id": "sub_1", "status": "hibernating"}]
    shown = loads.load()
    assert "customers: new fields mood; they are in its column _raw" in shown
    assert loads.rows(
        "select json_extract_string(_raw, '$.mood') from raw_stripe.customers "
        "where id = 'cus_2' order by _dlt_load_id"
    ) == [(None,), ("sunny",)]
    assert loads.rows("select status from raw_stripe.subscriptions") == [("hibernating",)]
    assert "new field" not in loads.load()


def test_new_fields_of_a_bill_load_and_are_listed(loads: Loads, organisation: Organisation) -> None:
    loads.load()
    priced = json.loads(cost("2", "b")) | {"carbon_grams": 1.5}
    organisation.costs[date(2026, 3, 3)].append(json.dumps(priced))
    assert "cost_buckets: new fields results.carbon_grams" in loads.load()


@pytest.mark.parametrize(
    ("amount", "quantity"),
    [
        ("1.50", "7"),
        ('"1.5"', '"7"'),
        ("1.5e0", "7.0"),
        ('"0.15e1"', '"0.7E+1"'),
    ],
)
def test_a_number_however_it_is_sent_is_exact(
    loads: Loads, organisation: Organisation, amount: str, quantity: str
) -> None:
    text = cost(amount, "a")[:-1] + f', "quantity": {quantity}}}'
    organisation.costs = {date(2026, 3, 1): [text]}
    loads.load()
    assert loads.rows("select distinct amount__value, quantity from raw_openai.cost_results") == [
        (Decimal("1.5"), Decimal(7))
    ]


def test_numbers_that_do_not_fit_their_column_are_quarantined(
    loads: Loads, account: StripeLists
) -> None:
    created: list[Any] = [START, str(START), float(START), START + 0.5, 2**70, "NaN", "soon", True]
    account.lists["/v1/customers"] = [
        {"id": f"cus_{number}", "created": value} for number, value in enumerate(created)
    ]
    loads.load()
    assert loads.rows("select id, created from raw_stripe.customers order by id") == [
        (f"cus_{number}", datetime(2026, 1, 1)) for number in range(3)
    ]
    assert loads.rows("select record_id, field from raw_stripe.quarantine order by record_id") == [
        (f"cus_{number}", "created") for number in range(3, len(created))
    ]
    types = loads.rows(
        "select column_name from duckdb_columns() where schema_name = 'raw_stripe' "
        "and contains(column_name, '__v_')"
    )
    assert types == []


def test_a_row_that_is_refused_never_blocks_the_next_run(
    loads: Loads, account: StripeLists
) -> None:
    account.lists["/v1/customers"][0] = {"object": "customer", "created": START}
    for runs in (1, 2):
        loads.load()
        assert loads.rows("select count(*) from raw_stripe.quarantine") == [(runs,)]
        assert loads.rows("select count(*) from raw_stripe.customers") == [(1,)]
    account.lists["/v1/customers"][0]["id"] = "cus_2"
    loads.load()
    assert loads.rows("select id from raw_stripe.customers order by id") == [("cus_1",), ("cus_2",)]


@pytest.mark.faults
def test_two_sources_with_equal_table_names_do_not_meet(loads: Loads, vendors: DemoServer) -> None:
    loads.load()
    schemas = loads.rows(
        "select schema_name from duckdb_tables() where table_name = 'quarantine' order by 1"
    )
    shared = ("raw_app_events",), ("raw_openai",), ("raw_stripe",)
    assert set(schemas) <= set(shared)
    for (schema,) in shared:
        assert loads.rows(f"select distinct source from {schema}.syncs") == [
            (schema.removeprefix("raw_"),)
        ]


# ---- another account ----------------------------------------------------------------------------


def test_another_organisations_key_is_refused(loads: Loads, organisation: Organisation) -> None:
    organisation.name = "org-one"
    loads.load()
    before = loads.contents()
    organisation.name = "org-two"
    organisation.costs[date(2026, 3, 3)] = [cost("99", "another")]
    shown = loads.load(expect=1)
    assert "'org-one'" in shown
    assert "'org-two'" in shown
    assert "SOURCES__<NAME>__KIND=openai" in shown
    assert loads.contents() == before
    organisation.name = "org-one"
    loads.load()


def test_another_organisation_shows_by_its_projects(
    loads: Loads, organisation: Organisation
) -> None:
    organisation.lists["projects"] = [{"id": "proj_a"}, {"id": "proj_b"}]
    loads.load()
    organisation.lists["projects"] = [{"id": "proj_a"}, {"id": "proj_c"}]
    loads.load()
    organisation.lists["projects"] = [{"id": "proj_x"}]
    shown = loads.load(expect=1)
    assert "belongs to another organisation" in shown
    assert "SOURCES__<NAME>__KIND=openai" in shown


@pytest.mark.parametrize("key", ["sk_test_faults", "rk_test_faults"])
def test_a_key_that_can_write_gets_a_warning(loads: Loads, account: StripeLists, key: str) -> None:
    loads.settings["SOURCES__STRIPE__API_KEY"] = key
    assert ("can write to your account" in loads.load()) == key.startswith("sk_")


# ---- clocks -------------------------------------------------------------------------------------


def test_a_clock_that_jumped_back_loses_no_change_of_stripe(
    loads: Loads, account: StripeLists
) -> None:
    loads.settings["AS_OF"] = "2027-01-01"
    loads.load()
    loads.settings["AS_OF"] = "2026-01-10T00:00:00Z"
    account.lists["/v1/customers"][0] |= {"name": "Renamed"}
    del account.lists["/v1/customers"][1]
    shown = loads.load()
    assert "the clock jumped back, so everything is read again" in shown
    assert loads.rows(
        "select id, arg_max(name, (_observed_at, _dlt_load_id, _sequence)), "
        "arg_max(_is_deleted, (_observed_at, _dlt_load_id, _sequence)) "
        "from raw_stripe.customers group by id order by id"
    ) == [("cus_1", None, True), ("cus_2", "Renamed", False)]
    before = loads.contents()
    assert "jumped back" not in loads.load()
    assert loads.contents() == before


def test_a_clock_that_jumped_back_leaves_no_day_of_a_bill_unread(
    loads: Loads, organisation: Organisation
) -> None:
    loads.settings["AS_OF"] = "2027-01-01"
    loads.load()
    organisation.costs |= {date(2026, 3, 2): [cost("5", "restated")]}
    loads.settings["AS_OF"] = "2026-04-20"  # by the cursor, March was final
    organisation.today = date(2026, 4, 20)
    shown = loads.load()
    assert shown.count("the clock jumped back, so everything is read again") == 1
    assert loads.rows(
        "select count(*) from raw_openai.cost_results where line_item = 'restated'"
    ) == [(1,)]
    organisation.requests.clear()
    assert "jumped back" not in loads.load()
    assert organisation.first_days("costs") == [date(2026, 4, 1)]


def test_an_event_cursor_in_the_future_is_clamped_and_said(
    loads: Loads, account: StripeLists
) -> None:
    account.lists["/v1/customers"] = [
        {"id": f"cus_{n}", "object": "customer", "created": START} for n in range(150, 0, -1)
    ]
    future = START + 300 * 86_400
    snapshot = {"id": "cus_150", "object": "customer", "created": START, "name": "Renamed"}
    late = {"id": "evt_1", "type": "customer.updated", "created": future}
    account.lists["/v1/events"] = [{**late, "data": {"object": snapshot}}]
    loads.settings["AS_OF"] = "2026-12-31"
    loads.load()
    loads.settings["AS_OF"] = "2026-01-10T00:00:00Z"
    assert "after this run's clock" in loads.load()
    event = {"id": "evt_2", "type": "customer.updated", "created": START + 10 * 86_400}
    account.lists["/v1/events"].insert(
        0, {**event, "data": {"object": {**snapshot, "id": "cus_7", "name": "Seven"}}}
    )
    loads.settings["AS_OF"] = "2026-01-12T00:00:00Z"
    loads.load()
    assert loads.rows("select name from raw_stripe.customers where name = 'Seven'") == [("Seven",)]


def test_a_machine_whose_clock_was_set_back_keeps_the_order_of_loads(
    loads: Loads, account: StripeLists
) -> None:
    script = (
        "import sys, time; now = time.time; time.time = lambda: now() + 3 * 86_400\n"
        "from pipelines.console import Reporter; from pipelines.run import run\n"
        "sys.exit(run((), full_refresh=False, reporter=Reporter()))"
    )
    done = loads.process(script)
    assert done.returncode == 0, done.stderr
    account.lists["/v1/customers"][0] |= {"name": "Renamed"}
    assert "clock is behind the last load" in loads.load()
    assert loads.rows(
        "select arg_max(name, _dlt_load_id) from raw_stripe.customers where id = 'cus_2'"
    ) == [("Renamed",)]
    assert loads.rows("select mode from raw_stripe.syncs order by _dlt_load_id") == [
        ("full",),
        ("incremental",),
    ]


# ---- disks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/proc/nowhere/warehouse.duckdb", "/dev/null/warehouse.duckdb"])
def test_a_path_that_cannot_be_written_is_a_wrong_setting(
    loads: Loads, account: StripeLists, path: str
) -> None:
    loads.settings["WAREHOUSE_PATH"] = path
    shown = loads.load(expect=2)
    assert f"WAREHOUSE_PATH is {path}" in shown
    assert account.requests == []


def test_a_lock_that_cannot_be_written_is_a_wrong_setting(
    loads: Loads, account: StripeLists
) -> None:
    (loads.folder / "warehouse.duckdb.lock").mkdir()
    assert "warehouse.duckdb.lock beside it cannot be written" in loads.load(expect=2)


FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from pipelines.console import Reporter
from pipelines.run import run
sys.exit(run((), full_refresh=False, reporter=Reporter()))
"""


@pytest.mark.parametrize("kilobytes", [more(300), more(1_000)])
def test_a_full_disk_is_said_and_the_next_run_heals(
    loads: Loads, vendors: DemoServer, kilobytes: int
) -> None:
    loads.settings["SOURCES__APP_EVENTS__BUCKET_URL"] = str(_many_events(loads.folder))
    done = loads.process(FULL_DISK, str(kilobytes * 1024))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    loads.load()
    assert loads.rows("select count(*), count(distinct event_id) from raw_app_events.events") == [
        (60_000, 60_000)
    ]
    [(rows, ids)] = loads.rows(COUNTS)
    assert rows == ids > 0
    loads.check_records()


def _many_events(folder: Path) -> Path:
    """Events of random names, which do not compress to nothing."""
    import uuid

    made = folder / "many"
    made.mkdir()
    event = {"event_type": "login", "occurred_at": "2026-03-01T00:00:00Z", "customer_id": "c"}
    lines = (json.dumps({**event, "event_id": uuid.uuid4().hex}) for _ in range(60_000))
    (made / "events.jsonl").write_text("\n".join(lines))
    return made


def test_a_warehouse_open_elsewhere_is_said_and_nothing_is_lost(
    loads: Loads, account: StripeLists
) -> None:
    import subprocess
    import sys

    holder = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()",
            str(loads.warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert "is open in another program" in loads.load(expect=1)
    finally:
        holder.communicate(b"\n")
    loads.load()
    assert loads.rows("select count(*) from raw_stripe.customers") == [(2,)]
