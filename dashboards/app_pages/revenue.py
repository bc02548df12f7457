"""Revenue: what moved MRR?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    cards,
    charts,
    contract,
    drill,
    fans,
    figures,
    filters,
    lists,
    notes,
    palette,
    states,
)  # fmt: skip
from dashboards.components import tables as table
from pipelines.published.questions import core, finance, monitoring
from pipelines.published.questions.formatting import money, places_of

build = states.shown_build()
choice = filters.selection()
code = choice.display.report_currency
unit = partial(money, currency=code)
axis = figures.money_axis(notes.prefix(code))
chart = partial(charts.Chart, variant=code)

with states.needs(finance.MONTHS):
    book, months = finance.book_now(build, choice), finance.book_months(build, choice)
    ahead = finance.committed(build, choice)
    of_book = partial(
        cards.kpi, build, choice, answer=book, history=months, by_plan=True,
        setting="SOURCES__STRIPE__API_KEY",
    )  # fmt: skip
    with cards.row():
        cards.now(
            of_book("mrr", column="mrr"),
            of_book("net_new_mrr", column="net_new_mrr", notes=notes.since(book)),
            of_book("arr", column="arr"),
            of_book("paying_customers", column="customers"),
            cards.kpi(build, choice, "committed_mrr", ahead, "committed_mrr",
                      notes=notes.scheduled(ahead, code)),
            cards.kpi(
                build, choice, "at_risk_mrr", ahead, "at_risk_mrr", notes=("payment is past due",)
            ),
        )  # fmt: skip

remarks = core.remarks(build, choice.period).table.to_pylist()
with states.needs(finance.DAYS):
    charts.show(
        chart(
            key="mrr_waterfall",
            question=notes.what_moved(choice),
            answer=finance.waterfall(build, choice, places_of(code)),
            draw=partial(figures.waterfall, unit=unit, axis=axis),
            columns=lists.waterfall(code),
            obeys=contract.DAYS.by_plan(),
            note="Click a bar, or choose below, to see who is behind it.",
        ),
        build,
        on_point="movement",
    )
with states.needs(core.MOVEMENTS):
    movement = drill.choose_movement(finance.movement_types(choice))
    if movement:
        drill.customers(build, core.movement_customers(build, choice, movement), movement, code)

if choice.plan:
    with states.needs(finance.PLANS):
        charts.show(
            chart(
                key="mrr_of_plan",
                question="How did this plan's MRR go?",
                answer=finance.plan_months(build, choice),
                draw=partial(figures.amounts, names={"mrr": "MRR"}, unit=unit, axis=axis),
                columns=lists.plan_months(code),
                obeys=contract.MONTHS.by_plan(),
            ),
            build,
        )

left, right = st.columns(2)
with left, states.needs(finance.DAYS):
    charts.show(
        chart(
            key="mrr_by_day",
            question="How did MRR go?",
            answer=finance.mrr_by_day(build, choice),
            draw=partial(
                figures.amounts, names={"mrr": "MRR", "at_risk_mrr": "of it at risk"}, unit=unit,
                axis=axis, x="date", remarks=remarks,
            ),
            columns=lists.mrr(code), obeys=contract.TIME,
        ),
        build,
    )  # fmt: skip
with right, states.needs(finance.DAYS):
    charts.show(
        chart(
            key="mrr_movements",
            question="What came and what went?",
            answer=finance.movements(build, choice),
            draw=partial(
                figures.bars, unit=unit, grain=choice.grain, axis=axis, remarks=remarks,
                series_looks=palette.MOVEMENT_LOOKS,
            ),
            columns=table.by_period(choice, "Movement", "MRR", code),
            obeys=contract.TIME.by_plan(),
            note=f"{notes.PALE} Click a bar for the customers behind its kind of movement.",
        ),
        build,
        on_point="movement",
    )  # fmt: skip
with states.needs(finance.PLAN_MONTHS):
    table.framed(
        "plan_movements", "Which plans did it come to, and which did it leave?",
        finance.plan_movements(build, choice), build, lists.plan_movements(code),
        contract.MONTHS.by_plan(), empty="No plan had MRR in these months.",
        note="Moved: a customer changed plan that day, which is no movement of the whole.",
    )  # fmt: skip
with states.needs(finance.FORECAST):
    fan = finance.forecast(build, choice)
    charts.show(
        chart(
            key="mrr_forecast",
            question="Where is MRR going?",
            answer=fan,
            draw=partial(fans.fan, unit=unit, axis=axis),
            columns=fans.columns(code),
            note=fans.said(fan.table.to_pylist()),
        ),
        build,
    )
with states.needs(finance.FORECAST_MOVEMENTS):
    table.framed(
        "mrr_forecast_movements", "What will come and go?",
        finance.forecast_movements(build, choice), build, fans.movements(code), contract.NOW,
        note="Movements of the last twelve months, leant so that they add up to the forecast.",
    )  # fmt: skip
with left, states.needs(finance.PLANS):
    charts.show(
        chart(
            key="mrr_by_plan",
            question=notes.in_month("Which plans bring it?", choice),
            answer=finance.plans(build, choice),
            draw=partial(figures.ranked, name="plan", value="mrr", unit=unit, axis=axis, most=12,
                         identity="product_id"),
            columns=lists.plans(code),
            obeys=contract.LAST_MONTH.by_plan(),
            note=f"Click a plan to see it alone. {notes.CUSTOMERS_OF_PLANS}",
        ),
        build,
        on_point="plan",
    )  # fmt: skip
with right, states.needs(monitoring.EVIDENCE):
    charts.show(
        chart(
            key="mrr_evidence",
            question="What does each month rest on?",
            answer=monitoring.evidence(build, choice),
            draw=partial(
                figures.bars, unit=unit, grain="month", axis=axis,
                series_looks=palette.EVIDENCE_LOOKS,
            ),
            columns=lists.by_month("Evidence", "MRR", code), obeys=contract.MONTHS,
        ),
        build,
    )  # fmt: skip
with states.needs(finance.REVENUE):
    charts.show(
        chart(
            key="revenue_by_month",
            question="What was invoiced, earned and collected?",
            answer=finance.revenue_months(build, choice),
            draw=partial(
                figures.amounts,
                names={
                    "invoiced": "Invoiced",
                    "recognised_revenue": "Earned",
                    "cash_collected": "Collected",
                },
                unit=unit,
                axis=axis,
            ),
            columns=lists.revenue(code),
            obeys=contract.MONTHS,
            note="The table view has refunds, disputes, fees and growth.",
        ),
        build,
    )
with states.needs(finance.BILLING):
    table.framed("billing_health", "How well are invoices paid?",
                 finance.billing_months(build, choice), build, lists.billing(code),
                 contract.MONTHS)  # fmt: skip
with states.needs(finance.CUSTOMERS):
    drill.open_customer(
        table.pick(
            "top_customers",
            notes.in_month("Who pays most?", choice),
            finance.top_customers(build, choice),
            build,
            lists.top_customers(code),
            "customer_id",
            contract.LAST_MONTH.by_plan(),
        )
    )
