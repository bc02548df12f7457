"""The pages as AppTest sees them: right numbers, designed states, no traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from support.published import HOSTILE_NAMES, PublishedDir, answer, hostile_rows

Open = Callable[[], AppTest]


def _markdown(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.title, app.subheader, app.warning, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_the_first_row_says_what_sql_says(published: PublishedDir, open_app: Open) -> None:
    file = published.publish("1")
    app = open_app()
    assert not app.exception
    assert not app.error
    within = "between '2026-10-16' and '2026-11-14'"
    cost = answer(
        file, f"select sum(billed_usd) from core.fct_provider_costs where cost_date {within}"
    )
    revenue = answer(
        file,
        "select sum(net_amount) from core.fct_invoice_lines where currency = 'usd' and "
        f"invoice_status = 'paid' and cast(invoice_finalized_at as date) {within}",
    )
    calls = answer(
        file, f"select sum(calls) from product.usage_by_endpoint_day where date {within}"
    )
    assert [(card.label, card.value) for card in app.metric] == [
        ("Billed AI cost (USD)", f"${cost:,.2f}"),
        ("Invoiced revenue (USD)", f"${revenue:,.2f}"),
        ("Requests (count)", f"{calls:,}"),
    ]
    assert [card.delta for card in app.metric] == ["-$16.00", "-$168.96", "-400"]
    said = _markdown(app)
    assert "16 Oct – 14 Nov 2026 · restated by +$20.00 since first billed" in said
    assert "besides €609.90, ¥183, not converted" in said
    assert "Data as of 15 Nov 2026, 12:00 UTC" in said
    assert "No recent load of openai" in said


def test_filters_change_the_numbers(published: PublishedDir, open_app: Open) -> None:
    file = published.publish("1")
    app = open_app()
    app.session_state["range"] = "7d"
    app.selectbox(key="currency").set_value("EUR").run()
    week = "between '2026-11-08' and '2026-11-14'"
    calls = answer(file, f"select sum(calls) from product.usage_by_endpoint_day where date {week}")
    assert app.metric[2].value == f"{calls:,}"
    assert app.metric[1].label == "Invoiced revenue (EUR)"
    assert app.metric[1].value.startswith("€")


def test_no_comparison_with_days_that_are_not_there(
    published: PublishedDir, open_app: Open
) -> None:
    published.publish("1")
    app = open_app()
    app.session_state["range"] = "365d"
    app.run()
    assert [card.delta for card in app.metric] == ["", "", ""]
    assert "not compared: the days before are not all loaded" in _markdown(app)


def test_the_data_page(published: PublishedDir, open_app: Open) -> None:
    published.publish("1")
    app = open_app().switch_page("app_pages/data.py").run()
    assert not app.exception
    assert not app.error
    said = _markdown(app)
    assert "Fresh" in said
    assert "Stale" in said
    assert "Run `dlt pipeline run openai`, then `dbt build`." in said
    assert "Set `SOURCES__STRIPE__API_KEY`, run `dlt pipeline run stripe`" in said
    facts = "\n".join(element.value for element in app.text)
    assert "Rows: 200,000" in facts
    assert "Rows in quarantine: 3" in facts
    assert len(app.dataframe) == 2


@pytest.mark.parametrize("page", ["app_pages/overview.py", "app_pages/data.py"])
def test_an_empty_build_says_what_to_set(
    published: PublishedDir, open_app: Open, page: str
) -> None:
    published.publish("1", filled=False)
    app = open_app().switch_page(page).run()
    assert not app.exception
    assert not app.error
    assert {card.value for card in app.metric} <= {"—"}
    for setting in (
        "SOURCES__OPENAI__ADMIN_KEY",
        "SOURCES__STRIPE__API_KEY",
        "SOURCES__APP_EVENTS__BUCKET_URL",
    ):
        assert setting in _markdown(app)
    assert not app.warning


def test_zero_is_not_missing(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "insert into core.fct_provider_costs values "
        "('openai', '2026-11-14', null, null, 'x', 0, 0, null)",
        filled=False,
    )
    assert [card.value for card in open_app().metric] == ["$0.00", "—", "—"]


def test_what_is_not_known_is_said(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "insert into unit_economics.cost_by_model_day values "
        "('2026-11-14', 'openai', '__unmapped__', 12.345, false, false)",
        "insert into core.fct_provider_costs values "
        "('openai', '2026-11-14', null, null, 'x', null, null, null)",
    )
    said = _markdown(open_app())
    assert "$12.35 of it in line items that seeds/line_item_map.csv lacks" in said
    assert "1 bill lines left out: no exchange rate for them" in said


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
    assert str(published.path) not in _markdown(app)


def test_a_build_without_a_mart_shows_the_rest(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", "drop table product.usage_by_endpoint_day")
    app = open_app()
    assert not app.exception
    assert len(app.metric) == 2
    assert {note.value for note in app.info} == {
        "This build does not hold `product.usage_by_endpoint_day` in the form that this page "
        "reads. Run `dbt build` to publish one that does."
    }


def test_a_failed_page_shows_no_traceback_and_no_path(
    published: PublishedDir, open_app: Open, caplog: pytest.LogCaptureFixture
) -> None:
    published.publish("1", "drop table monitoring.build")
    app = open_app()
    assert not app.exception
    assert app.error[0].value.startswith("This page could not be shown.")
    assert str(published.path) not in _markdown(app)
    assert "monitoring.build" in caplog.text or "does not exist" in caplog.text


def test_an_old_build_says_so(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", "update monitoring.build set built_at = timestamp '2026-01-01'")
    assert "more than 36 hours old" in _markdown(open_app())


@pytest.mark.parametrize("page", ["app_pages/overview.py", "app_pages/data.py"])
def test_source_text_never_reaches_markdown(
    published: PublishedDir, open_app: Open, page: str
) -> None:
    published.publish("1", hostile_rows())
    app = open_app().switch_page(page).run()
    assert not app.exception
    assert not app.error
    said = _markdown(app)
    assert not [name for name in HOSTILE_NAMES if name in said]
    assert "evil.test" not in said


def test_an_unsafe_server_serves_nothing(
    published: PublishedDir, monkeypatch: pytest.MonkeyPatch, open_app: Open
) -> None:
    published.publish("1")
    monkeypatch.setattr("dashboards.guard.refusal_of_this_server", lambda: "not like this")
    app = open_app()
    assert not app.metric
    assert not app.title
