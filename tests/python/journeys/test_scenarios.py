"""What-if on a month written by hand, and what is wrong with scenarios that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.published import PublishedDir
from pipelines.published.reader import Published
from pipelines.scenarios import files
from pipelines.scenarios.command import told
from pipelines.scenarios.reckoning import play
from support.commands import ROOT

MONTH = "date '2026-10-01'"
#: Two features, three customers on two plans; gpt-big is ten times as dear as gpt-small.
BOOKS = (
    "insert into core.dim_ai_models by name select 'openai' as provider, model_id, "
    "true as is_priced, rate as input_usd_per_million, rate * 4 as output_usd_per_million, "
    "rate / 2 as batch_input_usd_per_million, rate * 2 as batch_output_usd_per_million "
    "from (values ('gpt-big', 10), ('gpt-small', 1), ('gpt-odd', 5)) as t (model_id, rate)",
    f"insert into unit_economics.llm_usage_by_customer_month by name select {MONTH} as month, "
    "'openai' as provider, * from (values "
    "('chat', 'c1', 'gpt-big', 100, 1000000, 250000, 20.0), "
    "('chat', 'c2', 'gpt-big', 100, 2000000, 500000, 40.0), "
    "('search', 'c2', 'gpt-small', 50, 1000000, 0, 1.0)) as t (feature_id, customer_id, "
    "model_id, calls, uncached_input_tokens, output_tokens, list_cost_usd)",
    "insert into core.fct_cost_attribution by name select 'openai' as provider, "
    "'llm' as cost_kind, * from (values "
    "('chat', 'c1', 'gpt-big', 'gpt-big input', date '2026-10-03', 9.000000001), "
    "('chat', 'c1', 'gpt-big', 'gpt-big output', date '2026-10-20', 9.5), "
    "('chat', 'c2', 'gpt-big', 'gpt-big input', date '2026-10-20', 40.0), "
    "('search', 'c2', '__no_model__', '__no_bill__', date '2026-10-20', 1.0), "
    "('__unattributed__', '__unattributed__', 'gpt-big', 'gpt-big input', date '2026-10-20', 5.0)"
    ") as t (feature_id, customer_id, model_id, line_item, cost_date, cost_usd)",
    f"insert into core.fct_revenue_by_month by name select {MONTH} as month, * from (values "
    "('c1', 'starter', 'chat', 10.0), ('c2', 'pro', 'chat', 60.0), ('c3', 'pro', 'chat', 30.0)"
    ") as t (customer_id, product_id, feature_id, revenue_usd)",
    *(
        f"insert into unit_economics.margin_by_{thing}_month by name select {MONTH} as month, * "
        f"from (values {rows}) as t ({key}, revenue_usd, cost_usd)"
        for thing, key, rows in (
            ("feature", "feature_id",
             "('chat', 100, 58.500000001), ('search', 0, 1), ('__unattributed__', 0, 5)"),
            ("customer", "customer_id",
             "('c1', 10, 18.500000001), ('c2', 60, 41), ('c3', 30, 0), ('__unattributed__', 0, 5)"),
            ("plan", "product_id",
             "('starter', 10, 18.500000001), ('pro', 90, 41), ('__no_plan__', 0, 5)"),
        )
    ),
    f"insert into unit_economics.profit_by_month by name select {MONTH} as month, "
    "100 as revenue_usd, 64.500000001 as llm_cost_usd",
)  # fmt: skip


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = PublishedDir(tmp_path_factory.mktemp("published"))
    opened = Published.open(folder.publish("1", *BOOKS, filled=False))
    yield opened
    opened.close()


def played(build: Published, *changes: dict[str, Any]) -> dict[str, Any]:
    scenario = files.parse("tried", {"month": "2026-10", "changes": list(changes)}, "tried.yml")
    return play(build, scenario)


def row(found: dict[str, Any], kind: str, key: str) -> dict[str, Any]:
    return next(row for row in found[kind] if row["key"] == key)


def usd(text: str) -> Decimal:
    return Decimal(text)


def test_a_scenario_without_changes_is_the_books(build: Published) -> None:
    found = played(build)
    for line in [found["total"], *found["features"], *found["customers"], *found["plans"]]:
        assert line["scenario_revenue_usd"] == line["revenue_usd"]
        assert line["scenario_cost_usd"] == line["cost_usd"]
        assert line["scenario_margin_usd"] == line["margin_low_usd"] == line["margin_high_usd"]
        assert line["turns"] is None
    assert found["total"]["margin_usd"] == usd("35.499999999")
    assert "0 of 3" in "\n".join(told(found))


def test_a_swapped_model_changes_cost_by_the_ratio_of_prices(build: Published) -> None:
    factors = {"low": 0.5, "mid": 1, "high": 2}
    change = {"feature": "chat", "from": "gpt-big", "to": "gpt-small", "token_factor": factors}
    found = played(build, {"swap_model": change})
    # All prices are a tenth: 18.500000001 becomes 1.85, 40 becomes 4; nobody's 5 stays.
    customer = row(found, "customers", "c1")
    assert customer["scenario_cost_usd"] == usd("1.850000000")
    assert customer["turns"] == "profitable"
    assert customer["margin_low_usd"] == usd("6.300000000")
    assert customer["margin_high_usd"] == usd("9.075000000")
    assert row(found, "customers", "c2")["scenario_cost_usd"] == 5
    assert row(found, "customers", "__unattributed__")["scenario_cost_usd"] == 5
    assert row(found, "features", "chat")["scenario_cost_usd"] == usd("5.850000000")
    assert row(found, "plans", "pro")["scenario_cost_usd"] == 5
    assert found["turned_profitable"] == ["c1"]
    assert found["break_even"] == [{"change": 1, "what": "token_factor", "value": 10}]
    half = played(build, {"swap_model": {**change, "share": 0.5, "token_factor": 1}})
    assert row(half, "customers", "c2")["scenario_cost_usd"] == 23


def test_prices_batches_and_caches_apply_one_after_the_other(build: Published) -> None:
    dearer = {"price_change": {"model": "gpt-big", "factor": 2, "from_date": "2026-10-15"}}
    found = played(build, dearer)
    assert row(found, "customers", "c1")["scenario_cost_usd"] == usd("28.000000001")
    rates = {"price_change": {"model": "openai/gpt-big", "usd_per_million": {"output": 80}}}
    # 2,000,000 in at 10 and 500,000 out at 80 are 60 in place of 40.
    assert row(played(build, rates), "customers", "c2")["scenario_cost_usd"] == 61
    batch = {"batch": {"feature": "chat", "eligible_share": 0.5}}
    assert row(played(build, batch), "customers", "c2")["scenario_cost_usd"] == 31
    cache = {"cache": {"hit_rate": 0.25}}
    both = played(build, cache, batch)
    assert row(both, "customers", "c2")["scenario_cost_usd"] == usd("23.25")
    assert row(both, "customers", "__unattributed__")["scenario_cost_usd"] == usd("3.75")


def test_a_dearer_plan_loses_those_who_leave_with_their_cost(build: Published) -> None:
    change = {"plan": "pro", "old": 50, "new": 60, "churn_assumption": 0.1}
    found = played(build, {"plan_price": change})
    # 90 x 1.2 x 0.9 in place of 90; c2 costs a tenth less.
    assert row(found, "plans", "pro")["scenario_revenue_usd"] == usd("97.2")
    assert row(found, "plans", "pro")["scenario_cost_usd"] == usd("36.9")
    assert row(found, "customers", "c1")["scenario_margin_usd"] == usd("-8.500000001")
    assert found["total"]["scenario_margin_usd"] == usd("46.799999999")
    # 90 x 1.2 x (1 - c) - 90 + 41 c = 0 at c = 18 / 67
    assert found["break_even"][0]["value"] == usd("0.268657")


def test_what_has_no_rate_stays_and_is_said(build: Published) -> None:
    swap = {"swap_model": {"from": "gpt-none", "to": "gpt-small"}}
    found = played(build, swap)
    assert found["notes"][0] == "Change 1 touches nothing in 2026-10."
    assert found["total"]["scenario_cost_usd"] == found["total"]["cost_usd"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"swap_modell": {}}, "change 1: a change is one of swap_model"),
        ({"swap_model": {"from": "a"}}, "to is 'None'; it must be a text"),
        ({"swap_model": {"from": "a", "to": "gpt-none"}}, "gpt-none', which has no price"),
        ({"swap_model": {"from": "a", "to": "gpt-small", "share": 1.5}}, "share is '1.5'"),
        ({"swap_model": {"from": "a", "to": "b", "shares": 1}}, "unknown field shares"),
        ({"cache": {"hit_rate": float("nan")}}, "hit_rate is 'nan'"),
        ({"cache": {"feature": "chatt", "hit_rate": 0.1}}, "'chatt' has neither"),
        ({"plan_price": {"plan": "gold", "change": 0.1}}, "'gold' earned nothing"),
        ({"plan_price": {"plan": "pro", "old": 0, "new": 1}}, "old is '0'"),
        ({"price_change": {"model": "gpt-big"}}, "give either factor or usd_per_million"),
        ("swap_model", "a change is one of"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(build: Published, change: Any, said: str) -> None:
    with pytest.raises(files.ScenarioError) as caught:
        played(build, change)
    assert said in str(caught.value)
    assert "change 1" in str(caught.value)


def test_files_are_read_and_their_faults_placed(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text("description: d\nmonth: 2026-10\nchanges: []\n")
    (tmp_path / "bad.yml").write_text("changes: [\n")
    assert files.names(tmp_path) == ["bad", "good"]
    assert files.read("good", tmp_path).month == date(2026, 10, 1)
    for name, said in (("bad", "bad.yml, line 2"), ("../good", "no scenario"), ("x", "Known: bad")):
        with pytest.raises(files.ScenarioError, match=said):
            files.read(name, tmp_path)
    # what YAML itself takes for a day or a number, and Python does not
    for month, said in (
        ("2026-02-30", r"^odd.yml: a day or number that is none \(day is out of range"),
        ("9" * 5000, r"^odd.yml: a day or number that is none"),
    ):
        (tmp_path / "odd.yml").write_text(f"month: {month}\n")
        with pytest.raises(files.ScenarioError, match=said):
            files.read("odd", tmp_path)
    for name in files.names(ROOT / "scenarios"):
        assert files.read(name, ROOT / "scenarios").description
