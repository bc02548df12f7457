"""Faults that people met on the pages, each by a test that fails with it."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.downloads import csv_bytes, xlsx_bytes
from dashboards.components.figures import points
from pipelines.published.questions import monitoring, product, unit_economics
from pipelines.published.questions.periods import Display, Period, Selection
from pipelines.published.reader import Published, open_published
from support.commands import ROOT
from support.published import PublishedDir

Open = Callable[[], AppTest]
YEAR = Selection(Period(date(2025, 11, 1), date(2026, 11, 15)), "month", "before", Display("USD"))


def _page(open_app: Open, name: str, **link: str) -> AppTest:
    app = open_app()
    for key, value in link.items():
        app.query_params[key] = value
    app.switch_page(f"app_pages/{name}.py").run()
    assert not app.exception
    assert not app.error
    return app


def _said(app: AppTest) -> str:
    kinds = (app.caption, app.header, app.info, app.text, app.markdown)
    return "\n".join(str(one.value) for kind in kinds for one in kind)


def test_native_amounts_are_neither_mixed_nor_converted(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish(
        "1",
        "insert into monitoring.mrr_reconciliation by name select 'renewals_net' as check_name, "
        "'in_eur' as subject_id, 'eur' as currency, 100 as expected, 90 as actual, "
        "-10 as difference, 1 as subjects, 1 as exceptions",
    )
    with open_published() as build:
        rows = monitoring.mrr_checks(build).table.to_pylist()
    assert [(row["currency"], row["expected"]) for row in rows if row["subject"] == "in_eur"] == [
        ("EUR", Decimal("100"))
    ]
    frames = [one.value for one in _page(open_app, "data", currency="EUR").dataframe]
    ledger = next(one for one in frames if "check_name" in one)
    assert list(ledger.loc[ledger["subject"] == "in_eur", "expected"]) == [Decimal("100")]


def test_what_counts_llm_calls_is_called_so(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    app = _page(open_app, "customer", customer="cus_7")
    labels = [card.label for card in app.metric]
    assert "LLM calls" in labels
    assert "Requests" not in labels
    assert '"Requests"' not in "".join(
        one.proto.columns for one in app.dataframe if "margin" in one.proto.columns
    )


def test_states_are_of_one_moment_and_committed_shows_its_sum(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish(
        "1",
        "update finance.committed_mrr_by_subscription set mrr = 1000, committed_mrr = 975, "
        "scheduled_change = -25",
    )
    app = _page(open_app, "revenue", days="2026-07-01_2026-07-15")
    lines = [one.value for one in app.caption if one.value.startswith("as of now")]
    assert len(lines) == len(app.metric) == 6
    assert any("$20,000.00 less $500.00 scheduled on 20 subscriptions" in one for one in lines)
    first = next(card for card in app.metric if card.label == "MRR (USD)")
    # 14 days at 1.005 since 1 November, and the 15th, which the build knows in part
    assert first.delta == "+$15.08"
    assert "since 1 Nov 2026" in lines[0]


def test_a_key_is_missing_only_where_it_is(published: PublishedDir, open_app: Open) -> None:
    """A range without a complete month is no missing key."""
    published.publish("1")
    app = _page(open_app, "retention", days="2025-06-01_2025-08-02")
    assert "Its source needs" not in _said(app)


def test_values_of_other_months_say_so(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    said = _said(_page(open_app, "retention", range="7d"))
    assert said.count("The last 6 complete months.") == 3
    retention = _page(open_app, "retention", range="7d")
    columns = "".join(one.proto.columns for one in retention.dataframe)
    assert "Monthly churn, last 6 months" in columns


def test_an_empty_account_is_told_what_is_empty(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1", "insert into core.dim_alert_rules by name select 'a' as alert_id", filled=False
    )
    alerts = _said(_page(open_app, "alerts"))
    assert "None of the 1 rules had a value to check yet" in alerts
    assert "has no rows" not in alerts
    data = _said(_page(open_app, "data"))
    assert "explained to the nano-dollar" not in data
    assert data.count("No bill of these days is loaded.") == 2
    assert data.count("Nothing is loaded yet.") == 3


def test_nothing_is_no_point_at_zero(published: PublishedDir) -> None:
    published.publish(
        "1",
        "insert into unit_economics.margin_by_feature_month by name select date '2026-10-01' as "
        "month, '__unattributed__' as feature_id, 0 as revenue_usd, 0 as cost_usd, "
        "0 as margin_usd, 0 as requests",
        filled=False,
    )
    with open_published() as build:
        assert unit_economics.feature_margins(build, YEAR).table.num_rows == 0


def test_the_slowest_service_is_compared_with_itself_and_named(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish(
        "1",
        "update product.usage_by_service_month set p95_response_time_ms = case "
        "when service = 'assistant' then 300 + month(month) else 200 + 10 * month(month) end",
        "update product.usage_by_service_month set p95_response_time_ms = 999 "
        "where service = 'documents' and month = date '2026-09-01'",
    )
    app = _page(open_app, "usage")
    slowest = next(card for card in app.metric if card.label == "Slow responses of a service")
    assert (slowest.value, slowest.delta) == ("310 ms", "+1 ms")
    assert "assistant" in [one.value for one in app.text]


def test_a_rate_of_few_requests_is_marked(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "update product.usage_by_service_month set calls = 9, errors = 2, error_rate = 0.22 "
        "where service = 'assistant'",
    )
    with open_published() as build:
        marked = {
            row["service"]: row["is_small"]
            for row in product.services(build, YEAR).table.to_pylist()
        }
    assert marked == {"assistant": True, "documents": False}
    app = _page(open_app, "usage")
    assert "Few: read with care" in "".join(one.proto.columns for one in app.dataframe)
    assert "few: read with care" in "".join(leaf.proto.spec for leaf in app.get("plotly_chart"))


def test_signups_and_new_customers_are_no_share_of_each_other(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = _page(open_app, "usage")
    columns = next(
        one.proto.columns
        for one in app.dataframe
        if "new_customers_per_signup" in one.proto.columns
    )
    assert "New customers for each signup" in columns
    assert "other people than its signups" in _said(app)


def test_three_counts_of_a_plans_customers_say_why_they_differ(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    for page in ("revenue", "profitability", "usage"):
        assert "Customers of a plan are counted in three ways" in _said(_page(open_app, page)), page


def test_two_columns_of_one_name_keep_their_values() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], ["n", "n", "m"])
    assert list(csv.reader(io.StringIO(csv_bytes(table).decode()))) == [
        ["n", "n", "m"], ["1", "2", "3"],
    ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(table, []))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert [f"<v>{number}</v>" in sheet for number in (1, 2, 3)] == [True] * 3


def test_excel_takes_zones_infinity_and_old_days() -> None:
    table = pa.table(
        {
            "zoned": pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            "nan": [float("nan")],
            "far": [float("inf")],
            "old": [date(1066, 10, 14)],
            "endless": pa.array([2**63 - 1], pa.timestamp("us")),
        }
    )
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(table, []))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<v>46024.125</v>" in sheet  # 2 January 2026, 03:00
    assert all(f"<t>{text}</t>" in texts for text in ("nan", "inf", "1066-10-14"))
    assert csv_bytes(table).rstrip().endswith(b",infinity")


def test_the_server_knows_pandas_before_its_first_viewer() -> None:
    asked = "import sys, dashboards.app; assert {'pandas', 'plotly.graph_objs'} <= set(sys.modules)"
    subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("amounts", [[(0, 0)], [(-5, 3)], [(1e-9, 1e9)], []])
def test_points_of_any_size_stand_on_a_logarithmic_axis(amounts: list[tuple[float, float]]) -> None:
    rows = [
        {"feature": f"f{number}", "feature_id": f"f{number}", "revenue": Decimal(str(revenue)),
         "cost": Decimal(str(cost)), "margin": Decimal(str(revenue - cost)), "margin_rate": None}
        for number, (revenue, cost) in enumerate(amounts)
    ]  # fmt: skip
    drawn = points(rows, name="feature", unit=str, prefix="$")
    assert drawn.layout.xaxis.type == drawn.layout.yaxis.type == "log"
    assert all(value > 0 for trace in drawn.data for value in (*trace.x, *trace.y))
    losing = [text.strip() for trace in drawn.data for text in trace.text or ()]
    assert losing == [f"f{n}" for n, (revenue, cost) in enumerate(amounts) if revenue < cost]


def test_published_is_what_the_pages_read(published: PublishedDir) -> None:
    """The counts of the catalogue decide what is called few."""
    published.publish(
        "1",
        "update monitoring.kpi_definitions set minimum_sample = 77 where metric = 'error_rate'",
    )
    with open_published() as build:
        assert isinstance(build, Published)
        assert product.few_requests(build) == 77
