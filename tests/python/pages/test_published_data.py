"""Reading published builds: locked down, one build per page run, SQL shown is SQL run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from pipelines.published.questions import core, finance, monitoring, product, unit_economics
from pipelines.published.questions.measures import MOST_SERIES, OTHER
from pipelines.published.questions.periods import Display, Period, Selection
from pipelines.published.reader import Answer, NoBuild, Published, newest_build
from support.published import PublishedDir, hostile_rows

USD = Display("USD")
MONTH = Selection(Period(date(2026, 10, 16), date(2026, 11, 15)), "day", "before", USD)
YEAR = Selection(Period(date(2025, 11, 1), date(2026, 11, 15)), "month", "before", USD)


@pytest.fixture
def build(published: PublishedDir) -> Published:
    published.publish("1")
    found = newest_build()
    assert isinstance(found, Published)
    return found


def _value(build: Published, sql: str) -> Decimal:
    found = build.table(sql)[0][0].as_py()
    assert isinstance(found, Decimal | int)
    return Decimal(found)


def test_states_without_a_build(published: PublishedDir) -> None:
    assert newest_build() == NoBuild("never_published")
    published.point_to("build_gone.duckdb")
    assert newest_build() == NoBuild("unreadable")
    (published.path / "build_torn.duckdb").write_bytes(b"not a database" * 1000)
    published.point_to("build_torn.duckdb")
    assert newest_build() == NoBuild("unreadable")


def test_a_build_goes_by_its_own_name(published: PublishedDir) -> None:
    first = published.publish("1")
    shown = newest_build()
    assert isinstance(shown, Published)
    assert shown.path == str(first.resolve())
    published.publish("2", filled=False)
    newest = newest_build()
    assert isinstance(newest, Published)
    assert newest.name == "build_2"
    # the page run that began with the first goes on with it, even when its file is cleared away
    first.unlink()
    assert shown.facts.build_id == "1"
    assert product.requests(shown, MONTH).table["value"][0].as_py() > 0
    assert product.requests(newest, MONTH).table["value"][0].as_py() is None


@pytest.mark.parametrize(
    "statement",
    [
        "create table core.planted (a int)",
        "delete from core.fct_invoice_lines",
        "select * from read_csv('/etc/hostname')",
        "select * from read_text('/etc/hostname')",
        "copy core.fct_invoice_lines to 'stolen.csv'",
        "attach 'other.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "set memory_limit = '10GB'",
    ],
)
def test_the_connection_can_neither_write_nor_read_files_nor_be_changed(
    build: Published, statement: str
) -> None:
    with pytest.raises(duckdb.Error):
        build.table(statement)


def test_totals_are_exact_and_compared_with_the_days_before(build: Published) -> None:
    row = core.billed_total(build, MONTH).table.to_pylist()[0]
    of = "select sum(billed_usd) from core.fct_provider_costs where cost_date between"
    value = _value(build, f"{of} '2026-10-16' and '2026-11-14'")
    previous = _value(build, f"{of} '2026-09-16' and '2026-10-15'")
    assert row == {
        "value": value,
        "value_previous": previous,
        "value_change": value - previous,
        "days_with_data": 30,
        "provisional_days": 0,
    }


def test_no_change_where_the_days_before_are_not_all_there(build: Published) -> None:
    row = core.billed_total(build, YEAR).table.to_pylist()[0]
    assert row["value"] > 0
    assert row["value_change"] is None


def test_the_rest_is_one_series_and_nothing_is_lost(build: Published) -> None:
    answer = unit_economics.cost_by_model(build, YEAR)
    series = list(dict.fromkeys(answer.table["series"].to_pylist()))
    assert series == [*(f"model {rank}" for rank in range(7, 1, -1)), OTHER]
    assert len(series) == MOST_SERIES + 1
    total = _value(
        build,
        "select sum(cost_usd) from unit_economics.cost_by_model_day "
        "where date >= '2025-11-01' and date < '2026-11-15'",
    )
    assert sum(answer.table["value"].to_pylist()) == total
    assert unit_economics.models(build, YEAR) == [f"model {rank}" for rank in range(7, -1, -1)]
    partial = {row["date"] for row in answer.table.to_pylist() if row["is_provisional"]}
    assert partial == {date(2026, 11, 1)}


def test_a_day_without_data_is_missing_not_zero(published: PublishedDir) -> None:
    published.publish("1", "delete from core.fct_provider_costs where cost_date = '2026-11-05'")
    build = newest_build()
    assert isinstance(build, Published)
    rows = core.billed_history(build, MONTH).table.to_pylist()
    assert len(rows) == 30
    assert [row["date"] for row in rows if row["value"] is None] == [date(2026, 11, 5)]


@pytest.mark.parametrize("places", [0, 2])
def test_the_waterfall_foots_in_the_digits_shown(build: Published, places: int) -> None:
    rows = finance.waterfall(build, YEAR, places).table.to_pylist()
    amounts = {row["step"]: row["amount"] for row in rows}
    closing = amounts.pop("closing")
    assert sum(amounts.values()) == closing
    assert all(amount == round(amount, places) for amount in (*amounts.values(), closing))
    exact = _value(build, "select mrr from finance.mrr_by_day where date = '2026-11-14'")
    assert closing == pytest.approx(exact, abs=Decimal(10) ** -places)


def test_another_currency_is_one_rate_for_all(build: Published) -> None:
    assert core.currencies(build, "USD") == ["USD", "EUR"]
    assert core.display(build, "USD", "USD") == USD
    assert core.display(build, "USD", "XXX") == USD
    euro = Selection(YEAR.period, "month", "before", core.display(build, "USD", "EUR"))
    shown = core.billed_total(build, euro).table["value"][0].as_py()
    stored = core.billed_total(build, YEAR).table["value"][0].as_py()
    assert shown == pytest.approx(stored / Decimal("1.25"), abs=Decimal("0.00001"))
    rows = finance.waterfall(build, euro, 2).table.to_pylist()
    assert sum(row["amount"] for row in rows[:-1]) == rows[-1]["amount"]


def test_the_customers_of_a_movement_sum_to_all_of_it(build: Published) -> None:
    rows = core.movement_customers(build, YEAR, "new").table.to_pylist()
    assert rows[0]["customer_name"] == "Customer 39"
    assert sum(row["mrr_change"] for row in rows) == rows[0]["total_change"]
    assert rows[0]["total_movements"] == len(rows) == 40


def test_the_waterfall_of_a_plan_is_of_its_own_movements(build: Published) -> None:
    choice = replace(YEAR, period=Period(date(2026, 10, 11), date(2026, 11, 1)), plan="prod_b")
    steps = {
        row["step"]: row["amount"] for row in finance.waterfall(build, choice, 9).table.to_pylist()
    }
    closing = steps.pop("closing")
    assert sum(steps.values()) == closing
    of_plan = (
        "select sum(mrr_change) from core.fct_mrr_movements_by_plan where product_id = 'prod_b'"
    )
    assert steps["opening"] == _value(build, f"{of_plan} and movement_date < '2026-10-11'")
    assert closing == _value(build, f"{of_plan} and movement_date < '2026-11-01'")
    assert steps["moved_out"] < 0
    for movement in finance.movement_types(choice):
        rows = core.movement_customers(build, choice, movement).table.to_pylist()
        assert sum(row["mrr_change"] for row in rows) == steps[movement]
    # the bars over time are the same movements, cut by month
    bars = finance.movements(build, choice).table.to_pylist()
    assert sum(row["value"] for row in bars) == closing - steps["opening"]


def test_what_came_to_plans_is_of_the_chosen_plan_or_of_all(build: Published) -> None:
    rows = finance.plan_movements(build, YEAR).table.to_pylist()
    assert [row["plan"] for row in rows] == ["Team", "Pro", "Starter"]
    assert rows[0]["opening_mrr"] == 100 * 9 + 11  # of November 2025, the first month
    assert rows[0]["new_mrr"] == 13 * Decimal("12.005")
    only = finance.plan_movements(build, replace(YEAR, plan="prod_b")).table.to_pylist()
    assert only == [rows[1]]


def test_reasons_add_up_to_who_left(build: Published) -> None:
    rows = finance.why_they_left(build, YEAR).table.to_pylist()
    left = finance.churned_customers(build, YEAR).table.to_pylist()
    said = [(row["cancellation_feedback"], row["cancellation_reason"]) for row in rows]
    assert set(said) == {("too_expensive", None), (None, "cancellation_requested")}
    assert sum(row["customers"] for row in rows) == len(left) > 2
    for row in rows:
        same = [one for one in left if one["cancellation_feedback"] == row["cancellation_feedback"]]
        assert row["customers"] == len(same)
        assert row["mrr_change"] == sum(one["mrr_change"] for one in same)


_ANSWERS: list[Callable[[Published], Answer]] = [
    lambda build: core.billed_total(build, MONTH),
    lambda build: core.billed_by_project(build, MONTH),
    lambda build: core.movement_customers(build, YEAR, "churn"),
    lambda build: core.customer_invoices(build, "cus_1"),
    lambda build: core.find_customers(build, "Customer 1"),
    lambda build: finance.month(build, YEAR),
    lambda build: finance.months(build, YEAR),
    lambda build: finance.movements(build, MONTH),
    lambda build: finance.mrr_by_day(build, MONTH),
    lambda build: finance.plans(build, YEAR),
    lambda build: finance.plan_movements(build, YEAR),
    lambda build: finance.why_they_left(build, YEAR),
    lambda build: finance.movements(build, replace(MONTH, plan="prod_b")),
    lambda build: finance.cohorts(build, "net"),
    lambda build: finance.retention_curves(build, "gross"),
    lambda build: finance.churn_trend(build, YEAR),
    lambda build: finance.ltv(build, YEAR, "plan"),
    lambda build: finance.lifetimes(build, YEAR),
    lambda build: finance.committed(build, YEAR),
    lambda build: finance.forecast(build, YEAR),
    lambda build: finance.forecast_movements(build, YEAR),
    lambda build: finance.top_customers(build, YEAR),
    lambda build: unit_economics.cost_by_feature(build, MONTH),
    lambda build: unit_economics.cost_quality(build, MONTH),
    lambda build: unit_economics.profit_months(build, YEAR),
    lambda build: unit_economics.cost_kinds(build, YEAR),
    lambda build: unit_economics.customer_margins(build, YEAR),
    lambda build: unit_economics.feature_margins(build, YEAR),
    lambda build: unit_economics.plan_margins(build, YEAR),
    lambda build: product.requests_by_endpoint(build, MONTH),
    lambda build: product.performance(build, MONTH, "error_rate"),
    lambda build: product.performance(build, YEAR, "p95_response_time_ms"),
    lambda build: product.services(build, YEAR),
    lambda build: product.allowances(build, YEAR),
    lambda build: product.cache_savings(build, YEAR),
    lambda build: product.customer_calls(build, YEAR, "cus_1"),
    lambda build: monitoring.cost_tie(build, MONTH),
    lambda build: monitoring.cost_tie_by_time(build, YEAR),
    monitoring.mrr_checks,
    lambda build: monitoring.alerts(build, ["open"]),
    monitoring.alert_counts,
    monitoring.rules,
    monitoring.insights,
    monitoring.definitions,
    monitoring.load_freshness_by_source,
    monitoring.skipped_endpoints,
    monitoring.row_counts,
    monitoring.columns,
    lambda build: core.billed_by_key(build, MONTH),
    lambda build: core.billed_by_account(build, MONTH),
    lambda build: monitoring.bill_controls(build, MONTH),
    monitoring.quarantined_rows,
    monitoring.exceptions,
]


@pytest.fixture(scope="module")
def one_build(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A build that tests only read."""
    folder = PublishedDir(tmp_path_factory.mktemp("published"))
    return Published.open(folder.publish("read"))


