"""One customer: what it pays, costs, uses and calls, and what was invoiced."""

from __future__ import annotations

from functools import partial
from typing import Final

from dashboards.components import cards, charts, contract, figures, lists, notes, states
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import core, finance, monitoring, product, unit_economics
from pipelines.published.questions.formatting import count

_EARNED: Final = {"revenue_usd": "Revenue", "cost_usd": "AI cost", "margin_usd": "Margin"}


@states.needs(finance.CUSTOMERS)
def key_numbers(page: Page, customer: str) -> None:
    """MRR now; revenue, AI cost, margin and calls of the headline month."""
    build, choice, dollars = page.build, page.choice, page.dollars
    now = finance.customer_now(build, choice, customer)
    months = page.once(finance.customer_months, choice, customer)
    of_month = partial(
        cards.Card,
        answer=unit_economics.customer_month(build, choice, customer),
        history=page.once(unit_economics.customer_profit_months, choice, customer),
        unit=dollars.unit,
    )
    with cards.row():
        cards.now(cards.kpi(build, choice, "mrr", now, "mrr", history=months))
        cards.of_month(
            build,
            choice,
            of_month(label=f"Revenue earned ({dollars.code})", column="revenue_usd"),
            of_month(label=f"AI cost ({dollars.code})", column="cost_usd", better="less"),
            of_month(label=f"Margin ({dollars.code})", column="margin_usd"),
            of_month(label="LLM calls", column="requests", unit=count, better="neither"),
        )


@states.needs(finance.CUSTOMERS)
def mrr(page: Page, customer: str) -> None:
    """What it pays, month by month."""
    report = page.report
    charts.show(
        report.chart(
            key="customer_mrr",
            question="What does this customer pay?",
            answer=page.once(finance.customer_months, page.choice, customer),
            draw=partial(figures.amounts, names={"mrr": "MRR"}, unit=report.unit, axis=report.axis),
            columns=lists.customer_mrr(report.code),
            obeys=contract.MONTHS,
        ),
        page.build,
    )


@states.needs(unit_economics.CUSTOMERS)
def margin(page: Page, customer: str) -> None:
    """What it earns and costs, month by month."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="customer_margin",
            question="What does this customer earn and cost?",
            answer=page.once(unit_economics.customer_profit_months, page.choice, customer),
            draw=partial(figures.amounts, names=_EARNED, unit=dollars.unit, axis=dollars.axis),
            columns=lists.customer_margin(dollars.code),
            obeys=contract.MONTHS,
        ),
        page.build,
    )


@states.needs(product.CUSTOMER_DAYS)
def calls(page: Page, customer: str) -> None:
    """How much it uses the product."""
    charts.show(
        charts.Chart(
            key="customer_usage",
            question="How much is it used?",
            answer=product.customer_calls(page.build, page.choice, customer),
            draw=partial(figures.bars, unit=count, grain=page.choice.grain,
                         axis=figures.number_axis(), series_looks=notes.CALL_LOOKS),
            columns=table.by_period(page.choice, "Outcome", "Calls"),
            obeys=contract.TIME,
            note=notes.PALE,
        ),
        page.build,
    )  # fmt: skip


@states.needs(monitoring.INSIGHTS)
def insights(page: Page, customer: str) -> None:
    """Findings about it."""
    table.framed("customer_insights", "What stands out?",
                 monitoring.insights_of(page.build, customer), page.build, lists.insights(),
                 contract.EVER, empty="Nothing out of the ordinary was found.")  # fmt: skip


@states.needs(product.CUSTOMER_ENDPOINTS)
def endpoints(page: Page, customer: str) -> None:
    """What it calls, and how that answers."""
    table.framed("customer_endpoints", "What does it call?",
                 product.customer_endpoints(page.build, page.choice, customer), page.build,
                 lists.customer_endpoints(), contract.DAYS,
                 empty="No request of these days.")  # fmt: skip


@states.needs(product.ALLOWANCE)
def allowance(page: Page, customer: str) -> None:
    """Its use beside what its plan allows."""
    table.framed("customer_allowance", "Is the plan right?",
                 product.allowance_of(page.build, page.choice, customer), page.build,
                 lists.allowance(page.dollars.code), contract.MONTHS,
                 empty="No plan with a limit.")  # fmt: skip


@states.needs(core.MOVEMENTS)
def movements(page: Page, customer: str) -> None:
    """Every movement of its MRR, and why."""
    table.framed("customer_movements", "What changed, and why?",
                 core.customer_movements(page.build, page.choice, customer), page.build,
                 lists.movements(page.report.code), contract.EVER,
                 empty="MRR of this customer never moved.")  # fmt: skip


@states.needs(core.INVOICES)
def invoices(page: Page, customer: str) -> None:
    """What was invoiced, in its own currency."""
    table.framed("customer_invoices", "What was invoiced?",
                 core.customer_invoices(page.build, customer), page.build, lists.invoices(),
                 contract.EVER.own_currency(), empty="No invoices.", note="Tax apart.")  # fmt: skip
