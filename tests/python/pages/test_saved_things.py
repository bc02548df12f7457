"""Views, remarks and the bridge to Stripe's MRR."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.figures import heatmap
from pipelines import seeds
from pipelines.errors import SettingError
from pipelines.published import views
from pipelines.published.questions import finance
from pipelines.published.questions.periods import Display, Period, Selection
from pipelines.published.reader import open_published
from pipelines.published.views import View
from support.commands import ROOT
from support.published import PublishedDir

Open = Callable[[], AppTest]
YEAR = Selection(Period(date(2025, 11, 1), date(2026, 11, 15)), "month", "before", Display("USD"))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, with seeds and a place for a warehouse."""
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    (tmp_path / "seeds").mkdir()
    text = (ROOT / "seeds" / "annotations.csv").read_bytes()
    (tmp_path / "seeds" / "annotations.csv").write_bytes(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_views_are_kept_by_name_and_survive_what_is_wrong(house: Path) -> None:
    assert views.views() == []
    views.save(View("Week", "usage", {"range": "7d"}, "ada"))
    views.save(View("EU", "revenue", {"currency": "EUR"}, "ada"))
    views.save(View("Week", "usage", {"range": "30d"}, "bob"))
    assert [(one.name, one.choices) for one in views.views()] == [
        ("EU", {"currency": "EUR"}), ("Week", {"range": "30d"}),
    ]  # fmt: skip
    views.remove("EU")
    assert [one.name for one in views.views()] == ["Week"]
    for name in ("", " ", "x" * 61, "a\nb"):
        with pytest.raises(SettingError):
            views.save(View(name, "usage", {}, "ada"))
    for damaged in ("{no json", json.dumps([{"name": 1}]), "[1]", "{}x"):
        views.views_path().write_text(damaged)
        for act in (
            views.views,
            lambda: views.save(View("New", "usage", {}, "ada")),
            lambda: views.remove("Week"),
        ):
            with pytest.raises(SettingError, match="cannot be read"):
                act()
        assert views.views_path().read_text() == damaged  # what can be mended is not written over


def test_views_that_cannot_be_read_are_said_on_the_page(
    published: PublishedDir, open_app: Open, house: Path
) -> None:
    published.publish("1")
    views.views_path().write_text("{no json")
    app = open_app()
    app.session_state["views"] = True
    app.run()
    assert not app.exception
    assert "No view is saved yet." not in [one.value for one in app.caption]
    assert any("cannot be read" in one.value for one in app.text)


def test_a_remark_is_a_row_of_the_seed(
    published: PublishedDir, open_app: Open, house: Path
) -> None:
    published.publish("1")
    app = open_app()
    before = Path("seeds/annotations.csv").read_text("utf-8")
    app.date_input(key="remark_day").set_value(date(2026, 9, 1))
    app.text_input(key="remark_label").set_value('New "price", EU')
    next(one for one in app.button if one.label.startswith("Write to")).click().run()
    assert not app.exception
    assert "Written. It stands on the charts after the next dbt build." in [
        one.value for one in app.text
    ]
    after = Path("seeds/annotations.csv").read_text("utf-8")
    assert after.startswith(before)
    with Path("seeds/annotations.csv").open(encoding="utf-8", newline="") as file:
        row = list(csv.DictReader(file))[-1]
    assert (row["date"], row["label"]) == ("2026-09-01", 'New "price", EU')
    assert row["note"].startswith("written on the page by ")
    next(one for one in app.button if one.label.startswith("Write to")).click().run()
    assert "A remark needs a day and a few words." in [one.value for one in app.text]
    assert Path("seeds/annotations.csv").read_text("utf-8") == after
    with pytest.raises(SettingError, match="no column"):
        seeds.append("annotations", {"nothing": "x"})


@pytest.mark.parametrize("places", [0, 2])
def test_the_bridge_foots_and_its_customers_sum_to_it(published: PublishedDir, places: int) -> None:
    published.publish("1")
    with open_published() as build:
        rows = finance.bridge(build, YEAR, places).table.to_pylist()
        people = finance.bridge_customers(build, YEAR).table.to_pylist()
    amounts = {row["step"]: row["amount"] for row in rows}
    assert list(amounts) == ["house", *finance.BRIDGE_REASONS, "stripe"]
    assert sum(amounts.values()) == 2 * amounts["stripe"]
    assert amounts["house"] == 4000
    assert amounts["cancel_requested"] == -400
    assert sum(row["difference"] for row in people) == Decimal("200.2")
    assert round(sum(row["difference"] for row in people), places) == (
        amounts["stripe"] - amounts["house"]
    )
    assert [row["customers"] for row in rows] == [40, 40, 40, 0, 40]


def test_cohorts_have_sizes_and_a_mean_of_what_is_over(published: PublishedDir) -> None:
    published.publish(
        "1",
        "update finance.retention_by_cohort_month set customers = 10, logo_retention = 0.5 "
        "where cohort_month = date '2026-08-01' and months_since = 1",
        "update finance.retention_by_cohort_month set customers = 30, logo_retention = 0.9 "
        "where cohort_month <> date '2026-08-01' and months_since = 1",
        "delete from finance.retention_by_cohort_month "
        "where months_since = 1 and cohort_month not in (date '2026-07-01', date '2026-08-01')",
    )
    with open_published() as build:
        rows = finance.cohorts(build, "logo").table.to_pylist()
    means = [row for row in rows if row["cohort_month"] is None and row["months_since"] == 1]
    assert [(row["value"], row["customers"]) for row in means] == [(Decimal("0.8"), 40)]
    drawn = heatmap(rows)
    assert drawn.data[0].y[-1] == "Mean of all"
    assert "Jul 2026 (40)" in drawn.data[0].y
    assert not drawn.layout.xaxis.title.text.startswith("%")
