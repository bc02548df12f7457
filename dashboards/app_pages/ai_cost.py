"""AI cost: where does the spend go?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    budgets,
    cards,
    charts,
    contract,
    figures,
    filters,
    lists,
    notes,
    states,
)
from dashboards.components import tables as table
from dashboards.components.palette import looks
from pipelines.published.questions import core, monitoring, product, unit_economics
from pipelines.published.questions.formatting import money, unit_cost

build = states.shown_build()
choice = filters.selection()
code = choice.display.usd_currency
unit, each = partial(money, currency=code), partial(unit_cost, currency=code)
axis = figures.money_axis(notes.prefix(code))
remarks = core.remarks(build, choice.period).table.to_pylist()
by_time = partial(figures.bars, unit=unit, grain=choice.grain, axis=axis, remarks=remarks,
                  absence="No bill")  # fmt: skip
chart = partial(charts.Chart, variant=code)
kpi = partial(cards.kpi, build, choice)

with states.needs(unit_economics.PROFIT):
    billed = core.billed_total(build, choice)
    quality = unit_economics.cost_quality(build, choice)
    tie = monitoring.cost_tie(build, choice)
    profit = unit_economics.profit_month(build, choice)
    profits = unit_economics.profit_months(build, choice)
    of_month = partial(kpi, answer=profit, history=profits)
    with cards.row():
        cards.of_period(
            choice,
            kpi(
                "llm_cost",
                billed,
                history=core.billed_history(build, choice),
                setting="SOURCES__OPENAI__ADMIN_KEY",
                notes=notes.bill_quality(core.bill_quality(build, choice), code),
            ),
            kpi("unattributed_cost", tie, "unattributed", notes=notes.of_the_bill(tie, code)),
            kpi("unpriced_llm_calls", quality, "unpriced_calls",
                notes=notes.cost_quality(quality, code)),
        )  # fmt: skip
        cards.of_month(
            build,
            choice,
            of_month("llm_cost_per_call", column="llm_cost_usd_per_call"),
            of_month("llm_cost_per_thousand_tokens", column="llm_cost_usd_per_thousand_tokens"),
            of_month("llm_cost_share_of_revenue", column="llm_cost_to_revenue"),
        )

with states.needs(unit_economics.BUDGETS):
    table.framed("budgets", "Does AI cost stay within its budgets?",
                 unit_economics.budgets(build, choice), build, budgets.columns(code),
                 contract.MONTHS,
                 empty="No budget holds in these months. Set one below.",
                 note="The running month is reckoned to its end at the pace of the last 28 days.",
                 )  # fmt: skip
    budgets.show(build)

left, right = st.columns(2)
with left, states.needs(unit_economics.FEATURE_COST):
    charts.show(
        chart(
            key="ai_cost_by_feature",
            behind=partial(unit_economics.behind_feature, choice),
            question="Which features does it go to?",
            answer=unit_economics.cost_by_feature(build, choice),
            draw=partial(by_time, names=core.feature_names(build),
                         series_looks=looks(unit_economics.features(build, choice))),
            columns=table.by_period(choice, "Feature", "Cost", code), obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
with right, states.needs(unit_economics.MODEL_COST):
    charts.show(
        chart(
            key="ai_cost_by_model",
            behind=partial(unit_economics.behind_model, choice),
            question="Which models does it go to?",
            answer=unit_economics.cost_by_model(build, choice),
            draw=partial(by_time, series_looks=looks(unit_economics.models(build, choice)),
                         empty=unit_economics.days_without_bill(build, choice)),
            columns=table.by_period(choice, "Model", "Cost", code), obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
with left, states.needs(core.BILL):
    charts.show(
        chart(
            key="ai_cost_by_project",
            question="Which projects are billed?",
            answer=core.billed_by_project(build, choice),
            draw=partial(figures.ranked, name="series", value="value", unit=unit, axis=axis),
            columns=lists.ranking("Project", "Billed", code),
            obeys=contract.DAYS,
            note="“Not said” is billed to the organisation, without a project.",
        ),
        build,
    )
with right, states.needs(unit_economics.PROFIT):
    charts.show(
        chart(
            key="ai_cost_per_call",
            question="Is a call getting cheaper?",
            answer=profits,
            draw=partial(figures.amounts, names={"llm_cost_usd_per_call": "Cost per LLM call"},
                         unit=each, axis=axis),
            columns=lists.unit_costs(code), obeys=contract.MONTHS,
        ),
        build,
    )  # fmt: skip
with left, states.needs(monitoring.COST_TIE):
    charts.show(
        chart(
            key="bill_tie",
            question="Does the bill tie to our own events?",
            answer=monitoring.cost_tie_by_time(build, choice),
            draw=partial(by_time, series_looks=notes.TIE_LOOKS),
            columns=table.by_period(choice, "Part of the bill", "Billed", code),
            obeys=contract.TIME,
            note="Attributed + unattributed = billed, to the nano-dollar.",
        ),
        build,
    )
with right, states.needs(product.CACHE):
    charts.show(
        chart(
            key="cache_savings",
            question="What do caches save?",
            answer=product.cache_savings(build, choice),
            draw=partial(by_time, series_looks=notes.CACHE_LOOKS),
            columns=table.by_period(choice, "Saved by", "Saved at list price", code),
            obeys=contract.TIME,
        ),
        build,
    )
with states.needs(core.BILL):
    table.framed("billed_by_account", "Who bills what?", core.billed_by_account(build, choice),
                 build, lists.accounts(code), contract.DAYS,
                 empty="No bill of these days is loaded.",
                 note="All kinds of cost; only llm is AI cost.")  # fmt: skip
with states.needs(core.NAMES):
    table.framed("ai_cost_by_key", "Which keys are billed?", core.billed_by_key(build, choice),
                 build, lists.keys(code), contract.DAYS,
                 note="A dash: the bill does not say it, or it has no name.")  # fmt: skip