@pytest.mark.parametrize("ask", _ANSWERS)
def test_the_sql_that_is_shown_gives_the_rows_that_are_shown(
    one_build: Published, ask: Callable[[Published], Answer]
) -> None:
    answer = ask(one_build)
    again = one_build.table(answer.sql)
    assert again.equals(answer.table)
    assert answer.table.num_rows > 0


def test_row_counts_and_definitions_are_those_of_the_docs(build: Published) -> None:
    counts = {row["table_name"]: row for row in monitoring.row_counts(build).table.to_pylist()}
    assert counts["core.fct_invoice_lines"]["row_count"] == 540
    assert counts["unit_economics.cost_by_model_day"]["description"].startswith("One row per")
    assert (build.description("finance.mrr_by_day") or "").startswith("One row per day")
    assert build.column_description("finance.mrr_by_day", "no_such_column") is None


def test_only_sources_that_were_loaded_can_be_stale(build: Published) -> None:
    assert monitoring.stale_sources(build) == ["openai"]


def test_a_query_of_an_alert_names_what_it_is_about(published: PublishedDir) -> None:
    published.publish("1", "update monitoring.alerts set dimension_value = 'o''clock'")
    build = newest_build()
    assert isinstance(build, Published)
    for row in monitoring.alerts(build, ["open"]).table.to_pylist():
        assert build.table(row["query"]).num_rows == 0


def test_hostile_names_are_values(published: PublishedDir) -> None:
    published.publish("1", hostile_rows())
    build = newest_build()
    assert isinstance(build, Published)
    assert product.requests_by_endpoint(build, MONTH).table.num_rows > 0
    assert core.find_customers(build, "' or 1=1 --").table.num_rows == 0
