"""Overview: are we healthy this month?"""

from __future__ import annotations

from functools import partial

from dashboards.components import cards, charts, figures, filters, notes, states, tables
from dashboards.components.formatting import headline, money, percent, points
from dashboards.components.palette import COST_LOOKS, MOVEMENT_LOOKS
from dashboards.data import core, finance, unit_economics

build = states.shown_build()
choice = filters.selection()
report, dollars = choice.display.report_currency, choice.display.usd_currency
in_report = partial(headline, currency=report)
rate = partial(cards.Card, unit=percent, change_unit=points)

with states.needs(finance.MONTHS):
    month = finance.month(build, choice)
    months = finance.months(build, choice)
    profit = unit_economics.profit_month(build, choice)
    profits = unit_economics.profit_months(build, choice)
    amount = partial(cards.Card, answer=month, history=months, setting="SOURCES__STRIPE__API_KEY")
    with cards.row():
        for card in (
            amount(label=f"MRR ({report})", column="closing_mrr", unit=in_report),
            amount(label=f"Net new MRR ({report})", column="net_new_mrr", unit=in_report),
            rate(
                label="Net retention",
                answer=month,
                history=months,
                column="nrr",
                sample="opening_customers",
            ),
            rate(
                label="Customer churn",
                answer=month,
                history=months,
                column="customer_churn_rate",
                better="less",
                sample="opening_customers",
                notes=notes.churn_parts(month),
            ),
            rate(
                label="Gross margin", answer=profit, history=profits, column="gross_margin_rate"
            ),
            rate(
                label="AI cost of revenue",
                answer=profit,
                history=profits,
                column="llm_cost_to_revenue",
                better="less",
                notes=notes.cost_parts(profit, dollars),
            ),
        ):
            cards.of_month(choice, card, build)

with states.needs(finance.DAYS):
    remarks = core.annotations(build, choice.period).table.to_pylist()
    charts.show(
        charts.Chart(
            key="mrr_movements",
            question=f"What moved MRR? ({report})",
            answer=finance.movements(build, choice),
            draw=partial(
                figures.bars,
                unit=partial(money, currency=report),
                grain=choice.grain,
                axis=figures.money_axis(notes.prefix(report)),
                series_looks=MOVEMENT_LOOKS,
                remarks=remarks,
            ),
            columns=tables.by_period(choice, "Movement", "MRR", report),
            variant=report,
            note=notes.PALE,
        ),
        build,
    )

with states.needs(unit_economics.PROFIT):
    charts.show(
        charts.Chart(
            key="costs_by_kind",
            question=f"What does it cost to run? ({dollars})",
            answer=unit_economics.cost_kinds(build, choice),
            draw=partial(
                figures.bars,
                unit=partial(money, currency=dollars),
                grain="month",
                axis=figures.money_axis(notes.prefix(dollars)),
                series_looks=COST_LOOKS,
            ),
            columns=tables.by_period(choice, "Kind of cost", "Cost", dollars),
            variant=dollars,
            note=notes.PALE,
        ),
        build,
    )
