"""A scenario beside the books: cards of the company, tables of features, plans and customers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from dashboards.components import tables
from dashboards.components.tables import amount, text
from pipelines.published.questions.formatting import money
from pipelines.published.reader import Published
from pipelines.scenarios import files
from pipelines.scenarios.reckoning import play

#: The mart that a what-if prices anew.
MART: Final = "unit_economics.llm_usage_by_customer_month"
_COLUMNS: Final = (
    "name", "revenue_usd", "cost_usd", "margin_usd", "scenario_revenue_usd", "scenario_cost_usd",
    "scenario_margin_usd", "margin_low_usd", "margin_high_usd", "turns",
)  # fmt: skip


def choose(names: Sequence[str]) -> str | None:
    """The scenario that the viewer chooses."""
    return st.selectbox("Scenario", list(names), key="scenario") if names else None


def show(build: Published, name: str) -> None:
    """Play the scenario and show what it makes of the month."""
    try:
        found = play(build, files.read(name))
    except files.ScenarioError as error:
        st.info(str(error).replace("$", "\\$"))
        return
    total = found["total"]
    st.caption(f"{found['month']:%B %Y}, US dollars. Quality of answers is not modelled.")
    with st.container(horizontal=True):
        for label, before, after in (
            ("AI cost", "cost_usd", "scenario_cost_usd"),
            ("Revenue", "revenue_usd", "scenario_revenue_usd"),
            ("Margin after AI cost", "margin_usd", "scenario_margin_usd"),
        ):
            with st.container(border=True):
                st.caption(label)
                st.text(money(total[after], currency="USD"))
                st.caption(f"as billed {money(total[before], currency='USD')}")
    for line in said(found):
        st.text(line)
    for title in ("features", "plans", "customers"):
        with st.container(border=True):
            st.header(title.capitalize(), anchor=False)
            tables.show(_table(found[title]), _headings(title))


def said(found: dict[str, Any]) -> list[str]:
    """Who turns, where the scenario breaks even, and what could not be priced."""
    lines = [
        f"{len(found['turned_profitable'])} customers turn profitable, "
        f"{len(found['turned_unprofitable'])} turn unprofitable."
    ]
    for row in found["break_even"]:
        value = "at none" if row["value"] is None else f"at {row['value'].normalize():f}"
        word = row["what"].replace("_", " ")
        lines.append(f"Change {row['change']} breaks even {value} ({word}).")
    if found["not_repriced_usd"]:
        amount_left = money(found["not_repriced_usd"], currency="USD")
        lines.append(f"{amount_left} could not be priced anew and stay as billed.")
    return [*lines, *found["notes"][:-1]]


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """The rows, those that change most first."""
    ordered = sorted(
        rows, key=lambda row: abs(row["scenario_margin_usd"] - row["margin_usd"]), reverse=True
    )
    money_type = pa.decimal128(38, 9)
    return pa.table(
        {
            column: pa.array(
                [
                    value if not isinstance(value, Decimal) else round(value, 9)
                    for value in (row[column] for row in ordered)
                ],
                pa.string() if column in ("name", "turns") else money_type,
            )
            for column in _COLUMNS
        }
    )


def _headings(title: str) -> dict[str, Any]:
    return {
        "name": text(title.removesuffix("s").capitalize()),
        "revenue_usd": amount("Revenue", "USD"),
        "cost_usd": amount("AI cost", "USD"),
        "margin_usd": amount("Margin", "USD"),
        "scenario_revenue_usd": amount("Revenue then", "USD"),
        "scenario_cost_usd": amount("AI cost then", "USD"),
        "scenario_margin_usd": amount("Margin then", "USD"),
        "margin_low_usd": amount("At worst", "USD"),
        "margin_high_usd": amount("At best", "USD"),
        "turns": text("Turns"),
    }
