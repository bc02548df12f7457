"""The guided tour of the demo company: six steps, each a page, what one sees and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import streamlit as st

from dashboards.components import filters, states
from pipelines.published.questions import tour, unit_economics
from pipelines.published.questions.formatting import money, month, percent
from pipelines.published.reader import Published

_TITLE: Final = "New here? The demo company in six steps"


class Step(NamedTuple):
    """A page, the name of its link, what is to be seen there, and what it means."""

    page: str
    link: str
    seen: str
    means: str
    choices: dict[str, str]


def show(build: Published) -> None:
    """Draw the tour, closed, where the build tells of the demo company; else nothing."""
    if not tour.is_demo(build):
        return
    with states.needs(unit_economics.PROFIT):
        [facts] = tour.facts(build).table.to_pylist()
        with st.expander(_TITLE, icon=":material/tour:"):
            for number, step in enumerate(_steps(facts), start=1):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(f"{number}. {step.seen} {step.means}", width="stretch")
                    st.page_link(
                        f"app_pages/{step.page}.py", label=step.link,
                        icon=":material/arrow_forward:", icon_position="right",
                        query_params={**filters.in_url(), **step.choices},
                    )  # fmt: skip


def _steps(facts: dict[str, Any]) -> Iterator[Step]:
    when = month(facts["month"])
    yield Step(
        "revenue",
        "What moved MRR",
        "New customers, upgrades and churn: every month begins where the last one ended.",
        f"Starter became dearer in June: {percent(facts['left_when_dearer'])} of customers left, "
        "and the page Retention has what they said.",
        {},
    )
    yield Step(
        "ai_cost",
        "Where the spend goes",
        f"OpenAI and Anthropic together took {percent(facts['share'])} of revenue in {when}, "
        f"after {percent(facts['highest_share'])} in {month(facts['highest_month'])}.",
        "Conversations moved to a small model in August, and the bill followed.",
        {},
    )
    yield Step(
        "profitability",
        "What loses money",
        f"The code assistant earned {money(facts['feature_revenue'], 'usd')} in {when} and cost "
        f"{money(facts['feature_cost'], 'usd')}.",
        "It has run on a dearer model since April: a better answer that no plan pays for.",
        {},
    )
    yield Step(
        "customer",
        "A customer who costs more",
        f"{facts['loser']} paid {money(facts['loser_revenue'], 'usd')} in {when} and used AI for "
        f"{money(facts['loser_cost'], 'usd')}.",
        "A limit or a bigger plan is due; the page shows which feature it is.",
        {"customer": tour.LOSER},
    )
    yield Step(
        "alerts",
        "What needs action",
        "Agents in a loop for a day, use that broke off, customers who outgrew their plan.",
        "Each finding has its numbers, the query behind them, and what to do.",
        {},
    )
    yield Step(
        "what_if",
        "What would have helped",
        "The same month with another model, price or plan.",
        "The margin that a change would have brought, before anybody builds it.",
        {},
    )
