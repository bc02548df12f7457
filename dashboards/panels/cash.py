"""Money beside MRR: what was invoiced, earned and collected, and how well invoices are paid."""

from __future__ import annotations

from functools import partial
from typing import Final

from dashboards.components import charts, contract, figures, lists, states
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import finance

_NAMES: Final = {
    "invoiced": "Invoiced",
    "recognised_revenue": "Earned",
    "cash_collected": "Collected",
}


@states.needs(finance.REVENUE)
def by_month(page: Page) -> None:
    """Invoiced, earned and collected."""
    report = page.report
    charts.show(
        report.chart(
            key="revenue_by_month",
            question="What was invoiced, earned and collected?",
            answer=finance.revenue_months(page.build, page.choice),
            draw=partial(figures.amounts, names=_NAMES, unit=report.unit, axis=report.axis),
            columns=lists.revenue(report.code),
            obeys=contract.MONTHS,
            note="The table view has refunds, disputes, fees and growth.",
        ),
        page.build,
    )


@states.needs(finance.BILLING)
def billing_health(page: Page) -> None:
    """Invoices paid, failed and open."""
    table.framed("billing_health", "How well are invoices paid?",
                 finance.billing_months(page.build, page.choice), page.build,
                 lists.billing(page.report.code), contract.MONTHS)  # fmt: skip
