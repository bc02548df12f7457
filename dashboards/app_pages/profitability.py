"""Profitability: who or what loses money?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    cards,
    charts,
    contract,
    drill,
    figures,
    filters,
    lists,
    notes,
    states,
)
from dashboards.components import tables as table
from dashboards.components.palette import COST_LOOKS
from pipelines.published.questions import unit_economics
from pipelines.published.questions.formatting import money

build = states.shown_build()
choice = filters.selection()
code = choice.display.usd_currency
unit = partial(money, currency=code)
axis = figures.money_axis(notes.prefix(code))
chart = partial(charts.Chart, variant=code)
points_of = partial(figures.points, unit=unit, prefix=notes.prefix(code))

with states.needs(unit_economics.PROFIT):
    profit = unit_economics.profit_month(build, choice)
    profits = unit_economics.profit_months(build, choice)
    of_month = partial(cards.kpi, build, choice, answer=profit, history=profits)
    with cards.row():
        cards.of_month(
            build,
            choice,
            of_month("revenue", column="revenue_usd", setting="SOURCES__STRIPE__API_KEY"),
            of_month("llm_cost", column="llm_cost_usd", setting="SOURCES__OPENAI__ADMIN_KEY"),
            of_month("gross_profit", column="gross_profit_usd"),
            of_month("gross_margin_rate", column="gross_margin_rate"),
            of_month("net_profit", column="net_profit_usd"),
            of_month("net_margin_rate", column="net_margin_rate"),
        )

left, right = st.columns(2)
with left, states.needs(unit_economics.CUSTOMERS):
    charts.show(
        chart(
            key="customer_margins",
            question=notes.in_headline_month("Which customers lose money?", choice),
            answer=unit_economics.customer_margins(build, choice),
            draw=partial(points_of, name="customer_name"),
            columns=lists.margins("customer_name", "Customer", code),
            obeys=contract.MONTH.by_plan(),
            note="Largest and least profitable customers; above the line they earn their cost. "
            "Click one to open it.",
        ),
        build,
        on_point="margin_point",
    )
    drill.open_customer(st.session_state.pop("margin_point", None))
with right, states.needs(unit_economics.FEATURES):
    charts.show(
        chart(
            key="feature_margins",
            question=notes.in_headline_month("Which features lose money?", choice),
            answer=unit_economics.feature_margins(build, choice),
            draw=partial(points_of, name="feature"),
            columns=lists.margins("feature", "Feature", code),
            obeys=contract.MONTH,
            note="Unattributed cost is a point of its own: on no feature.",
        ),
        build,
    )
with states.needs(unit_economics.CUSTOMERS):
    drill.open_customer(
        table.pick(
            "bottom_ten",
            notes.in_headline_month("Lowest-margin customers?", choice).rstrip("?"),
            unit_economics.worst_customers(build, choice),
            build,
            lists.margins("customer_name", "Customer", code),
            "customer_id",
            contract.MONTH.by_plan(),
        )
    )
with left, states.needs(unit_economics.PROFIT_DAYS):
    charts.show(
        chart(
            key="profit_by_time",
            question="What is left over time?",
            answer=unit_economics.profit_by_time(build, choice),
            draw=partial(
                figures.amounts,
                names={
                    "revenue_usd": "Revenue",
                    "gross_profit_usd": "Gross profit",
                    "net_profit_usd": "Net profit",
                },
                unit=unit,
                axis=axis,
                x="date",
            ),
            columns=lists.profit_by_time(choice, code),
            obeys=contract.TIME,
        ),
        build,
    )
with right, states.needs(unit_economics.PROFIT):
    charts.show(
        chart(
            key="costs_by_kind",
            question="What does it cost to run?",
            answer=unit_economics.cost_kinds(build, choice),
            draw=partial(figures.bars, unit=unit, grain="month", axis=axis,
                         series_looks=COST_LOOKS),
            columns=lists.by_month("Kind of cost", "Cost", code), obeys=contract.MONTHS,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
with states.needs(unit_economics.PROFIT):
    table.framed("profit_by_month", "What does each month leave?", profits, build,
                 lists.profit(code), contract.MONTHS)  # fmt: skip
with states.needs(unit_economics.PLANS):
    table.framed(
        "profit_by_plan",
        notes.in_headline_month("Which plans pay for their use?", choice),
        unit_economics.plan_margins(build, choice),
        build,
        lists.margins("plan", "Plan", code),
        contract.MONTH.by_plan(),
        note=f"Cost of customers without a plan stands under No plan. {notes.CUSTOMERS_OF_PLANS}",
    )
