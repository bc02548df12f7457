"""Overview: are we healthy this month? An answer first, then the numbers behind it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    briefing,
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
    tables,
    tour,
)
from dashboards.components import remarks as remark_form
from pipelines.published.questions import briefing as asked
from pipelines.published.questions import core, finance, monitoring, unit_economics
from pipelines.published.questions.formatting import count, money

build = states.shown_build()
choice = filters.selection()
report, dollars = choice.display.report_currency, choice.display.usd_currency
kpi = partial(cards.kpi, build, choice)
remarks = core.remarks(build, choice.period).table.to_pylist()

with states.needs(finance.DAYS):
    book = finance.book_now(build, choice)
    briefing.show(build, choice, book)
tour.show(build)
reports.download(build)

with cards.row():
    with states.needs(finance.MONTHS):
        month, months = finance.month(build, choice), finance.months(build, choice)
        of_customers = partial(kpi, answer=month, history=months, sample="opening_customers")
        history = finance.book_months(build, choice)
        cards.now(kpi("mrr", book, "mrr", history=history, setting="SOURCES__STRIPE__API_KEY"))
        churn = of_customers(
            "customer_churn_rate", column="customer_churn_rate", notes=notes.churn_parts(month)
        )
        cards.of_month(build, choice, of_customers("nrr", column="nrr"), churn)
    with states.needs(unit_economics.PROFIT):
        profit = unit_economics.profit_month(build, choice)
        profits = unit_economics.profit_months(build, choice)
        of_profit = partial(kpi, answer=profit, history=profits)
        share = of_profit(
            "llm_cost_share_of_revenue",
            column="llm_cost_to_revenue",
            notes=notes.cost_parts(profit, dollars),
            setting="SOURCES__OPENAI__ADMIN_KEY",
        )
        cards.of_month(
            build, choice, of_profit("gross_margin_rate", column="gross_margin_rate"), share
        )
    with states.needs(monitoring.ALERTS):
        alerts = monitoring.alert_counts(build)
        cards.now(cards.Card("Open alerts", alerts, "open_alerts", count, better="less",
                             notes=notes.critical(alerts)))  # fmt: skip

left, right = st.columns(2)
with left, states.needs(finance.MONTHS):
    charts.show(
        charts.Chart(
            key="mrr_ahead",
            question=f"Where does MRR go? ({report})",
            answer=asked.mrr_ahead(build, choice),
            draw=partial(
                figures.lines, unit=partial(money, currency=report), x_text=notes.month_text,
                axis=figures.money_axis(notes.prefix(report)), x_axis=figures.time_axis("month"),
                series_looks=notes.AHEAD_LOOKS, detail=notes.unsure, remarks=remarks,
            ),
            columns=lists.ahead(report), obeys=contract.MONTHS, variant=report,
            note="Goals from seeds/goals.csv. 80 % of outcomes lie between low and high.",
        ),
        build,
    )  # fmt: skip
with right, states.needs(unit_economics.PROFIT):
    names = {
        "revenue_usd": "Revenue",
        "llm_cost_usd": "AI cost",
        "gross_profit_usd": "Gross profit",
    }
    charts.show(
        charts.Chart(
            key="revenue_and_cost",
            question=f"Does revenue outgrow its cost? ({dollars})",
            answer=profits,
            draw=partial(
                figures.amounts, names=names, unit=partial(money, currency=dollars),
                axis=figures.money_axis(notes.prefix(dollars)), remarks=remarks,
            ),
            columns=lists.profit(dollars), obeys=contract.MONTHS, variant=dollars,
        ),
        build,
    )  # fmt: skip
with states.needs(monitoring.ALERTS):
    drill.open_query(
        tables.pick(
            "actions", "What needs action?", asked.actions(build), build, lists.actions(), "query",
            contract.NOW, empty="Nothing: no alert is open, nothing stands out.",
            opens="see the rows behind it",
        )
    )  # fmt: skip
remark_form.show(choice.period.last_day)
