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
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.demo import DemoParameters
from pipelines.demo.situations import SITUATIONS
from support.cost_truth import PRODUCTION, TOKENS, CostTruth
from support.demo_run import DemoRun, demo_run

LATER = "2026-11-24T06:00:00Z"


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
    moment = event["occurred_at"]
    if not isinstance(moment, datetime):
        text = str(moment)
        if text.replace(".", "").isdigit():
            seconds = float(text)
            moment = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d}"


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


@pytest.fixture(scope="module")
def costs(demo: DemoRun) -> CostTruth:
    """As of the first build: the tests that use it stand before the clock moves."""
    return CostTruth(demo.project, demo.company.truth)


def test_every_call_costs_at_list_price_what_it_cost(costs: CostTruth) -> None:
    """By day, model and customer, exactly; with every situation that makes prices hard."""
    wrong = costs.rows(
        """
        with found as (
            select cost_date as date, model, customer_id, sum(list_cost_usd) as cost_usd
            from core.fct_llm_requests group by all having sum(list_cost_usd) > 0
        ), expected as (
            select date, model, customer_id, sum(cost_usd) as cost_usd
            from true_costs group by all having sum(cost_usd) > 0
        )
        select * from found full join expected using (date, model, customer_id)
        where found.cost_usd is distinct from expected.cost_usd
        """
    )
    assert not wrong
    tiers = dict(costs.rows("select service_tier, count(*) from core.fct_llm_requests group by 1"))
    assert tiers.keys() == {"standard", "batch", "flex", "priority"}
    [(cached, written, long, unpriced, days)] = costs.rows(
        """
        select
            count(*) filter (cached_input_tokens > 0), count(*) filter (cache_write_tokens > 0),
            count(*) filter (input_tokens > 272000), count(*) filter (not is_priced),
            count(distinct cost_date)
        from core.fct_llm_requests
        """
    )
    assert min(cached, written, long, unpriced) > 0
    assert days > 400
    # a price that fell at midnight UTC lies within the company's life
    assert costs.value(
        """
        select count(*) from core.fct_llm_requests as calls
        inner join seeds.llm_prices as prices
            on calls.model_id = prices.model_id
            and prices.valid_from > (select min(cost_date) from core.fct_llm_requests)
            and calls.cost_date between prices.valid_from - 30 and prices.valid_from + 30
        """
    )


def test_a_model_without_a_price_is_listed_and_never_free(costs: CostTruth) -> None:
    assert costs.rows(
        "select distinct model, is_priced, list_cost_usd from core.fct_llm_requests "
        "where list_cost_usd is null"
    ) == [("orchid-preview", False, None)]
    billed = costs.value("select sum(billed_usd) from provider_bill where line_item like 'orchid%'")
    assert billed > 0
    assert costs.rows(
        "select sum(cost_usd), min(customer_id), max(customer_id), min(status), max(status) "
        "from core.fct_cost_attribution where line_item like 'orchid%' and cost_usd <> 0"
    ) == [(billed, *["__unattributed__"] * 2, *["billed_no_events"] * 2)]


def test_attributed_cost_is_what_each_customer_cost(costs: CostTruth) -> None:
    """Customer by customer and day by day, wherever the bill says no more than the calls."""
    [(compared, wrong, cost_usd)] = costs.rows(
        """
        with found as (
            select cost_date as date, customer_id, sum(cost_usd) as cost_usd
            from core.fct_cost_attribution
            where method like '%pool%' and customer_id <> '__unattributed__' group by all
        ), expected as (
            select date, customer_id, sum(cost_usd) as cost_usd from true_costs
            where reached_provider group by all having sum(cost_usd) > 0
        )
        select
            count(*), count(*) filter (found.cost_usd is distinct from expected.cost_usd),
            sum(expected.cost_usd)
        from ordinary_days
        inner join (found full join expected using (date, customer_id)) using (date)
        """
    )
    assert wrong == 0
    assert compared > 3_000
    assert cost_usd > costs.value("select sum(cost_usd) from true_costs") / 2


def test_attributed_features_are_those_of_the_calls(costs: CostTruth) -> None:
    """Where every call of a customer's day named its feature, so does the cost."""
    [(compared, wrong)] = costs.rows(
        """
        with found as (
            select cost_date as date, customer_id, feature_id, sum(cost_usd) as cost_usd
            from core.fct_cost_attribution
            where method like '%pool%' and customer_id <> '__unattributed__' group by all
        ), expected as (
            select date, customer_id, feature as feature_id, sum(cost_usd) as cost_usd
            from true_costs where reached_provider group by all having sum(cost_usd) > 0
        ), told as (
            select date, customer_id from true_costs group by all having bool_and(feature_told)
        )
        select count(*), count(*) filter (found.cost_usd is distinct from expected.cost_usd)
        from ordinary_days
        inner join told using (date)
        inner join (found full join expected using (date, customer_id, feature_id))
            using (date, customer_id)
        """
    )
    assert wrong == 0
    assert compared > 3_000


