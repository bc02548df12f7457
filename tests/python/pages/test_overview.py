"""The first page answers: sentences, goals and forecasts where the build has them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from support.published import HOSTILE_NAMES, PublishedDir, hostile_rows

Open = Callable[[], AppTest]

GOALS = (
    "drop table if exists finance.goals_by_month",
    "create table finance.goals_by_month as select * from (values "
    "('mrr', date '2026-11-01', 2000.0::decimal(38, 9)), ('mrr', date '2026-12-01', 2500.0), "
    "('churn', date '2026-11-01', 0.05)) as t (metric, month, goal)",
)
FORECAST = (
    "drop table if exists finance.forecast_by_month",
    "create table finance.forecast_by_month as select * from (values "
    "('mrr', date '2026-12-01', 1700.0::decimal(38, 9), 1600.0::decimal(38, 9), "
    "1800.0::decimal(38, 9)), ('mrr', date '2027-01-01', null, null, null), "
    "('llm_cost', date '2026-12-01', 9.0, 8.0, 10.0)) "
    "as t (metric, month, value, lower_80, upper_80)",
)


def _sentences(app: AppTest) -> list[str]:
    return [one.value for one in app.text]


def _mrr_chart(app: AppTest) -> str:
    return str(app.get("plotly_chart")[0].proto.spec)


def test_the_answer_has_numbers_and_leads_on(published: PublishedDir, open_app: Open) -> None:
    published.publish(
        "1",
        "drop table if exists finance.goals_by_month",
        "drop table if exists finance.forecast_by_month",
        "update finance.mrr_by_day set opening_mrr = 1000, mrr = 1100 where date > '2026-10-31'",
        "update monitoring.alerts set message = 'Churn: 7 %, above 5 %' "
        "where severity = 'critical'",
    )
    app = open_app()
    assert not app.exception
    assert _sentences(app)[:3] == [
        "MRR is $1,100.00, up 10.0% since 1 Nov 2026.",
        "Churn: 7 %, above 5 %. 4 more need a look.",
        "3 customers lost money in Oct 2026: $6.00 together.",
    ]
    assert len(app.metric) == 6
    pages = {one.proto.page for one in app.get("page_link")}
    assert {"revenue", "alerts", "profitability"} <= pages
    assert "Goal" not in _mrr_chart(app)
    assert "Forecast" not in _mrr_chart(app)


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_mrr_stands_beside_its_goal_and_forecast(
    published: PublishedDir, open_app: Open, currency: str
) -> None:
    published.publish("1", *GOALS, *FORECAST)
    app = open_app()
    app.query_params["currency"] = currency
    app.run()
    assert not app.exception
    goal = {"USD": "$2,000.00", "EUR": "€1,600.00"}[currency]
    assert f"of the goal of {goal} for Nov 2026." in _sentences(app)[0]
    drawn = _mrr_chart(app)
    assert "Goal" in drawn
    assert "Forecast, low" in drawn
    assert {"USD": "$1,700.00", "EUR": "€1,360.00"}[currency] in drawn
    app.selectbox(key="range").set_value("lq").run()
    assert "Forecast" not in _mrr_chart(app)  # of a range that is over


def test_nothing_to_say_is_said(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", filled=False)
    app = open_app()
    assert _sentences(app)[0] == "Nothing needs action: no alert is open, nothing stands out."


def test_sentences_are_text(published: PublishedDir, open_app: Open) -> None:
    published.publish("1", hostile_rows())
    app = open_app()
    assert not app.exception
    said = "".join(one.value for one in app.markdown)
    assert not [name for name in HOSTILE_NAMES if name in said]
