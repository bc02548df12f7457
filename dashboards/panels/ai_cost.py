"""The AI bill: how much it is, where it goes, whether it ties, what caches save."""

from __future__ import annotations

from functools import partial
from typing import Any

from dashboards.components import (
    budgets,
    cards,
    charts,
    contract,
    figures,
    lists,
    notes,
    states,
)
from dashboards.components import tables as table
from dashboards.components.page import Page
from dashboards.components.palette import looks
from pipelines.published.questions import core, monitoring, product, unit_economics
from pipelines.published.questions.formatting import unit_cost


@states.needs(unit_economics.PROFIT)
def key_numbers(page: Page) -> None:
    """The bill of these days, what of it is not attributed, and the month's cost per unit."""
    build, choice, code = page.build, page.choice, page.dollars.code
    kpi = partial(cards.kpi, build, choice)
    tie = monitoring.cost_tie(build, choice)
    quality = unit_economics.cost_quality(build, choice)
    of_month = partial(
        kpi,
        answer=unit_economics.profit_month(build, choice),
        history=page.once(unit_economics.profit_months, choice),
    )
    with cards.row():
        cards.of_period(
            choice,
            kpi(
                "llm_cost",
                core.billed_total(build, choice),
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


@states.needs(unit_economics.BUDGETS)
def within_budget(page: Page) -> None:
    """Budgets beside cost, and a form to set one."""
    table.framed("budgets", "Does AI cost stay within its budgets?",
                 unit_economics.budgets(page.build, page.choice), page.build,
                 budgets.columns(page.dollars.code), contract.MONTHS,
                 empty="No budget holds in these months. Set one below.",
                 note="The running month is reckoned to its end at the pace of the last 28 days.",
                 )  # fmt: skip
    budgets.show(page.build)


def _over_time(page: Page, **parts: Any) -> Any:
    return partial(
        figures.bars, unit=page.dollars.unit, grain=page.choice.grain, axis=page.dollars.axis,
        remarks=page.remarks, absence="No bill", **parts,
    )  # fmt: skip


@states.needs(unit_economics.FEATURE_COST)
def by_feature(page: Page) -> None:
    """Cost by feature; a click on a bar leads to the rows behind it."""
    build, choice = page.build, page.choice
    charts.show(
        page.dollars.chart(
            key="ai_cost_by_feature",
            behind=partial(unit_economics.behind_feature, choice),
            question="Which features does it go to?",
            answer=unit_economics.cost_by_feature(build, choice),
            draw=_over_time(page, names=core.feature_names(build),
                            series_looks=looks(unit_economics.features(build, choice))),
            columns=table.by_period(choice, "Feature", "Cost", page.dollars.code),
            obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip


@states.needs(unit_economics.MODEL_COST)
def by_model(page: Page) -> None:
    """Cost by model; days without a bill are marked."""
    build, choice = page.build, page.choice
    charts.show(
        page.dollars.chart(
            key="ai_cost_by_model",
            behind=partial(unit_economics.behind_model, choice),
            question="Which models does it go to?",
            answer=unit_economics.cost_by_model(build, choice),
            draw=_over_time(page, series_looks=looks(unit_economics.models(build, choice)),
                            empty=unit_economics.days_without_bill(build, choice)),
            columns=table.by_period(choice, "Model", "Cost", page.dollars.code),
            obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip


@states.needs(core.BILL)
def by_project(page: Page) -> None:
    """Which projects are billed."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="ai_cost_by_project",
            question="Which projects are billed?",
            answer=core.billed_by_project(page.build, page.choice),
            draw=partial(figures.ranked, name="series", value="value", unit=dollars.unit,
                         axis=dollars.axis),
            columns=lists.ranking("Project", "Billed", dollars.code),
            obeys=contract.DAYS,
            note="“Not said” is billed to the organisation, without a project.",
        ),
        page.build,
    )  # fmt: skip


@states.needs(unit_economics.PROFIT)
def per_call(page: Page) -> None:
    """What a call costs, month by month."""
    dollars = page.dollars
    charts.show(
        dollars.chart(
            key="ai_cost_per_call",
            question="Is a call getting cheaper?",
            answer=page.once(unit_economics.profit_months, page.choice),
            draw=partial(figures.amounts, names={"llm_cost_usd_per_call": "Cost per LLM call"},
                         unit=partial(unit_cost, currency=dollars.code), axis=dollars.axis),
            columns=lists.unit_costs(dollars.code),
            obeys=contract.MONTHS,
        ),
        page.build,
    )  # fmt: skip


@states.needs(monitoring.COST_TIE)
def tie(page: Page) -> None:
    """The bill against what our own events explain of it."""
    charts.show(
        page.dollars.chart(
            key="bill_tie",
            question="Does the bill tie to our own events?",
            answer=monitoring.cost_tie_by_time(page.build, page.choice),
            draw=_over_time(page, series_looks=notes.TIE_LOOKS),
            columns=table.by_period(page.choice, "Part of the bill", "Billed", page.dollars.code),
            obeys=contract.TIME,
            note="Attributed + unattributed = billed, to the nano-dollar.",
        ),
        page.build,
    )


@states.needs(product.CACHE)
def cache_savings(page: Page) -> None:
    """What the provider's and the app's own cache save."""
    charts.show(
        page.dollars.chart(
            key="cache_savings",
            question="What do caches save?",
            answer=product.cache_savings(page.build, page.choice),
            draw=_over_time(page, series_looks=notes.CACHE_LOOKS),
            columns=table.by_period(
                page.choice, "Saved by", "Saved at list price", page.dollars.code
            ),
            obeys=contract.TIME,
        ),
        page.build,
    )


@states.needs(core.BILL)
def by_account(page: Page) -> None:
    """Every provider's account, of all kinds of cost."""
    table.framed("billed_by_account", "Who bills what?",
                 core.billed_by_account(page.build, page.choice), page.build,
                 lists.accounts(page.dollars.code), contract.DAYS,
                 empty="No bill of these days is loaded.",
                 note="All kinds of cost; only llm is AI cost.")  # fmt: skip


@states.needs(core.NAMES)
def by_key(page: Page) -> None:
    """Which keys are billed."""
    table.framed("ai_cost_by_key", "Which keys are billed?",
                 core.billed_by_key(page.build, page.choice), page.build,
                 lists.keys(page.dollars.code), contract.DAYS,
                 note="A dash: the bill does not say it, or it has no name.")  # fmt: skip
