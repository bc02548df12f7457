"""Overview: are we healthy this month?"""

from __future__ import annotations

from functools import partial

from dashboards.components import cards, charts, figures, filters, notes, states, tables
from dashboards.components.palette import COST_LOOKS, MOVEMENT_LOOKS
from pipelines.published.questions import core, finance, monitoring, product, unit_economics
from pipelines.published.questions.formatting import count, headline, money, percent, points

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
            rate(label="Gross margin", answer=profit, history=profits, column="gross_margin_rate"),
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

with cards.row("cards_of_range"):
    with states.needs(monitoring.ALERTS):
        alerts = monitoring.alert_counts(build)
        cards.now(
            cards.Card("Open alerts", alerts, "open_alerts", count, notes=notes.critical(alerts))
        )
    with states.needs(core.BILL):
        cards.of_period(
            choice,
            cards.Card(
                f"AI cost billed ({dollars})",
                core.billed_total(build, choice),
                "value",
                partial(headline, currency=dollars),
                history=core.billed_history(build, choice),
                history_column="value",
                better="less",
                setting="SOURCES__OPENAI__ADMIN_KEY",
                notes=notes.bill_quality(core.bill_quality(build, choice), dollars),
            ),
        )
    with states.needs(product.ENDPOINTS):
        cards.of_period(
            choice,
            cards.Card(
                "Requests",
                product.requests(build, choice),
                "value",
                count,
                history=product.requests_history(build, choice),
                setting="SOURCES__APP_EVENTS__BUCKET_URL",
            ),
        )
    with states.needs(product.USERS):
        users = product.users_month(build, choice)
        cards.of_month(
            choice,
            cards.Card(
                "Active users",
                users,
                "active_users",
                count,
                history=product.users_months(build, choice),
            ),
            build,
        )
    with states.needs(finance.MONTHS):
        cards.of_month(
            choice, amount(label=f"ARPA ({report})", column="arpa", unit=in_report), build
        )
        cards.of_month(choice, rate(label="Net margin", answer=profit, history=profits,
                                    column="net_margin_rate"), build)  # fmt: skip

with states.needs(finance.DAYS):
    remarks = core.remarks(build, choice.period).table.to_pylist()
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
