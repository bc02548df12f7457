"""The Datadog source, run whole against a small server: real HTTP in, raw rows out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.usage_metering_api import UsageMeteringApi

from demo.vendors.datadog_api import API_KEY, APP_KEY, DatadogOrganisation, Growth
from pipelines.errors import SettingError
from pipelines.sources.accounts import configured_accounts
from pipelines.sources.datadog import probe
from pipelines.sources.datadog.settings import read_settings
from support.datadog_server import serve
from support.loads import Loads, loads

__all__ = ["loads"]

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
CALLS = "sum:trace.http.request.hits{*} by {service}"

LINES = """
    select reported_date, report, is_final, cost_rows.* from raw_datadog.cost_rows join (
        select * from raw_datadog.cost_days qualify row_number() over (
            partition by id order by _observed_at desc, _dlt_load_id desc, _sequence desc
        ) = 1
    ) as days using (_version_id)
"""


def day(number: int, month: int = 9) -> date:
    return date(2026, month, number)


@pytest.fixture
def organisation(loads: Loads) -> Iterator[DatadogOrganisation]:
    with serve(DatadogOrganisation(day(2))) as server:
        loads.settings |= {
            "SOURCES__DATADOG__API_KEY": API_KEY,
            "SOURCES__DATADOG__APP_KEY": APP_KEY,
            "SOURCES__DATADOG__BASE_URL": server.url,
            "SOURCES__DATADOG__START_DATE": str(AUGUST),
            "AS_OF": "2026-09-04T12:00:00Z",
        }
        server.growth = [
            Growth(day(1, 8), "infra_host", "committed", "31"),
            Growth(day(31, 8), "logs", "on_demand", "5"),
            Growth(day(1), "infra_host", "committed", "30.1"),
            Growth(day(1), "infra_host", "on_demand", "0.2"),
            Growth(day(2), "infra_host", "on_demand", "0.1"),
            Growth(day(2), "logs", "on_demand", "1.5", org="org_b"),
        ]
        server.usage = [
            ("2026-09-02T07", "infra_hosts", "host_count", 3),
            ("2026-09-02T08", "infra_hosts", "host_count", None),
            ("2026-09-02T08", "logs", "ingested_events_bytes", 12345678901234),
        ]
        yield server


def by_day(loads: Loads) -> list[tuple[object, ...]]:
    return loads.rows(
        f"select reported_date, org_id, product_name, charge_type, amount from ({LINES}) "
        "where reported_date >= '2026-09-01' order by all"
    )


def test_running_estimates_become_days(loads: Loads, organisation: DatadogOrganisation) -> None:
    loads.load("datadog")
    assert by_day(loads) == [
        (day(1), "org_a", "infra_host", "committed", Decimal("30.1")),
        (day(1), "org_a", "infra_host", "on_demand", Decimal("0.2")),
        (day(2), "org_a", "infra_host", "committed", Decimal(0)),
        (day(2), "org_a", "infra_host", "on_demand", Decimal("0.1")),
        (day(2), "org_b", "logs", "on_demand", Decimal("1.5")),
    ]
    assert loads.rows(
        "select reported_date, report, is_final, control_amount, account_id, rows_quarantined "
        "from raw_datadog.cost_days where reported_date >= '2026-09-01' order by 1"
    ) == [
        (day(1), "estimated_cost", False, Decimal("30.3"), "acc_1", 0),
        (day(2), "estimated_cost", False, Decimal("1.6"), "acc_1", 0),
    ]
    # the third and fourth are not reached yet: nothing is said of them
    assert loads.rows(
        f"select reported_date, sum(amount) from ({LINES}) where reported_date < '2026-09-01' "
        "group by 1 having sum(amount) <> 0 order by 1"
    ) == [(day(1, 8), 31), (day(31, 8), 5)]


def test_a_month_is_final_from_the_16th_and_adds_up_to_the_cent(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    loads.load("datadog")
    organisation.final[AUGUST] = {"org_a": {"infra_host": {"committed": 31, "on_demand": 0.07}}}
    loads.settings["AS_OF"] = "2026-09-15T23:00:00Z"
    loads.load("datadog")
    assert organisation.asked("historical_cost") == []
    loads.settings["AS_OF"] = "2026-09-16T12:00:00Z"
    loads.load("datadog")
    assert loads.rows(
        f"select charge_type, count(*), sum(amount), max(amount), min(is_final), max(report) "
        f"from ({LINES}) where reported_date < '2026-09-01' group by 1 order by 1"
    ) == [
        ("committed", 31, 31, 1, True, "historical_cost"),
        ("on_demand", 31, Decimal("0.07"), Decimal("0.002258065"), True, "historical_cost"),
    ]
    # looked at until it is the month before the last
    loads.settings["AS_OF"] = "2026-10-20T12:00:00Z"
    organisation.requests.clear()
    loads.load("datadog")
    asked = [query["start_month"] for query in organisation.asked("historical_cost")]
    assert AUGUST.strftime("%Y-%m") not in asked
    assert SEPTEMBER.strftime("%Y-%m") in asked


def test_an_estimate_that_fell_is_a_negative_day(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.growth.append(Growth(day(2), "infra_host", "committed", "-10"))
    loads.load("datadog")
    assert (day(2), "org_a", "infra_host", "committed", Decimal(-10)) in by_day(loads)


def test_charges_that_do_not_add_up_to_their_total_give_way_to_it(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.fault = "wrong_totals"
    assert "do not add up to their total" in loads.load("datadog")
    assert by_day(loads)[0] == (day(1), "org_a", "infra_host", "total", Decimal("31.3"))


def test_a_charge_that_cannot_be_read_costs_itself_alone(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.final[AUGUST] = {"org_a": {"logs": {"on_demand": 5}, "odd": {"on_demand": "x"}}}
    loads.settings["AS_OF"] = "2026-09-17T12:00:00Z"
    loads.load("datadog")
    assert loads.rows(
        "select record_id, field, count(*) from raw_datadog.quarantine group by all"
    ) == [("bill|2026-08-01", "charges.cost", 1)]
    assert loads.rows(
        f"select product_name, sum(amount) from ({LINES}) where reported_date < '2026-09-01' "
        "group by 1 order by 1"
    ) == [("logs", 5), ("odd", 0)]


def test_usage_is_kept_by_hour_page_after_page(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.page_records = 1
    loads.load("datadog")
    assert loads.rows(
        "select hour, product_family, usage_type, value from raw_datadog.usage_rows order by all"
    ) == [
        (7, "infra_hosts", "host_count", 3),
        (8, "infra_hosts", "host_count", None),
        (8, "logs", "ingested_events_bytes", 12345678901234),
    ]


def test_services_are_measured_by_the_queries_that_settings_say(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    loads.settings |= {
        "SOURCES__DATADOG__CALLS_QUERY": CALLS,
        "SOURCES__DATADOG__P95_QUERY": "p95",
    }
    organisation.series = {
        CALLS: {"checkout": {day(2): 12.0, day(3): None}, "mail": {day(2): 3.0}},
        "p95": {"checkout": {day(2): 0.2504}},
    }
    loads.load("datadog")
    assert loads.rows(
        "select reported_date, service, calls, errors, mean_latency_ms, p95_latency_ms, uptime "
        "from raw_datadog.metric_rows join raw_datadog.metric_days using (_version_id) order by all"
    ) == [
        (day(2), "checkout", 12, None, None, Decimal("250.4"), None),
        (day(2), "mail", 3, None, None, None, None),
    ]


def test_costs_are_needed_and_the_rest_is_skipped(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.refusals["hourly_usage"] = (403, "Forbidden")
    assert "/api/v2/usage/hourly_usage skipped" in loads.load("datadog")
    organisation.refusals["estimated_cost"] = (403, "Forbidden")
    shown = " ".join(loads.load("datadog", expect=1).split())
    assert "permissions usage_read and billing_read" in shown
    loads.settings["SOURCES__DATADOG__APP_KEY"] = "another"
    shown = loads.load("datadog", expect=1)
    assert "SOURCES__DATADOG__APP_KEY" in shown
    assert API_KEY not in shown


def test_a_rate_limit_is_waited_for_as_long_as_datadog_says(
    loads: Loads, organisation: DatadogOrganisation
) -> None:
    organisation.throttled = 1
    started = time.monotonic()
    loads.load("datadog")
    assert time.monotonic() - started >= 1
    assert by_day(loads)


@pytest.mark.parametrize("fault", ["repeat_record", "no_data", "other_month"])
def test_an_answer_that_makes_no_sense_loads_nothing(
    loads: Loads, organisation: DatadogOrganisation, fault: str
) -> None:
    organisation.fault = fault
    assert "Nothing of this run was loaded" in loads.load("datadog", expect=1)


def test_a_live_check_names_the_permissions(
    loads: Loads, organisation: DatadogOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation.refusals["historical_cost"] = (403, "Forbidden")
    for name, value in loads.environment().items():
        monkeypatch.setenv(name, value)
    datadog = configured_accounts().usable["datadog"]
    clock = datetime(2026, 9, 4, 12, tzinfo=UTC)
    found = {one.what.rpartition("/")[2]: one for one in probe(datadog, clock)}
    assert {name: one.is_readable for name, one in found.items()} == {
        "estimated_cost": True,
        "historical_cost": False,
        "hourly_usage": True,
    }
    assert "usage_read and billing_read" in found["historical_cost"].detail


def test_a_wrong_setting_is_named(
    loads: Loads, organisation: DatadogOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in loads.environment().items():
        monkeypatch.setenv(name, value)
    datadog = configured_accounts().usable["datadog"]
    for setting, value in [
        ("APP_KEY", "two parts"),
        ("CURRENCY", "dollars"),
        ("LATENCY_UNIT", "minutes"),
        ("SITE", "data dog"),
        ("START_DATE", "2027-01-01"),
    ]:
        with monkeypatch.context() as patch:
            patch.setenv(f"SOURCES__DATADOG__{setting}", value)
            with pytest.raises(SettingError, match=f"SOURCES__DATADOG__{setting}"):
                read_settings(datadog, datetime(2026, 9, 4, tzinfo=UTC))


def test_datadogs_own_client_reads_what_the_server_answers(
    organisation: DatadogOrganisation,
) -> None:
    organisation.final[AUGUST] = {"org_a": {"infra_host": {"committed": 31}}}
    settings = Configuration(host=organisation.url)
    settings.api_key |= {"apiKeyAuth": API_KEY, "appKeyAuth": APP_KEY}
    with ApiClient(settings) as client:
        api = UsageMeteringApi(client)
        [month] = api.get_historical_cost_by_org(datetime(2026, 8, 1), view="sub-org").data
        estimates = api.get_estimated_cost_by_org(
            start_date=datetime(2026, 9, 1), end_date=datetime(2026, 9, 2), view="sub-org"
        ).data
        usage = api.get_hourly_usage(datetime(2026, 9, 2), "all").data
    assert month.attributes.total_cost == 31
    assert [charge.charge_type for charge in month.attributes.charges] == ["committed", "total"]
    assert [one.attributes.public_id for one in estimates] == ["org_a", "org_a", "org_b"]
    assert [one.attributes.measurements[0].value for one in usage] == [3, None, 12345678901234]
