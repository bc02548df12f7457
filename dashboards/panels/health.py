"""The first page's answer: how the month stands, what lies ahead, what needs action."""

from __future__ import annotations

from functools import partial
from typing import Final

from dashboards.components import (
    briefing,
    cards,
    charts,
    contract,
    drill,
    figures,
    lists,
    notes,
    states,
    tables,
)
from dashboards.components.page import Page
from pipelines.published.questions import briefing as asked
from pipelines.published.questions import finance, monitoring, unit_economics
from pipelines.published.questions.formatting import count

_EARNED: Final = {
    "revenue_usd": "Revenue",
    "llm_cost_usd": "AI cost",
    "gross_profit_usd": "Gross profit",
}


@states.needs(finance.DAYS)
def in_words(page: Page) -> None:
    """The state of the company in a few sentences."""
    briefing.show(page.build, page.choice, page.once(finance.book_now, page.choice))


def key_numbers(page: Page) -> None:
    """MRR, retention, margin and open alerts."""
    with cards.row():
        _of_revenue(page)
        _of_margin(page)
        _of_alerts(page)


@states.needs(finance.MONTHS)
def _of_revenue(page: Page) -> None:
    build, choice = page.build, page.choice
    kpi = partial(cards.kpi, build, choice)
    month = finance.month(build, choice)
    of_customers = partial(
        kpi, answer=month, history=finance.months(build, choice), sample="opening_customers"
    )
    cards.now(
        kpi(
            "mrr",
            page.once(finance.book_now, choice),
            "mrr",
            history=finance.book_months(build, choice),
            setting="SOURCES__STRIPE__API_KEY",
        )
    )
    cards.of_month(
        build,
        choice,
        of_customers("nrr", column="nrr"),
        of_customers("customer_churn_rate", column="customer_churn_rate",
                     notes=notes.churn_parts(month)),
    )  # fmt: skip


@states.needs(unit_economics.PROFIT)
def _of_margin(page: Page) -> None:
    build, choice = page.build, page.choice
    profit = unit_economics.profit_month(build, choice)
    of_profit = partial(
        cards.kpi,
        build,
        choice,
        answer=profit,
        history=page.once(unit_economics.profit_months, choice),
    )
    cards.of_month(
        build,
        choice,
        of_profit("gross_margin_rate", column="gross_margin_rate"),
        of_profit(
            "llm_cost_share_of_revenue",
            column="llm_cost_to_revenue",
            notes=notes.cost_parts(profit, page.dollars.code),
            setting="SOURCES__OPENAI__ADMIN_KEY",
        ),
    )


@states.needs(monitoring.ALERTS)
def _of_alerts(page: Page) -> None:
    alerts = monitoring.alert_counts(page.build)
    cards.now(cards.Card("Open alerts", alerts, "open_alerts", count, better="less",
                         notes=notes.critical(alerts)))  # fmt: skip


@states.needs(finance.MONTHS)
def mrr_ahead(page: Page) -> None:
    """MRR so far, its goal and its forecast."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_ahead",
            question=f"Where does MRR go? ({report.code})",
            answer=asked.mrr_ahead(page.build, page.choice),
            draw=partial(
                figures.lines, unit=report.unit, x_text=notes.month_text, axis=report.axis,
                x_axis=figures.time_axis("month"), series_looks=notes.AHEAD_LOOKS,
                detail=notes.unsure, remarks=page.remarks,
            ),
            columns=lists.ahead(report.code),
            obeys=contract.MONTHS,
            note="Goals from seeds/goals.csv. 80 % of outcomes lie between low and high.",
        ),
        page.build,
    )  # fmt: skip


@states.needs(unit_economics.PROFIT)
def revenue_and_cost(page: Page) -> None:
    """Revenue, AI cost and gross profit by month."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="revenue_and_cost",
            question=f"Does revenue outgrow its cost? ({dollars.code})",
            answer=page.once(unit_economics.profit_months, page.choice),
            draw=partial(figures.amounts, names=_EARNED, unit=dollars.unit, axis=dollars.axis,
                         remarks=page.remarks),
            columns=lists.profit(dollars.code),
            obeys=contract.MONTHS,
        ),
        page.build,
    )  # fmt: skip


@states.needs(monitoring.ALERTS)
def actions(page: Page) -> None:
    """What needs action; a ticked row shows the rows behind it."""
    drill.open_query(
        tables.pick(
            "actions", "What needs action?", asked.actions(page.build), page.build,
            lists.actions(), "query", contract.NOW,
            empty="Nothing: no alert is open, nothing stands out.",
            opens="see the rows behind it",
        )
    )  # fmt: skip
