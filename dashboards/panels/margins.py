"""Profit and margin: of the company, and by customer, feature and plan."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from dashboards.components import cards, charts, contract, drill, figures, lists, notes, states
from dashboards.components import tables as table
from dashboards.components.page import Page
from dashboards.components.palette import COST_LOOKS
from pipelines.published.questions import unit_economics

_LEFT: Final = {
    "revenue_usd": "Revenue",
    "gross_profit_usd": "Gross profit",
    "net_profit_usd": "Net profit",
}


@states.needs(unit_economics.PROFIT)
def key_numbers(page: Page) -> None:
    """Revenue, AI cost, profit and margin of the headline month."""
    of_month = partial(
        cards.kpi,
        page.build,
        page.choice,
        answer=unit_economics.profit_month(page.build, page.choice),
        history=page.once(unit_economics.profit_months, page.choice),
    )
    with cards.row():
        cards.of_month(
            page.build,
            page.choice,
            of_month("revenue", column="revenue_usd", setting="SOURCES__STRIPE__API_KEY"),
            of_month("llm_cost", column="llm_cost_usd", setting="SOURCES__OPENAI__ADMIN_KEY"),
            of_month("gross_profit", column="gross_profit_usd"),
            of_month("gross_margin_rate", column="gross_margin_rate"),
            of_month("net_profit", column="net_profit_usd"),
            of_month("net_margin_rate", column="net_margin_rate"),
        )


@states.needs(unit_economics.CUSTOMERS)
def of_customers(page: Page) -> None:
    """Revenue against cost of customers; a click opens one."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="customer_margins",
            question=notes.in_headline_month("Which customers lose money?", page.choice),
            answer=unit_economics.customer_margins(page.build, page.choice),
            draw=partial(figures.points, unit=dollars.unit, prefix=notes.prefix(dollars.code),
                         name="customer_name"),
            columns=lists.margins("customer_name", "Customer", dollars.code),
            obeys=contract.MONTH.by_plan(),
            note="Largest and least profitable customers; above the line they earn their cost. "
            "Click one to open it.",
        ),
        page.build,
        on_point="margin_point",
    )  # fmt: skip
    drill.open_customer(st.session_state.pop("margin_point", None))


@states.needs(unit_economics.FEATURES)
def of_features(page: Page) -> None:
    """Revenue against cost of features."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="feature_margins",
            question=notes.in_headline_month("Which features lose money?", page.choice),
            answer=unit_economics.feature_margins(page.build, page.choice),
            draw=partial(figures.points, unit=dollars.unit, prefix=notes.prefix(dollars.code),
                         name="feature"),
            columns=lists.margins("feature", "Feature", dollars.code),
            obeys=contract.MONTH,
            note="Unattributed cost is a point of its own: on no feature.",
        ),
        page.build,
    )  # fmt: skip


@states.needs(unit_economics.CUSTOMERS)
def worst_customers(page: Page) -> None:
    """The ten customers with the lowest margin; a ticked row opens one."""
    drill.open_customer(
        table.pick(
            "bottom_ten",
            notes.in_headline_month("Lowest-margin customers?", page.choice).rstrip("?"),
            unit_economics.worst_customers(page.build, page.choice),
            page.build,
            lists.margins("customer_name", "Customer", page.dollars.code),
            "customer_id",
            contract.MONTH.by_plan(),
        )
    )


@states.needs(unit_economics.PROFIT_DAYS)
def over_time(page: Page) -> None:
    """Revenue and what is left of it."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="profit_by_time",
            question="What is left over time?",
            answer=unit_economics.profit_by_time(page.build, page.choice),
            draw=partial(
                figures.amounts, names=_LEFT, unit=dollars.unit, axis=dollars.axis, x="date"
            ),
            columns=lists.profit_by_time(page.choice, dollars.code),
            obeys=contract.TIME,
        ),
        page.build,
    )


@states.needs(unit_economics.PROFIT)
def costs_by_kind(page: Page) -> None:
    """What it costs to run, by kind of cost."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="costs_by_kind",
            question="What does it cost to run?",
            answer=unit_economics.cost_kinds(page.build, page.choice),
            draw=partial(figures.bars, unit=dollars.unit, grain="month", axis=dollars.axis,
                         series_looks=COST_LOOKS),
            columns=lists.by_month("Kind of cost", "Cost", dollars.code),
            obeys=contract.MONTHS,
            note=notes.PALE,
        ),
        page.build,
    )  # fmt: skip


@states.needs(unit_economics.PROFIT)
def by_month(page: Page) -> None:
    """What each month leaves."""
    table.framed("profit_by_month", "What does each month leave?",
                 page.once(unit_economics.profit_months, page.choice), page.build,
                 lists.profit(page.dollars.code), contract.MONTHS)  # fmt: skip


@states.needs(unit_economics.PLANS)
def by_plan(page: Page) -> None:
    """Which plans pay for their use."""
    table.framed(
        "profit_by_plan",
        notes.in_headline_month("Which plans pay for their use?", page.choice),
        unit_economics.plan_margins(page.build, page.choice),
        page.build,
        lists.margins("plan", "Plan", page.dollars.code),
        contract.MONTH.by_plan(),
        note=f"Cost of customers without a plan stands under No plan. {notes.CUSTOMERS_OF_PLANS}",
    )
