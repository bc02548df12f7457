"""Cards name a KPI; what they say of it is the catalogue's, as it travels in the build."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES
from pipelines.published.questions.catalogue import Kpi, kpis
from pipelines.published.questions.periods import Display
from pipelines.published.reader import Published, open_published
from support.published import PublishedDir

MRR = Kpi("mrr", "MRR", "Monthly recurring revenue.", "Sum", "money", "eur", "up", 30)
COST = Kpi("llm_cost", "AI cost", "What is billed.", "Sum", "money", "usd", "down", 30)
CHURN = Kpi("churn", "Churn", "Who left.", "left / all", "share", None, "down", 30)


def test_money_is_shown_in_the_currency_of_its_kind() -> None:
    marts = Display("EUR", "USD")
    assert (MRR.heading(marts), COST.heading(marts)) == ("MRR (EUR)", "AI cost (USD)")
    assert MRR.writer(marts)(Decimal("1234.5")) == "€1,234.50"
    converted = Display("GBP", "GBP", "0.8", "0.7")
    assert (MRR.heading(converted), COST.heading(converted)) == ("MRR (GBP)", "AI cost (GBP)")


def test_units_say_how_a_value_and_its_change_are_written() -> None:
    display = Display("USD")
    assert CHURN.heading(display) == "Churn"
    assert CHURN.writer(display)(Decimal("0.0442")) == "4.4%"
    assert CHURN.writer_of_changes(display)(Decimal("0.004")) == "0.4 pp"
    assert COST.writer(display)(Decimal("0.000123")) == "$0.000123"
    assert CHURN.definition() == "Who left. left / all."


def test_a_page_takes_its_words_from_the_build(
    published: PublishedDir, open_app: Callable[[], AppTest]
) -> None:
    published.publish(
        "1",
        "update monitoring.kpi_definitions set title = 'What comes back each month', "
        "meaning = 'Said once.' where metric = 'mrr'",
    )
    cards = {card.label: card for card in open_app().metric}
    assert cards["What comes back each month (USD)"].help.startswith("Said once.")


def test_few_is_what_the_catalogue_calls_few(
    published: PublishedDir, open_app: Callable[[], AppTest]
) -> None:
    published.publish(
        "1",
        "update finance.mrr_movements_by_month set opening_customers = 12",
        "update monitoring.kpi_definitions set minimum_sample = 10 where metric = 'nrr'",
        "update monitoring.kpi_definitions set minimum_sample = 20 "
        "where metric = 'customer_churn_rate'",
    )
    said = [caption.value for caption in open_app().caption if "few: 12" in str(caption.value)]
    assert len(said) == 1


@pytest.mark.parametrize("script", [page.script for page in PAGES])
def test_every_page_names_kpis_that_the_project_has(
    published: PublishedDir, open_app: Callable[[], AppTest], script: str
) -> None:
    published.publish("1")
    app = open_app()
    app.query_params["customer"] = "cus_0"
    app.switch_page(script).run()
    assert not app.error, [error.value for error in app.error]


def test_the_catalogue_has_one_entry_per_kpi(published: PublishedDir) -> None:
    published.publish("1")
    with open_published(published.path) as build:
        assert isinstance(build, Published)
        found = kpis(build)
        rows = build.rows("select count(*) as kpis from monitoring.kpi_definitions")
    assert rows == [{"kpis": len(found)}]
    assert found["nrr"].minimum_sample == 30
    assert found["refunds"].minimum_sample is None
