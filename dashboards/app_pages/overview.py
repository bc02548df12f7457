"""Overview: are we healthy this month?"""

from __future__ import annotations

from functools import partial

from dashboards.components import cards, charts, figures, filters, notes, reports, states, tables
from dashboards.components.palette import COST_LOOKS, MOVEMENT_LOOKS
from pipelines.published.questions import core, finance, monitoring, product, unit_economics
from pipelines.published.questions.formatting import count, money

build = states.shown_build()
choice = filters.selection()
report, dollars = choice.display.report_currency, choice.display.usd_currency
kpi = partial(cards.kpi, build, choice)
reports.download(build)

with states.needs(finance.MONTHS):
    month, months = finance.month(build, choice), finance.months(build, choice)
    profit = unit_economics.profit_month(build, choice)
    profits = unit_economics.profit_months(build, choice)
    of_month = partial(kpi, answer=month, history=months)
    of_profit = partial(kpi, answer=profit, history=profits)
    of_customers = partial(of_month, sample="opening_customers")
    billed = partial(of_month, setting="SOURCES__STRIPE__API_KEY")
    with cards.row():
        cards.of_month(
            build,
            choice,
            billed("mrr", column="closing_mrr"),
            billed("net_new_mrr", column="net_new_mrr"),
            of_customers("nrr", column="nrr"),
            of_customers(
                "customer_churn_rate",
                column="customer_churn_rate",
                notes=notes.churn_parts(month),
            ),
            of_profit("gross_margin_rate", column="gross_margin_rate"),
            of_profit(
                "llm_cost_share_of_revenue",
                column="llm_cost_to_revenue",
                notes=notes.cost_parts(profit, dollars),
            ),
        )

with cards.row("cards_of_range"):
    with states.needs(monitoring.ALERTS):
        alerts = monitoring.alert_counts(build)
        cards.now(
            cards.Card("Open alerts", alerts, "open_alerts", count, notes=notes.critical(alerts))
        )
    with states.needs(core.BILL):
        cards.of_period(
            choice,
            kpi(
                "llm_cost",
                core.billed_total(build, choice),
                history=core.billed_history(build, choice),
                setting="SOURCES__OPENAI__ADMIN_KEY",
                notes=notes.bill_quality(core.bill_quality(build, choice), dollars),
            ),
        )
    with states.needs(product.ENDPOINTS):
        cards.of_period(
            choice,
            kpi(
                "calls",
                product.requests(build, choice),
                history=product.requests_history(build, choice),
                setting="SOURCES__APP_EVENTS__BUCKET_URL",
            ),
        )
    with states.needs(product.USERS):
        users = kpi(
            "active_users",
            product.users_month(build, choice),
            "active_users",
            history=product.users_months(build, choice),
        )
        cards.of_month(build, choice, users)
    with states.needs(finance.MONTHS):
        cards.of_month(
            build,
            choice,
            of_month("arpa", column="arpa"),
            of_profit("net_margin_rate", column="net_margin_rate"),
        )

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
