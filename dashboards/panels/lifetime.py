"""What a customer is worth, and how long a new one stays."""

from __future__ import annotations

from dashboards.components import contract, lists, states
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import finance


@states.needs(finance.LTV)
def value(page: Page, segment: str, question: str) -> None:
    """Lifetime value of all, or by `plan` or `channel`."""
    table.framed(
        f"ltv_by_{segment}",
        question,
        finance.ltv(page.build, page.choice, segment),
        page.build,
        lists.ltv(page.report.code),
        contract.SIX_MONTHS,
        note="A dash: unknown (churn of zero with few customers, no margin or no spend).",
    )


@states.needs(finance.LIFETIMES)
def expected(page: Page) -> None:
    """Expected lifetimes by the model that fits, or why none does."""
    table.framed(
        "lifetimes",
        "How long does a new customer stay?",
        finance.lifetimes(page.build, page.choice),
        page.build,
        lists.lifetimes(page.report.code),
        contract.NOW,
        note="By a model of churn that falls with age (beta-geometric), or why not.",
    )
