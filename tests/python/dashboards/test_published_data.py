"""Reading published builds: locked down, one build per page run, SQL shown is SQL run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from dashboards.data import core, monitoring, product, unit_economics
from dashboards.data.build import (
    Answer,
    Build,
    NoBuild,
    connection,
    description,
    newest_build,
    query,
)
from dashboards.data.measures import MOST_SERIES, OTHER
from dashboards.data.periods import Period
from support.published import PublishedDir, hostile_rows

DAYS = Period(date(2026, 10, 16), date(2026, 11, 15))


@pytest.fixture
def build(published: PublishedDir) -> Build:
    published.publish("1")
    found = newest_build()
    assert isinstance(found, Build)
    return found


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
    assert isinstance(shown, Build)
    assert shown.path == str(first.resolve())
    published.publish("2", filled=False)
    newest = newest_build()
    assert isinstance(newest, Build)
    assert newest.name == "build_2"
    # the page run that began with the first goes on with it, even when its file is cleared away
    first.unlink()
    assert monitoring.build_facts(shown).build_id == "1"
    assert product.requests(shown, DAYS).table["value"][0].as_py() == 209_240
    assert product.requests(newest, DAYS).table["value"][0].as_py() is None


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
    build: Build, statement: str
) -> None:
    with pytest.raises(duckdb.Error):
        connection(build).cursor().execute(statement)


def test_totals_are_exact_and_compared_with_the_days_before(build: Build) -> None:
    row = core.billed_cost(build, DAYS).table.to_pylist()[0]
    value, previous = query(
        build,
        "select sum(billed_usd) filter (where cost_date between '2026-10-16' and '2026-11-14') a, "
        "sum(billed_usd) filter (where cost_date between '2026-09-16' and '2026-10-15') b "
        "from core.fct_provider_costs",
    ).to_pylist()[0].values()  # fmt: skip
    assert isinstance(value, Decimal)
    assert row == {
        "value": value,
        "previous": previous,
        "change": value - previous,
        "days_with_data": 29,
        "provisional_days": 0,
    }


def test_no_change_where_the_days_before_are_not_all_there(build: Build) -> None:
    year = Period(date(2025, 11, 15), date(2026, 11, 15))
    row = core.billed_cost(build, year).table.to_pylist()[0]
    assert row["value"] > 0
    assert row["change"] is None


def test_the_rest_is_one_series_and_nothing_is_lost(build: Build) -> None:
    answer = unit_economics.cost_by_model_day(build, DAYS)
    series = list(dict.fromkeys(answer.table["series"].to_pylist()))
    assert series == [*(f"model {rank}" for rank in range(7, 1, -1)), OTHER]
    assert len(series) == MOST_SERIES + 1
    total = core.billed_cost(build, DAYS).table["value"][0].as_py()
    assert sum(answer.table["value"].to_pylist()) == total
    assert unit_economics.models(build) == [f"model {rank}" for rank in range(7, -1, -1)]


def test_a_day_without_data_is_missing_not_zero(build: Build) -> None:
    rows = core.billed_cost_days(build, DAYS).table.to_pylist()
    assert len(rows) == 30
    assert [row["date"] for row in rows if row["value"] is None] == [date(2026, 11, 5)]


def test_a_bill_line_of_unknown_amount_is_counted_not_summed(published: PublishedDir) -> None:
    published.publish(
        "1",
        "insert into core.fct_provider_costs values "
        "('openai', '2026-11-14', null, null, 'x', null, null, null)",
        "insert into unit_economics.cost_by_model_day values "
        "('2026-11-14', 'openai', 'unknown rate', null, true, false)",
    )
    build = newest_build()
    assert isinstance(build, Build)
    quality = core.billed_cost_quality(build, DAYS).table.to_pylist()[0]
    assert quality == {"restated": Decimal("20.000000000"), "lines_without_rate": 1}
    assert core.billed_cost(build, DAYS).table["value"][0].as_py() > 0
    assert None not in unit_economics.cost_by_model_day(build, DAYS).table["value"].to_pylist()


def test_invoices_of_one_currency_without_drafts_and_voids(build: Build) -> None:
    assert core.invoice_currencies(build) == ["USD", "EUR", "JPY"]
    direct = query(
        build,
        "select sum(net_amount) as v from core.fct_invoice_lines where currency = 'usd' "
        "and invoice_status = 'paid' and invoice_finalized_at >= '2026-10-16' "
        "and invoice_finalized_at < '2026-11-15'",
    )["v"][0].as_py()
    assert core.invoiced_revenue(build, "USD", DAYS).table["value"][0].as_py() == direct
    others = core.invoiced_in_other_currencies(build, "USD", DAYS).table["currency"].to_pylist()
    assert others == ["EUR", "JPY"]
    # a currency from a pasted address is a value, never SQL
    assert core.invoiced_revenue(build, "USD' or 1=1 --", DAYS).table["value"][0].as_py() is None


_ANSWERS: list[Callable[[Build], Answer]] = [
    lambda build: core.billed_cost(build, DAYS),
    lambda build: core.billed_cost_days(build, DAYS),
    lambda build: core.billed_cost_quality(build, DAYS),
    lambda build: core.invoiced_revenue(build, "USD", DAYS),
    lambda build: core.invoiced_revenue_by_day(build, "USD", DAYS),
    lambda build: core.invoiced_in_other_currencies(build, "USD", DAYS),
    lambda build: unit_economics.cost_by_model_day(build, DAYS),
    lambda build: unit_economics.unmapped_cost(build, DAYS),
    lambda build: product.usage_by_endpoint_day(build, DAYS),
    monitoring.load_freshness_by_source,
    monitoring.skipped_endpoints,
    monitoring.row_counts,
]


@pytest.mark.parametrize("ask", _ANSWERS)
def test_the_sql_that_is_shown_gives_the_rows_that_are_shown(
    build: Build, ask: Callable[[Build], Answer]
) -> None:
    answer = ask(build)
    again = connection(build).cursor().execute(answer.sql).to_arrow_table()
    assert again.equals(answer.table)
    assert answer.table.num_rows > 0


def test_row_counts_name_every_table(build: Build) -> None:
    counts = {row["table_name"]: row for row in monitoring.row_counts(build).table.to_pylist()}
    assert counts["core.fct_invoice_lines"]["row_count"] == 540
    assert counts["unit_economics.cost_by_model_day"]["description"].startswith("One row per")
    assert len(counts) == 7
    assert description(build, "core.fct_invoice_lines") is None


def test_only_sources_that_were_loaded_can_be_stale(build: Build) -> None:
    assert monitoring.stale_sources(build) == ["openai"]


def test_hostile_names_are_values(published: PublishedDir) -> None:
    published.publish("1", hostile_rows())
    build = newest_build()
    assert isinstance(build, Build)
    assert product.usage_by_endpoint_day(build, DAYS).table.num_rows > 0
