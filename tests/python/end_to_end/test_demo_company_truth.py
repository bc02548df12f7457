"""The demo company from its API to the published tables, against the simulator's own books.

One company is loaded and built once; the tests read it, then its clock moves on and a second sync
and build follow. Expected numbers come from the simulator's truth files, from its event files read
by plain Python and numpy, or from its store: never from a model.
"""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.demo import DemoParameters
from pipelines.demo.models import MODELS, rates_at
from pipelines.demo.plans import FEATURES
from pipelines.demo.situations import SITUATIONS
from pipelines.demo.timeline import epoch
from support.demo_run import DemoRun, demo_run
from support.insights import badges_expected, findings, planted_findings
from support.usage_reckoning import (
    MARTS,
    Key,
    Use,
    Values,
    assert_same,
    calls_by_customer_month,
    mart_query,
    marts_expected,
    moment,
    rows_by_key,
    uses_of,
)

LATER = "2026-11-24T06:00:00Z"
#: Names of the simulator's models whose aliases name another model.
ALIASES = {
    "gpt-4o-2024-08-06": "gpt-4o",
    "gpt-4o-mini-2024-07-18": "gpt-4o-mini",
    "o3-2025-04-16": "o3",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    parameters = DemoParameters(customers=len(SITUATIONS) + 40, events=40_000)
    with demo_run(tmp_path_factory.mktemp("demo"), parameters) as run:
        run.project.load()
        run.project.build()
        yield run


def truth(demo: DemoRun, name: str) -> list[dict[str, str]]:
    with (demo.company.truth / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def broken_lines(demo: DemoRun) -> set[tuple[str, int]]:
    """(file name, line) of the lines that the simulator broke on purpose."""
    return {
        (Path(row["file"]).name, int(row["broken_line"]))
        for row in truth(demo, "event_files")
        if row["broken_line"]
    }


def events_of(demo: DemoRun) -> dict[str, dict[str, Any]]:
    """Every unbroken event by id, from files of all formats; a repeated id counts once."""
    events: dict[str, dict[str, Any]] = {}
    broken = broken_lines(demo)
    for path in sorted(demo.company.events.rglob("*")):
        rows: list[dict[str, Any]] = []
        if path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
        elif path.suffix == ".csv":
            with path.open(newline="") as file:
                rows = list(csv.DictReader(file))
        elif path.is_file():
            with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
                rows = [
                    json.loads(line)
                    for number, line in enumerate(lines, start=1)
                    if (path.name, number) not in broken
                ]
        events |= {str(row["event_id"]): row for row in rows}
    return events


def utc_day(event: dict[str, Any]) -> str:
    return f"{moment(event['occurred_at']):%Y-%m-%d}"


def expected_endpoints(demo: DemoRun) -> dict[tuple[str, str], tuple[int, int, float | None]]:
    """(day, endpoint) -> calls, errors, 95th percentile of response times."""
    calls: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in events_of(demo).values():
        if event["event_type"] == "api_request":
            calls[utc_day(event), event.get("endpoint") or "__unknown__"].append(event)
    result = {}
    for key, rows in calls.items():
        times = [float(row["response_time_ms"]) for row in rows if row.get("response_time_ms")]
        errors = sum(int(row.get("status_code") or 0) >= 400 for row in rows)
        result[key] = (len(rows), errors, float(np.percentile(times, 95)) if times else None)
    return result


def published_endpoints(demo: DemoRun) -> dict[tuple[str, str], tuple[int, int, Decimal | None]]:
    rows = demo.project.published_rows(
        "select cast(date as varchar), endpoint, calls, errors, p95_response_time_ms "
        "from product.usage_by_endpoint_day"
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def assert_usage_ties(demo: DemoRun) -> None:
    expected, found = expected_endpoints(demo), published_endpoints(demo)
    assert found.keys() == expected.keys()
    for key, (calls, errors, p95) in expected.items():
        assert found[key][:2] == (calls, errors), key
        if p95 is None:
            assert found[key][2] is None
        else:
            assert float(found[key][2] or 0) == pytest.approx(p95, abs=0.001), key


def assert_bill_ties(demo: DemoRun) -> None:
    """Every bill line as last stated, to the nano-dollar.

    Before 2025-12-06 the API names no key, so the truth's keys are summed there.
    """
    expected: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for row in truth(demo, "provider_bill"):
        key = row["api_key_id"] if row["date"] >= "2025-12-06" else ""
        expected[row["date"], row["project_id"], key, row["line_item"]] += Decimal(
            row["billed_usd"]
        )
    found = {
        (row[0], row[1], row[2], row[3]): row[4]
        for row in demo.project.published_rows(
            "select cast(cost_date as varchar), coalesce(project_id, ''), "
            "coalesce(api_key_id, ''), line_item, billed_usd "
            "from core.fct_provider_costs"
        )
    }
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }


def test_the_bill_ties_to_the_nano_dollar(demo: DemoRun) -> None:
    assert_bill_ties(demo)


def test_usage_by_endpoint_ties_to_the_event_files(demo: DemoRun) -> None:
    assert_usage_ties(demo)


def uses(demo: DemoRun) -> list[Use]:
    return uses_of(
        events_of(demo).values(),
        customers={"app-mapped-1": "cus_app_customer_id"},
        services={feature: service for feature, (_, service, _) in FEATURES.items()},
    )


def product_marts(demo: DemoRun) -> dict[str, dict[Key, Values]]:
    return {
        mart: rows_by_key(demo.project.rows(mart_query(mart)), keys)
        for mart, (_, keys) in MARTS.items()
    }


def assert_product_marts_tie(demo: DemoRun) -> None:
    clock = datetime.fromisoformat(demo.project.settings["AS_OF"])
    found = product_marts(demo)
    for mart, expected in marts_expected(uses(demo), clock, ALIASES).items():
        assert_same(found[mart], expected)


def test_product_marts_tie_to_the_event_files(demo: DemoRun) -> None:
    assert_product_marts_tie(demo)
    calls = demo.project.published_rows(
        "select month, customer_id, calls from product.allowance_by_customer_month "
        "where calls_counted is not null"
    )
    assert_same(rows_by_key(calls, 2), calls_by_customer_month(uses(demo)))
    signups: dict[tuple[str, str], int] = defaultdict(int)
    for event in events_of(demo).values():
        if event["event_type"] == "signup":
            signups[utc_day(event)[:7], event["acquisition_channel"]] += 1
    assert dict(signups) == {
        (row[0], row[1]): row[2]
        for row in demo.project.published_rows(
            "select strftime(month, '%Y-%m'), acquisition_channel, signups "
            "from product.acquisition_by_channel_month where signups > 0"
        )
    }


def test_what_the_cache_saved_is_what_a_calculator_says(demo: DemoRun) -> None:
    saved: dict[str, Decimal] = defaultdict(Decimal)
    numbers = {model.name: number for number, model in enumerate(MODELS)}
    for event in events_of(demo).values():
        if event["event_type"] == "llm_request" and str(event.get("cache_hit")).lower() == "true":
            day = utc_day(event)
            rates = rates_at(numbers[event["model"]], "standard", epoch(day), is_long=False)
            cached = int(event.get("cached_input_tokens") or 0)
            fresh = int(event["input_tokens"]) - cached
            assert rates is not None
            tokens = (fresh, cached, 0, int(event["output_tokens"]))
            nano = sum(rate * count for rate, count in zip(rates, tokens, strict=True))
            saved[day] += Decimal(nano).scaleb(-9)
    assert saved
    assert dict(saved) == {
        row[0]: row[1]
        for row in demo.project.published_rows(
            "select cast(date as varchar), saved_usd from product.cache_by_day where hits > 0"
        )
    }


def test_insights_are_exactly_the_planted_ones(demo: DemoRun) -> None:
    planted = planted_findings(demo.company.truth, demo.project.settings["AS_OF"])
    assert {type_ for type_, *_ in planted} == {
        "unprofitable_customer",
        "usage_spike",
        "usage_drop",
        "upsell_opportunity",
        "cost_anomaly",
    }
    assert findings(demo.project.published_rows) == planted
    assert {
        (row[0], row[1])
        for row in demo.project.published_rows(
            "select insight_type, subject_id from monitoring.insights "
            "where insight_type in ('high_profit_feature', 'high_loss_feature')"
        )
    } == badges_expected(demo.project.published_rows, "2026-10-01")


def test_the_query_of_every_insight_returns_its_numbers(demo: DemoRun) -> None:
    insights = demo.project.published_rows(
        "select insight_type, period_grain, period_start, value, message, subject_id, query "
        "from monitoring.insights"
    )
    columns = {
        "unprofitable_customer": 3,
        "high_profit_feature": 3,
        "high_loss_feature": 3,
        "upsell_opportunity": 2,
        "usage_spike": 1,
        "usage_drop": 1,
        "cost_anomaly": 1,
    }
    assert insights
    for type_, grain, start, value, message, subject, query in insights:
        rows = demo.project.published_rows(query)
        [row] = [row for row in rows if row[0] == start]
        if type_ == "unprofitable_customer":
            before = rows[rows.index(row) - 1]
            assert value == row[3] + before[3]
        elif grain != "week":
            assert value == row[columns[type_]]
        assert subject in message


def test_what_cannot_be_read_is_in_quarantine_with_file_and_line(demo: DemoRun) -> None:
    broken = broken_lines(demo)
    assert broken
    found = demo.project.rows("select file, line from raw_app_events.quarantine")
    assert {(Path(file).name, line) for file, line in found} == broken


def test_invoiced_amounts_tie_to_the_books(demo: DemoRun) -> None:
    """Lines of each invoice against Stripe's own total of it, less the credits applied to it."""
    lines = demo.project.rows(
        """
        select invoice_id, sum(net_amount + tax_amount - credit_amount) as total
        from core.fct_invoice_lines group by invoice_id
        """
    )
    exponents = dict(demo.project.rows("select currency, exponent from seeds.currency_exponents"))
    totals = {
        row[0]: Decimal(row[1]).scaleb(-exponents[row[2]])
        for row in demo.project.rows(
            "select distinct on (id) id, total, currency from raw_stripe.invoices "
            "where not _is_deleted "
            "order by id, _observed_at desc, _dlt_load_id desc, _sequence desc"
        )
    }
    assert len(lines) > 300
    assert [row for row in lines if totals[row[0]] != row[1]] == []


def changed_objects(demo: DemoRun, type_: str, after: int, until: int) -> set[str]:
    """Ids of a vendor's objects whose visible state changed in (after, until], from the store."""
    with sqlite3.connect(demo.company.store) as store:
        rows = store.execute(
            "select distinct objects.id from versions "
            "join objects on objects.seq = versions.object "
            "where objects.vendor = 'stripe' and objects.type = ? "
            "and versions.visible_from > ? and versions.visible_from <= ?",
            (type_, after, until),
        ).fetchall()
    return {row[0] for row in rows}


def test_a_second_sync_changes_exactly_what_changed(demo: DemoRun) -> None:
    first = int(datetime.fromisoformat(demo.company.parameters.as_of).timestamp())
    later = int(datetime.fromisoformat(LATER).timestamp())
    [(before,)] = demo.project.rows("select max(_dlt_load_id) from raw_stripe.syncs")
    demo.move_clock(LATER)
    demo.project.load()
    tables = {
        "customers": "customer",
        "subscriptions": "subscription",
        "invoices": "invoice",
        "charges": "charge",
        "coupons": "coupon",
        "products": "product",
    }
    for table, type_ in tables.items():
        found = demo.project.rows(
            f"select distinct id from raw_stripe.{table} where _dlt_load_id > '{before}'"
        )
        assert {row[0] for row in found} == changed_objects(demo, type_, first, later), table
    assert changed_objects(demo, "subscription", first, later)  # the test would be empty otherwise
    assert demo.project.rows(
        "select mode from raw_stripe.syncs order by synced_at desc limit 1"
    ) == [("incremental",)]
    demo.project.build()
    assert_bill_ties(demo)
    assert_usage_ties(demo)
    assert_product_marts_tie(demo)
    incremental, product = published_endpoints(demo), product_marts(demo)
    demo.project.build("--full-refresh", "--exclude-resource-type", "test", "unit_test")
    rebuilt = demo.project.rows(
        "select cast(date as varchar), endpoint, calls, errors, p95_response_time_ms "
        "from product.usage_by_endpoint_day"
    )
    assert {(row[0], row[1]): (row[2], row[3], row[4]) for row in rebuilt} == incremental
    assert product_marts(demo) == product


def test_a_second_load_without_changes_adds_no_row(demo: DemoRun) -> None:
    counts = (
        "select (select count(*) from raw_stripe.invoices), "
        "(select count(*) from raw_openai.cost_buckets), "
        "(select count(*) from raw_app_events.events)"
    )
    before = demo.project.rows(counts)
    demo.project.load()
    assert demo.project.rows(counts) == before
