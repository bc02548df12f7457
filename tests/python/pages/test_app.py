"""The pages as AppTest sees them: right numbers, designed states, no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES
from pipelines.alerts.command import read_alerts
from pipelines.config import as_of
from pipelines.published.questions import adhoc
from pipelines.published.questions.formatting import headline, money, percent
from pipelines.published.reader import Published, open_published
from support.published import HOSTILE_NAMES, PublishedDir, answer, hostile_rows

Open = Callable[[], AppTest]

SCRIPTS = [page.script for page in PAGES]


def _said(app: AppTest) -> str:
    kinds = (
        app.markdown, app.caption, app.title, app.header, app.subheader, app.warning, app.info,
        app.error, app.success,
    )  # fmt: skip
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def _cards(app: AppTest) -> dict[str, str]:
    return {card.label: card.value for card in app.metric}


def _month(file: Path, column: str, mart: str = "finance.mrr_movements_by_month") -> object:
    return answer(file, f"select {column} from {mart} where month = '2026-10-01'")


def test_the_first_row_of_the_overview_says_what_sql_says(
    published: PublishedDir, open_app: Open
) -> None:
    file = published.publish(
        "1",
        "update finance.mrr_by_day set mrr = 30291.5, opening_mrr = 30000 "
        "where date > '2026-10-31'",
        "update finance.mrr_movements_by_month set nrr = 0.98765, customer_churn_rate = 0.0442, "
        "churned_customers = 8, opening_customers = 181",
        "update unit_economics.profit_by_month set gross_margin_rate = 0.9774, "
        "llm_cost_to_revenue = 0.0228, llm_cost_usd = 688.53, revenue_usd = 30142.09",
    )
    app = open_app()
    assert not app.exception
    assert not app.error
    cards = _cards(app)
    profit = "unit_economics.profit_by_month"
    assert cards["MRR (USD)"] == "$30,292"
    assert "MRR is $30,292, up 1.0% since 1 Nov 2026." in [one.value for one in app.text]
    assert cards["Net revenue retention"] == percent(_month(file, "nrr")) == "98.8%"
    assert cards["Customer churn rate"] == percent(_month(file, "customer_churn_rate"))
    assert cards["Gross margin"] == percent(_month(file, "gross_margin_rate", profit))
    assert cards["AI cost as share of revenue"] == percent(
        _month(file, "llm_cost_to_revenue", profit)
    )
    assert cards["Open alerts"] == "2"
    said = _said(app)
    assert "Oct 2026 · the last whole month · vs Sep 2026 · 8 of 181 customers" in said
    assert "$688.53 of $30,142.09" in said
    assert "Data as of 15 Nov 2026, 12:00 UTC" in said
    assert "No recent load of openai" in said


def test_totals_of_the_range_say_what_sql_says(published: PublishedDir, open_app: Open) -> None:
    file = published.publish("1")
    app = open_app().switch_page("app_pages/ai_cost.py").run()
    app.selectbox(key="range").set_value("30d").run()
    cards = _cards(app)
    billed = answer(
        file,
        "select sum(billed_usd) from core.fct_provider_costs "
        "where cost_date between '2026-10-16' and '2026-11-14'",
    )
    assert cards["AI cost billed (USD)"] == money(billed, "usd")
    assert "restated by +$20.00 since first billed" in _said(app)
    app.switch_page("app_pages/usage.py").run()
    app.selectbox(key="range").set_value("mtd").run()
    calls = answer(
        file,
        "select sum(calls) from product.usage_by_endpoint_day "
        "where date between '2026-11-01' and '2026-11-14'",
    )
    assert _cards(app)["Calls"] == f"{calls:,}"
    assert "1 Nov – 14 Nov 2026 · vs 1 Oct – 14 Oct 2026" in _said(app)


@pytest.mark.parametrize(
    ("script", "label", "sql", "unit"),
    [
        ("revenue", "MRR at risk (USD)",
         "select at_risk_mrr from finance.billing_health_by_month", "headline"),
        ("retention", "Gross revenue retention",
         "select grr from finance.mrr_movements_by_month", "rate"),
        ("ai_cost", "AI cost as share of revenue",
         "select llm_cost_to_revenue from unit_economics.profit_by_month", "rate"),
        ("profitability", "Net profit (USD)",
         "select net_profit_usd from unit_economics.profit_by_month", "headline"),
        ("usage", "Active users",
         "select active_users from product.active_users_by_month", "count"),
    ],
)  # fmt: skip
def test_first_rows_say_what_sql_says(
    published: PublishedDir, open_app: Open, script: str, label: str, sql: str, unit: str
) -> None:
    file = published.publish("1")
    app = open_app().switch_page(f"app_pages/{script}.py").run()
    value = answer(file, f"{sql} where month = '2026-10-01'")
    shown = {"headline": lambda: headline(value, "usd"), "rate": lambda: percent(value),
             "count": lambda: f"{value:,}"}[unit]()  # fmt: skip
    assert _cards(app)[label] == shown


def test_a_what_if_stands_beside_what_was_billed(published: PublishedDir, open_app: Open) -> None:
    file = published.publish("1")
    app = open_app().switch_page("app_pages/what_if.py").run()
    app.selectbox(key="scenario").set_value("as_billed").run()
    billed = answer(
        file, "select llm_cost_usd from unit_economics.profit_by_month where month = '2026-10-01'"
    )
    assert f"as billed {money(billed, 'USD')}" in _said(app)
    assert "Quality of answers is not modelled" in _said(app)


def test_lines_have_a_close_up_and_bars_have_none(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/profitability.py").run()

    def axes() -> dict[str, str]:
        specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
        return {
            spec["data"][0]["name"]: spec["layout"]["yaxis"].get("rangemode", "")
            for spec in specs
            if spec["data"][0].get("name")
        }

    before = axes()
    assert before["Revenue"] == "tozero"
    for key in ("profit_by_time", "costs_by_kind"):
        app.session_state[f"{key}_view"] = "Close-up"
    app.run()
    assert not app.exception
    now = axes()
    assert now["Revenue"] == "normal"
    changed = {name for name in before if before[name] != now[name]}
    assert changed == {"Revenue"}


def test_filters_come_from_the_address(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/retention.py")
    app.query_params["range"] = "7d"
    app.query_params["currency"] = "EUR"
    app.query_params["compare"] = "'; drop table x"
    app.run()
    assert app.selectbox(key="range").value == "7d"
    assert _cards(app)["ARPA (EUR)"] == "€96.10"  # 120.123456789 at 1.25 dollars per euro
    assert app.selectbox(key="compare").value == "before"
    assert "compare" not in app.query_params


def test_a_plan_narrows_what_is_by_plan(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/revenue.py").run()
    app.selectbox(key="plan").set_value("prod_b").run()
    assert app.query_params["plan"] == "prod_b"
    assert "How did this plan's MRR go?" in _said(app)


def test_no_comparison_with_days_that_are_not_there(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/ai_cost.py").run()
    app.selectbox(key="range").set_value("all").run()
    assert "no earlier days to compare with" in _said(app)


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_empty_build_opens(published: PublishedDir, open_app: Open, script: str) -> None:
    published.publish("1", filled=False)
    app = open_app().switch_page(script).run()
    assert not app.exception
    assert not app.error
    assert set(_cards(app).values()) <= {"—", "0"}
    assert not [note for note in app.info if "does not hold" in note.value]


def test_an_empty_build_says_what_to_set(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", filled=False)
    pages = ("overview", "usage", "data")
    said = "".join(_said(open_app().switch_page(f"app_pages/{page}.py").run()) for page in pages)
    for setting in (
        "SOURCES__OPENAI__ADMIN_KEY",
        "SOURCES__STRIPE__API_KEY",
        "SOURCES__APP_EVENTS__BUCKET_URL",
    ):
        assert setting in said


def test_zero_is_not_missing(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "insert into core.fct_provider_costs (provider, cost_date, line_item, cost_kind, "
        "billed_usd, first_billed_usd, is_provisional) "
        "values ('openai', '2026-11-14', 'x', 'llm', 0, 0, false)",
        filled=False,
    )
    app = open_app().switch_page("app_pages/ai_cost.py").run()
    assert _cards(app)["AI cost billed (USD)"] == "$0.00"
    assert _cards(app.switch_page("app_pages/usage.py").run())["Calls"] == "—"


def test_what_is_not_known_is_said(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "insert into unit_economics.cost_by_model_day (date, provider, model_id, cost_usd, "
        "is_mapped, unpriced_event_calls, is_provisional) "
        "values ('2026-11-14', 'openai', '__unmapped__', 12.345, false, 7, false)",
        "insert into core.fct_provider_costs (provider, cost_date, line_item, cost_kind, "
        "is_provisional) values ('openai', '2026-11-14', 'x', 'llm', false)",
    )
    app = open_app().switch_page("app_pages/ai_cost.py").run()
    said = _said(app)
    assert "$12.35 of it in line items that seeds/line_item_map.csv lacks" in said
    assert "1 bill lines left out: no exchange rate for them" in said
    assert _cards(app)["Calls without a price"] == "7"


def test_few_customers_are_named(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1", "update finance.mrr_movements_by_month set opening_customers = 3, nrr = 0.5"
    )
    assert "few: 3" in _said(open_app())


def test_nothing_published_yet(published: PublishedDir, open_app: Open) -> None:
    app = open_app()
    assert not app.exception
    assert app.title[0].value == "Nothing is published yet"
    assert [block.value for block in app.code] == ["dlt pipeline run\ndbt build", "make demo"]
    published.publish("1")
    assert app.run().title[0].value == "Overview"


def test_a_damaged_build(published: PublishedDir, open_app: Open) -> None:
    (published.path / "build_torn.duckdb").write_bytes(b"not a database" * 1000)
    published.point_to("build_torn.duckdb")
    app = open_app()
    assert app.title[0].value == "The published build cannot be read"
    assert str(published.path) not in _said(app)


def test_a_build_without_a_mart_shows_the_rest(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", "drop table product.usage_by_endpoint_day")
    app = open_app().switch_page("app_pages/usage.py").run()
    assert not app.exception
    assert "Active users" in _cards(app)
    assert {note.value for note in app.info} == {
        "This build does not hold `product.usage_by_endpoint_day` in the form that this page "
        "reads. Run `dbt build` to publish one that does."
    }


def test_a_failed_page_shows_no_traceback_and_no_path(
    published: PublishedDir, open_app: Open, caplog: pytest.LogCaptureFixture
) -> None:
    published.publish("1", "drop table core.dim_days")
    app = open_app()
    assert not app.exception
    assert app.error[0].value.startswith("This page could not be shown.")
    assert str(published.path) not in _said(app)
    assert "dim_days" in caplog.text or "does not exist" in caplog.text


def test_an_old_build_says_so(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", "update monitoring.build set built_at = timestamp '2026-01-01'")
    assert "more than 36 hours old" in _said(open_app())


@pytest.mark.parametrize(
    ("clock", "days_ago", "hours", "is_old"),
    [
        # where AS_OF sets no clock, a build is as old as its publishing, whatever day it is of
        (None, 1, 36, False),
        (None, 2, 36, True),
        (None, 2, 50, False),
        # where it does, as old as the day it is of, whenever it was published
        ("2026-11-16T12:00:00+00:00", 9, 36, False),
        ("2026-11-17T12:00:00+00:00", 0, 36, True),
    ],
)
def test_the_page_and_the_command_agree_on_what_is_old(
    published: PublishedDir,
    open_app: Open,
    monkeypatch: pytest.MonkeyPatch,
    clock: str | None,
    days_ago: int,
    hours: int,
    is_old: bool,
) -> None:
    if clock:
        monkeypatch.setenv("AS_OF", clock)
    else:
        monkeypatch.delenv("AS_OF", raising=False)
    built_at = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days_ago)
    published.publish(
        "1",
        f"update monitoring.build set built_at = timestamp '{built_at}'",
        "insert into core.dim_alert_rules by name select 'stale_source' as alert_id, "
        "'hours_since_sync' as metric, 'all' as dimension, 'data' as audience, "
        f"{hours} as warning, 500 as critical",
    )
    with open_published() as build:
        alerts = read_alerts(build, build.facts, as_of())
    assert [one.dimension for one in alerts if one.alert_id == "stale_source"].count(
        "build"
    ) == is_old
    assert (f"more than {hours} hours old" in _said(open_app())) == is_old


def test_a_failed_build_is_no_riddle(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    (published.path / "last_build.json").write_text(
        '{"ended_at": "2026-11-16T04:00:00", "is_published": false, '
        '"failed": ["unique_dim_customers"], "steps": 900}'
    )
    app = open_app().switch_page("app_pages/data.py").run()
    assert "failed in 1 of 900 steps" in app.error[0].value
    assert "unique_dim_customers" in [text.value for text in app.text]


@pytest.mark.parametrize("script", SCRIPTS)
def test_source_text_never_reaches_markdown(
    published: PublishedDir, open_app: Open, script: str
) -> None:
    published.publish("1", hostile_rows())
    app = open_app()
    app.query_params["customer"] = "cus_0"
    app.switch_page(script).run()
    assert not app.exception
    assert not app.error
    said = _said(app)
    assert not [name for name in HOSTILE_NAMES if name in said]
    assert "evil.test" not in said


def test_a_customer_from_a_link(published: PublishedDir, open_app: Open) -> None:
    file = published.publish("1")
    app = open_app().switch_page("app_pages/customer.py")
    app.query_params["customer"] = "cus_7"
    app.run()
    assert "Customer 7" in [text.value for text in app.text]
    margin = answer(
        file,
        "select margin_usd from unit_economics.margin_by_customer_month "
        "where customer_id = 'cus_7' and month = '2026-10-01'",
    )
    assert _cards(app)["Margin (USD)"] == money(margin, "usd")
    app.query_params["customer"] = "' or 1=1 --"
    app.run()
    assert "No customer of this build has this id" in _said(app)


def test_an_unsafe_server_serves_nothing(
    published: PublishedDir, monkeypatch: pytest.MonkeyPatch, open_app: Open
) -> None:
    published.publish("1")
    monkeypatch.setattr("dashboards.guard.refusal_of_this_server", lambda: "not like this")
    app = open_app()
    assert not app.metric
    assert not app.title


def _run(published: PublishedDir, statement: str) -> adhoc.Rows | adhoc.Refused:
    file = published.path / "build_1.duckdb"
    return adhoc.run(Published.open(file if file.exists() else published.publish("1")), statement)


def test_one_select_runs(published: PublishedDir) -> None:
    found = _run(published, "with t as (from core.dim_customers) select count(*) as n from t -- x")
    assert isinstance(found, adhoc.Rows)
    assert found.answer.table.to_pylist() == [{"n": 40}]
    for statement in (
        "describe core.dim_customers",
        "show tables",
        "summarize core.dim_customers",
        "select table_name from duckdb_tables()",
        "select customer_id, row_number() over (order by customer_id), sum(1) over () "
        "from core.dim_customers qualify row_number() over (order by 1) < 3",
        "select coalesce(customer_name, '?') || upper(country), currency[1], {'a': 1}, "
        "list_transform([1], x -> x + 1), date_trunc('month', created_at), count(*) filter (true) "
        "from core.dim_customers group by all having count(*) > 0 order by all",
        "with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) from t",
        "values (1), (2)",
        "select case when 1 = 1 then 'a' else 'b' end, cast('1.5' as decimal(9, 2)), 7 // 2, -1",
        "select regexp_extract('a1', '[0-9]'), strftime(date '2026-01-01', '%Y'), now() is null",
        "from range(3) as r(i) join generate_series(1, 3) as g(j) on i = j",
    ):
        assert isinstance(_run(published, statement), adhoc.Rows), statement
    cut = _run(published, "select * from range(20000)")
    assert isinstance(cut, adhoc.Rows)
    assert (cut.answer.table.num_rows, cut.is_cut) == (adhoc.MOST_ROWS, True)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "select 1; select 2",
        "drop table core.dim_customers",
        "insert into core.dim_customers (customer_id) values ('x')",
        "copy core.dim_customers to '/tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "set enable_external_access = true",
        "select * from read_text('/etc/hostname')",
        "select * from '/etc/hostname'",
        "select * from glob('/*')",
        "selec 1",
        "select nothing_of_this_name",
        "x" * 30_000,
    ],
)
def test_nothing_else_runs(published: PublishedDir, statement: str) -> None:
    found = _run(published, statement)
    assert isinstance(found, adhoc.Refused)
    assert str(published.path) not in found.reason


def test_a_statement_shows_no_path_and_no_secret(
    published: PublishedDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__STRIPE__API_KEY", "rk_secret")
    for statement in (
        "select path from duckdb_databases()",
        "pragma database_list",
        "select name, value from DuckDB_Settings()",
        "select current_setting('secret_directory')",
        "select * from query('select * from duckdb_' || 'databases()')",
        "select setting from pg_settings",
        "select setting from pg_catalog.pg_settings",
        "select * from \"query\"('select 1')",
        "select * from query/**/('select 1')",
        "select * from query_table(['core.dim_customers'])",
        "select * from pg_settings, (with pg_settings as (select 1) select * from pg_settings)",
        "select * from system.information_schema.tables",
        "select * from core.dim_customers where exists (select 1 from duckdb_secrets())",
        "select 'x'.getvariable()",
        "select current_database()",
        "show databases",
    ):
        assert isinstance(_run(published, statement), adhoc.Refused)
    wrong = _run(published, "select * from information_schema.tables_of_mine")
    assert isinstance(wrong, adhoc.Refused)
    assert str(published.path) not in wrong.reason
    found = _run(published, "select * from information_schema.schemata")
    assert isinstance(found, adhoc.Rows)
    assert str(published.path) not in str(found.answer.table.to_pylist())


def test_an_answer_of_many_bytes_is_cut(
    published: PublishedDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _run(published, "select repeat('x', 80000) as text from range(10000)")
    assert isinstance(found, adhoc.Rows)
    assert found.is_cut
    assert 300 < found.answer.table.num_rows < 401
    assert found.answer.table.nbytes <= adhoc.MOST_BYTES


@pytest.mark.parametrize(
    "statement",
    [
        "select count(*) from range(100000000000) a, range(1000) b where a.range % 7 = b.range",
        "select string_agg(repeat('x', 1000000), '') from range(1000000)",
    ],
)
def test_what_takes_too_much_is_stopped(
    published: PublishedDir, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.setattr(adhoc, "SECONDS", 1)
    assert isinstance(_run(published, statement), adhoc.Refused)
