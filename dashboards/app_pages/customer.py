"""Customer: how is this one doing? Reached by a link, or by searching."""

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
    reports,
    states,
)
from dashboards.components import tables as table
from pipelines.published.questions import core, finance, monitoring, product, unit_economics
from pipelines.published.questions.formatting import count, money

build = states.shown_build()
choice = filters.selection()
code, dollars = choice.display.report_currency, choice.display.usd_currency
unit, cost = partial(money, currency=code), partial(money, currency=dollars)

customer = drill.chosen_customer(build)
if customer is None:
    st.stop()
if drill.customer_head(build, choice, customer) is False:
    st.stop()
reports.download(build, customer)

with states.needs(finance.CUSTOMERS):
    months = finance.customer_months(build, choice, customer)
    margins = unit_economics.customer_profit_months(build, choice, customer)
    now = finance.customer_now(build, choice, customer)
    month = unit_economics.customer_month(build, choice, customer)
    of_month = partial(cards.Card, answer=month, history=margins, unit=cost)
    with cards.row():
        cards.now(cards.kpi(build, choice, "mrr", now, "mrr", history=months))
        cards.of_month(
            build,
            choice,
            of_month(label=f"Revenue earned ({dollars})", column="revenue_usd"),
            of_month(label=f"AI cost ({dollars})", column="cost_usd", better="less"),
            of_month(label=f"Margin ({dollars})", column="margin_usd"),
            of_month(label="LLM calls", column="requests", unit=count, better="neither"),
        )

left, right = st.columns(2)
with left, states.needs(finance.CUSTOMERS):
    charts.show(
        charts.Chart(
            key="customer_mrr",
            question="What does this customer pay?",
            answer=months,
            draw=partial(figures.amounts, names={"mrr": "MRR"}, unit=unit,
                         axis=figures.money_axis(notes.prefix(code))),
            columns=lists.customer_mrr(code),
            obeys=contract.MONTHS,
            variant=code,
        ),
        build,
    )  # fmt: skip
with right, states.needs(unit_economics.CUSTOMERS):
    charts.show(
        charts.Chart(
            key="customer_margin",
            question="What does this customer earn and cost?",
            answer=margins,
            draw=partial(
                figures.amounts,
                names={"revenue_usd": "Revenue", "cost_usd": "AI cost", "margin_usd": "Margin"},
                unit=cost,
                axis=figures.money_axis(notes.prefix(dollars)),
            ),
            columns=lists.customer_margin(dollars),
            obeys=contract.MONTHS,
            variant=dollars,
        ),
        build,
    )
with left, states.needs(product.CUSTOMER_DAYS):
    charts.show(
        charts.Chart(
            key="customer_usage",
            question="How much is it used?",
            answer=product.customer_calls(build, choice, customer),
            draw=partial(figures.bars, unit=count, grain=choice.grain, axis=figures.number_axis(),
                         series_looks=notes.CALL_LOOKS),
            columns=table.by_period(choice, "Outcome", "Calls"), obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
with right, states.needs(monitoring.INSIGHTS):
    table.framed("customer_insights", "What stands out?",
                 monitoring.insights_of(build, customer), build, lists.insights(),
                 contract.EVER, empty="Nothing out of the ordinary was found.")  # fmt: skip
with states.needs(product.CUSTOMER_ENDPOINTS):
    table.framed("customer_endpoints", "What does it call?",
                 product.customer_endpoints(build, choice, customer), build,
                 lists.customer_endpoints(), contract.DAYS,
                 empty="No request of these days.")  # fmt: skip
with states.needs(product.ALLOWANCE):
    table.framed("customer_allowance", "Is the plan right?",
                 product.allowance_of(build, choice, customer), build, lists.allowance(dollars),
                 contract.MONTHS, empty="No plan with a limit.")  # fmt: skip
with states.needs(core.MOVEMENTS):
    table.framed("customer_movements", "What changed, and why?",
                 core.customer_movements(build, choice, customer), build,
                 lists.movements(code), contract.EVER,
                 empty="MRR of this customer never moved.")  # fmt: skip
with states.needs(core.INVOICES):
    table.framed("customer_invoices", "What was invoiced?",
                 core.customer_invoices(build, customer), build, lists.invoices(),
                 contract.EVER.own_currency(), empty="No invoices.", note="Tax apart.")  # fmt: skip
