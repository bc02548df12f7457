"""Budgets of AI cost: shown against cost and forecast, set on the page, tried on the past."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components import budgets
from pipelines import seeds
from pipelines.errors import SettingError
from pipelines.published.questions import unit_economics
from pipelines.published.reader import open_published
from support.commands import ROOT
from support.published import PublishedDir

Open = Callable[[], AppTest]

#: October cost 30 + 40 at openai, 5 at anthropic; September 20, of it chat 15; the rest is no AI
#: cost, or of the running month.
COSTS = (
    "insert into core.fct_cost_attribution by name select * from (values "
    "('a', date '2026-10-02', 'openai', 'chat', 'llm', 30::decimal(38, 9)), "
    "('b', date '2026-10-31', 'openai', 'search', 'llm', 40), "
    "('c', date '2026-10-05', 'anthropic', 'chat', 'llm', 5), "
    "('d', date '2026-09-05', 'openai', 'chat', 'llm', 15), "
    "('e', date '2026-09-06', 'openai', 'search', 'llm', 5), "
    "('f', date '2026-10-05', 'aws', 'chat', 'infrastructure', 900), "
    "('g', date '2026-11-05', 'openai', 'chat', 'llm', 900)) "
    "as t (provider_cost_id, cost_date, provider, feature_id, cost_kind, cost_usd)"
)


@pytest.fixture
def own_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of seeds that `SEEDS_DIR` names, as a company has its own."""
    folder = tmp_path / "our seeds"
    folder.mkdir()
    for name in ("budgets.csv", "alert_thresholds.csv"):
        (folder / name).write_bytes((ROOT / "seeds" / name).read_bytes())
    monkeypatch.setenv("SEEDS_DIR", str(folder))
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    return folder / "budgets.csv"


def _rows(seed: Path) -> list[dict[str, str]]:
    with seed.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_budget_is_tried_on_the_past_and_written_to_the_seed(
    published: PublishedDir, open_app: Open, own_seeds: Path
) -> None:
    published.publish("1", COSTS)
    app = open_app()
    app.switch_page("app_pages/ai_cost.py").run()
    assert not app.exception
    shown = next(one.value for one in app.dataframe if "forecast_used" in one.value)
    assert set(shown["scope"]) == {"All AI cost", "CHAT"}
    assert list(shown["state"])[:2] == ["Heading beyond it"] * 2
    app.text_input(key="budget_amount").set_value("$1,0O0").run()
    assert "A budget is dollars above zero, such as 1500 or 99.50." in [
        one.value for one in app.text
    ]
    assert not [one for one in app.button if one.key == "write_budget"]
    app.text_input(key="budget_amount").set_value("$50.5").run()
    assert any(
        one.value.startswith("Would have been exceeded in 1 of the last 2 complete months")
        and one.value.endswith("the dearest was $75.00 in Oct 2026.")
        for one in app.text
    )
    app.selectbox(key="budget_feature").set_value("chat").run()
    app.selectbox(key="budget_provider").set_value("openai").run()
    assert any("exceeded in 0 of" in one.value and "$30.00" in one.value for one in app.text)
    assert _rows(own_seeds) == []
    app.button(key="write_budget").click().run()
    assert not app.exception
    assert "Written. It takes effect with the next dbt build." in [one.value for one in app.text]
    row = _rows(own_seeds)[0]
    assert row.pop("note").startswith("written on the page by ")
    assert row == {
        "month": "2026-11-01", "provider": "openai", "feature_id": "chat", "amount_usd": "50.50",
    }  # fmt: skip


def test_the_cost_of_what_a_budget_limits_is_that_of_the_bill(published: PublishedDir) -> None:
    published.publish("1", COSTS)
    with open_published() as build:

        def costs(provider: str | None, feature: str | None) -> list[Decimal]:
            found = unit_economics.cost_of_scope(build, provider, feature, date(2026, 11, 1))
            return [row["cost_usd"] for row in found.table.to_pylist()]

        assert costs(None, None) == [20, 75]
        assert costs("openai", None) == [20, 70]
        assert costs(None, "chat") == [15, 35]
        assert costs("openai", "chat") == [15, 30]
        assert costs("x' or 'a' = 'a", None) == []
        assert budgets.tried(build, "nobody", None, Decimal(1)).startswith("No complete month")
        assert unit_economics.providers(build) == ["anthropic", "openai"]


@pytest.mark.parametrize("typed", ["0", "-5", "1e99", "nan", "inf", "abc", "1.005", "=1+1"])
def test_an_amount_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(SettingError):
        budgets.amount_of(typed)


@pytest.mark.parametrize(
    ("typed", "meant"), [("", None), (" ", None), ("1500", "1500"), ("$1,500.50", "1500.5")]
)
def test_an_amount_is_read_as_people_write_it(typed: str, meant: str | None) -> None:
    assert budgets.amount_of(typed) == (None if meant is None else Decimal(meant))


def test_a_seed_that_is_gone_is_said(
    own_seeds: Path,
) -> None:
    own_seeds.write_text("month,amount_usd\n", encoding="utf-8")
    with pytest.raises(SettingError, match="has no column"):
        seeds.append("budgets", {"month": "2026-11-01", "provider": "openai"})
    assert own_seeds.read_text("utf-8") == "month,amount_usd\n"