def test_a_notebook_key_without_events_is_nobodys(costs: CostTruth) -> None:
    billed = costs.value(
        "select sum(billed_usd) from provider_bill where project_id = 'proj_research'"
    )
    assert billed > 0
    assert costs.rows(
        "select sum(cost_usd), min(customer_id), max(customer_id), min(status), max(status) "
        "from core.fct_cost_attribution where project_id = 'proj_research' and cost_usd <> 0"
    ) == [(billed, *["__unattributed__"] * 2, *["billed_no_events"] * 2)]


def test_free_tokens_are_used_and_never_billed(costs: CostTruth) -> None:
    days = costs.days("free_day")
    assert days
    for day in days:
        free = costs.value(
            f"select sum(cost_usd) from true_costs where date = '{day}' "
            "and model like 'gpt-4o-mini%' and reached_provider"
        )
        rows = costs.rows(
            "select sum(list_cost_usd), sum(cost_usd), min(status), max(status) "
            f"from core.fct_cost_attribution where cost_date = '{day}' "
            "and line_item = '__no_bill__'"
        )
        # the unpriced model has a bill of its own on such a day, and no list cost
        assert rows == [(free, Decimal(0), "never_billed", "never_billed")], day


def test_a_discounted_project_is_scaled_down(costs: CostTruth) -> None:
    tokens = f"project_id = 'proj_assistant' and {TOKENS}"
    seen = 0
    for day in costs.days("discount_day"):
        billed = costs.billed(day, tokens)
        owned, rest, statuses = costs.attributed(day, tokens)
        seen += bool(billed)
        assert (owned, rest) == (billed, 0), day
        assert statuses <= {"scaled_down"}, day
    assert seen


def test_somebodys_use_of_a_production_key_is_not_put_on_customers(costs: CostTruth) -> None:
    tokens = f"project_id = 'proj_documents' and {TOKENS}"
    seen = 0
    for day in costs.days("shared_key_day"):
        billed = costs.billed(day, tokens)
        owned, rest, statuses = costs.attributed(day, tokens)
        if billed:
            seen += 1
            assert owned + rest == billed, day
            # the notebook used 30 % more than the events, line by line in whole nano-dollars
            assert abs(rest - billed * 3 / 13) < Decimal("0.0000001"), day
            assert statuses == {"billed_exceeds_events"}, day
    assert seen


def test_days_corrected_before_the_first_sync_count_as_stated_last(costs: CostTruth) -> None:
    assert costs.days("restated_day")
    assert costs.days("emptied_day")
    for day in costs.days("restated_day"):
        owned, rest, _ = costs.attributed(day, "line_item <> '__no_bill__'")
        assert owned + rest == costs.billed(day), day
    for day in costs.days("emptied_day"):
        assert costs.attributed(day)[:2] == (0, 0), day
        used = f"select sum(cost_usd) from unit_economics.cost_by_model_day where date = '{day}'"
        assert costs.value(used) == 0


def test_what_slipped_into_the_next_day_is_reconciled_with_it(costs: CostTruth) -> None:
    tokens = f"project_id = 'proj_automation' and {TOKENS}"
    pairs = costs.value(
        "select count(*) from core.fct_cost_attribution where method like '%two_days' and "
        + " or ".join(f"cost_date = '{day}' and {tokens}" for day in costs.days("shifted_day"))
    )
    assert pairs
    near = [costs.attributed(day, f"{PRODUCTION} and {TOKENS}") for day in costs.days("near_day")]
    assert near
    assert all(rest == 0 for _, rest, _ in near)


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


def assert_restatements_are_shown(demo: DemoRun) -> None:
    """A day that was corrected between the two syncs: 4 % more, and the searches gone."""
    costs = CostTruth(demo.project, demo.company.truth)
    [day] = [day for day in costs.days("restated_day") if f"{day}" >= "2026-11-13"]
    owned, rest, _ = costs.attributed(day, "line_item <> '__no_bill__'")
    assert owned + rest == costs.billed(day) > 0
    [(now, first, restated, gone)] = costs.rows(
        f"""
        select sum(billed_usd), sum(first_billed_usd), count(restated_at),
            sum(billed_usd) filter (line_item = 'web search tool calls')
        from core.fct_provider_costs where cost_date = '{day}'
        """
    )
    assert now == costs.billed(day)
    assert first == costs.value(
        f"""
        select sum(case when line_item = 'web search tool calls' then first_billed_usd
            else cast(billed_usd / 1.04 as decimal(18, 9)) end)
        from provider_bill where date = '{day}'
        """
    )
    assert restated
    assert gone == 0


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
    assert_restatements_are_shown(demo)
    incremental = published_endpoints(demo)
    demo.project.build("--full-refresh", "--exclude-resource-type", "test", "unit_test")
    rebuilt = demo.project.rows(
        "select cast(date as varchar), endpoint, calls, errors, p95_response_time_ms "
        "from product.usage_by_endpoint_day"
    )
    assert {(row[0], row[1]): (row[2], row[3], row[4]) for row in rebuilt} == incremental


def test_a_second_load_without_changes_adds_no_row(demo: DemoRun) -> None:
    counts = (
        "select (select count(*) from raw_stripe.invoices), "
        "(select count(*) from raw_openai.cost_buckets), "
        "(select count(*) from raw_app_events.events)"
    )
    before = demo.project.rows(counts)
    demo.project.load()
    assert demo.project.rows(counts) == before
