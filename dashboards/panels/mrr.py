"""MRR: how much it is, what moved it, who and which plan it comes from."""

from __future__ import annotations

from functools import partial

from dashboards.components import (
    cards,
    charts,
    contract,
    drill,
    figures,
    lists,
    notes,
    palette,
    states,
)
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import core, finance, monitoring
from pipelines.published.questions.formatting import places_of


@states.needs(finance.MONTHS)
def key_numbers(page: Page) -> None:
    """MRR now, what it became of, and what is agreed or at risk."""
    build, choice, code = page.build, page.choice, page.report.code
    book, months = finance.book_now(build, choice), finance.book_months(build, choice)
    ahead = finance.committed(build, choice)
    of_book = partial(
        cards.kpi, build, choice, answer=book, history=months, by_plan=True,
        setting="SOURCES__STRIPE__API_KEY",
    )  # fmt: skip
    with cards.row():
        cards.now(
            of_book("mrr", column="mrr"),
            of_book("net_new_mrr", column="net_new_mrr", notes=notes.since(book)),
            of_book("arr", column="arr"),
            of_book("paying_customers", column="customers"),
            cards.kpi(build, choice, "committed_mrr", ahead, "committed_mrr",
                      notes=notes.scheduled(ahead, code)),
            cards.kpi(
                build, choice, "at_risk_mrr", ahead, "at_risk_mrr", notes=("payment is past due",)
            ),
        )  # fmt: skip


@states.needs(finance.DAYS)
def what_moved(page: Page) -> None:
    """From opening to closing MRR; a click on a movement lists who is behind it (`behind`)."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_waterfall",
            question=notes.what_moved(page.choice),
            answer=finance.waterfall(page.build, page.choice, places_of(report.code)),
            draw=partial(figures.waterfall, unit=report.unit, axis=report.axis),
            columns=lists.waterfall(report.code),
            obeys=contract.DAYS.by_plan(),
            note="Click a bar, or choose below, to see who is behind it.",
        ),
        page.build,
        on_point="movement",
    )


@states.needs(core.MOVEMENTS)
def behind(page: Page) -> None:
    """The customers behind the chosen movement."""
    movement = drill.choose_movement(finance.movement_types(page.choice))
    if movement:
        found = core.movement_customers(page.build, page.choice, movement)
        drill.customers(page.build, found, movement, page.report.code)


@states.needs(finance.PLANS)
def of_plan(page: Page) -> None:
    """MRR of the plan that is chosen; nothing where none is."""
    if page.choice.plan is None:
        return
    report = page.report
    charts.show(
        report.chart(
            key="mrr_of_plan",
            question="How did this plan's MRR go?",
            answer=finance.plan_months(page.build, page.choice),
            draw=partial(figures.amounts, names={"mrr": "MRR"}, unit=report.unit, axis=report.axis),
            columns=lists.plan_months(report.code),
            obeys=contract.MONTHS.by_plan(),
        ),
        page.build,
    )


@states.needs(finance.DAYS)
def by_day(page: Page) -> None:
    """MRR and what of it is at risk."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_by_day",
            question="How did MRR go?",
            answer=finance.mrr_by_day(page.build, page.choice),
            draw=partial(
                figures.amounts, names={"mrr": "MRR", "at_risk_mrr": "of it at risk"},
                unit=report.unit, axis=report.axis, x="date", remarks=page.remarks,
            ),
            columns=lists.mrr(report.code),
            obeys=contract.TIME,
        ),
        page.build,
    )  # fmt: skip


@states.needs(finance.DAYS)
def movements(page: Page) -> None:
    """Movements over time."""
    report, choice = page.report, page.choice
    charts.show(
        report.chart(
            key="mrr_movements",
            question="What came and what went?",
            answer=finance.movements(page.build, choice),
            draw=partial(
                figures.bars, unit=report.unit, grain=choice.grain, axis=report.axis,
                remarks=page.remarks, series_looks=palette.MOVEMENT_LOOKS,
            ),
            columns=table.by_period(choice, "Movement", "MRR", report.code),
            obeys=contract.TIME.by_plan(),
            note=f"{notes.PALE} Click a bar for the customers behind its kind of movement.",
        ),
        page.build,
        on_point="movement",
    )  # fmt: skip


@states.needs(finance.PLANS)
def by_plan(page: Page) -> None:
    """The plans that bring MRR; a click chooses one."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_by_plan",
            question=notes.in_month("Which plans bring it?", page.choice),
            answer=finance.plans(page.build, page.choice),
            draw=partial(figures.ranked, name="plan", value="mrr", unit=report.unit,
                         axis=report.axis, most=12, identity="product_id"),
            columns=lists.plans(report.code),
            obeys=contract.LAST_MONTH.by_plan(),
            note=f"Click a plan to see it alone. {notes.CUSTOMERS_OF_PLANS}",
        ),
        page.build,
        on_point="plan",
    )  # fmt: skip


@states.needs(monitoring.EVIDENCE)
def evidence(page: Page) -> None:
    """What each month's MRR is known from."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_evidence",
            question="What does each month rest on?",
            answer=monitoring.evidence(page.build, page.choice),
            draw=partial(
                figures.bars, unit=report.unit, grain="month", axis=report.axis,
                series_looks=palette.EVIDENCE_LOOKS,
            ),
            columns=lists.by_month("Evidence", "MRR", report.code),
            obeys=contract.MONTHS,
        ),
        page.build,
    )  # fmt: skip


@states.needs(finance.PLAN_MONTHS)
def plan_movements(page: Page) -> None:
    """Movements by plan, with changes from one plan to another."""
    table.framed(
        "plan_movements", "Which plans did it come to, and which did it leave?",
        finance.plan_movements(page.build, page.choice), page.build,
        lists.plan_movements(page.report.code), contract.MONTHS.by_plan(),
        empty="No plan had MRR in these months.",
        note="Moved: a customer changed plan that day, which is no movement of the whole.",
    )  # fmt: skip


@states.needs(finance.CUSTOMERS)
def top_customers(page: Page) -> None:
    """Who pays most; a ticked row opens the customer."""
    drill.open_customer(
        table.pick(
            "top_customers",
            notes.in_month("Who pays most?", page.choice),
            finance.top_customers(page.build, page.choice),
            page.build,
            lists.top_customers(page.report.code),
            "customer_id",
            contract.LAST_MONTH.by_plan(),
        )
    )
