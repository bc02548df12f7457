"""Retention: do they stay?"""

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
from pipelines.published.questions import finance
from pipelines.published.questions.formatting import money, percent

build = states.shown_build()
choice = filters.selection()
code = choice.display.report_currency
unit = partial(money, currency=code)

with states.needs(finance.MONTHS):
    month, months = finance.month(build, choice), finance.months(build, choice)
    of_month = partial(
        cards.kpi, build, choice, answer=month, history=months,
        sample="opening_customers", setting="SOURCES__STRIPE__API_KEY",
    )  # fmt: skip
    churn = partial(of_month, column="customer_churn_rate", notes=notes.churn_parts(month))
    with cards.row():
        cards.of_month(
            build,
            choice,
            *(of_month(name, column=name) for name in ("nrr", "grr", "nrr_12_months")),
            churn("customer_churn_rate"),
            *(of_month(name, column=name) for name in ("gross_mrr_churn_rate", "arpa")),
            of_month("quick_ratio", column="quick_ratio"),
        )

kind = filters.retention_kind()
with states.needs(finance.COHORTS):
    cohorts = finance.cohorts(build, kind)
    charts.show(
        charts.Chart(
            key="cohorts",
            question="How much of each cohort is left?",
            answer=cohorts,
            draw=figures.heatmap,
            columns=lists.cohorts(),
            obeys=contract.EVER,
            note="A cohort is the customers who first paid in that month, with how many they were. "
            "* month not over. The mean is weighted by customers, of months that are over. "
            "Click a cell for the customers behind it.",
        ),
        build,
        on_point="cohort",
    )
with states.needs(finance.CUSTOMERS):
    cell = drill.choose_cell(cohorts)
    if cell:
        drill.cohort_customers(build, choice, cell)
left, right = st.columns(2)
with left, states.needs(finance.COHORTS):
    charts.show(
        charts.Chart(
            key="retention_curves",
            question="Do newer cohorts stay longer?",
            answer=finance.retention_curves(build, kind),
            draw=partial(
                figures.lines, unit=percent, axis=figures.rate_axis(), x="months_since",
                x_text=notes.months_since, detail=notes.of_cohort,
                x_axis=figures.number_axis("Months since the first payment"),
            ),
            columns=lists.curves(), obeys=contract.EVER,
            note="The six largest cohorts of three months or more.",
        ),
        build,
    )  # fmt: skip
with right, states.needs(finance.MONTHS):
    charts.show(
        charts.Chart(
            key="churn_trend",
            question="Is churn getting better?",
            answer=finance.churn_trend(build, choice),
            draw=partial(figures.lines, unit=percent, axis=figures.rate_axis()),
            columns=lists.churn(),
            obeys=contract.MONTHS,
            note="Complete months only. Net churn below zero: expansion outweighs what was lost.",
        ),
        build,
    )
with left, states.needs(finance.COHORTS):
    charts.show(
        charts.Chart(
            key="arpa_by_cohort",
            question=notes.in_headline_month("What does an account of each cohort pay?", choice),
            answer=finance.arpa_by_cohort(build, choice),
            draw=partial(
                figures.columns_of, x="cohort_month", value="arpa", unit=unit,
                axis=figures.money_axis(notes.prefix(code)),
            ),
            columns=lists.arpa(code), obeys=contract.MONTH,
            variant=code,
        ),
        build,
    )  # fmt: skip
with states.needs(finance.TRIALS):
    table.framed("trials", "Do trials become customers?", finance.trials(build, choice), build,
                 lists.trials(), contract.MONTHS.by_plan(),
                 empty="No trial began in these months.",
                 note="Counted in the month they began, whenever they were decided.")  # fmt: skip
with states.needs(finance.CHURNED):
    drill.open_customer(
        table.pick("churned", "Who left, and why?", finance.churned_customers(build, choice), build,
                   lists.churned_customers(code), "customer_id", contract.DAYS,
                   empty="Nobody left in these days.")
    )  # fmt: skip
for segment, question in (
    ("all", "What is a customer worth?"),
    ("plan", "What is a customer worth, by plan?"),
    ("channel", "What is a customer worth, by channel?"),
):
    with states.needs(finance.LTV):
        table.framed(
            f"ltv_by_{segment}",
            question,
            finance.ltv(build, choice, segment),
            build,
            lists.ltv(code),
            contract.SIX_MONTHS,
            note="A dash: unknown (churn of zero with few customers, no margin or no spend).",
        )
with states.needs(finance.LIFETIMES):
    table.framed(
        "lifetimes",
        "How long does a new customer stay?",
        finance.lifetimes(build, choice),
        build,
        lists.lifetimes(code),
        contract.NOW,
        note="By a model of churn that falls with age (beta-geometric), or why not.",
    )
