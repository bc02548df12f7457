"""Whether customers stay: rates of the month, cohorts, churn, trials, and who left."""

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
    states,
)
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import finance
from pipelines.published.questions.formatting import percent


@states.needs(finance.MONTHS)
def key_numbers(page: Page) -> None:
    """Retention and churn of the headline month."""
    month, months = finance.month(page.build, page.choice), finance.months(page.build, page.choice)
    of_month = partial(
        cards.kpi, page.build, page.choice, answer=month, history=months,
        sample="opening_customers", setting="SOURCES__STRIPE__API_KEY",
    )  # fmt: skip
    churn = partial(of_month, column="customer_churn_rate", notes=notes.churn_parts(month))
    with cards.row():
        cards.of_month(
            page.build,
            page.choice,
            *(of_month(name, column=name) for name in ("nrr", "grr", "nrr_12_months")),
            churn("customer_churn_rate"),
            *(of_month(name, column=name) for name in ("gross_mrr_churn_rate", "arpa")),
            of_month("quick_ratio", column="quick_ratio"),
        )


@states.needs(finance.COHORTS)
def cohorts(page: Page, kind: str) -> None:
    """What is left of each cohort: of its customers or of its MRR, as `kind` says."""
    charts.show(
        charts.Chart(
            key="cohorts",
            question="How much of each cohort is left?",
            answer=page.once(finance.cohorts, kind),
            draw=figures.heatmap,
            columns=lists.cohorts(),
            obeys=contract.EVER,
            note="A cohort is the customers who first paid in that month, with how many they were. "
            "* month not over. The mean is weighted by customers, of months that are over. "
            "Click a cell for the customers behind it.",
        ),
        page.build,
        on_point="cohort",
    )


@states.needs(finance.CUSTOMERS)
def behind_a_cell(page: Page, kind: str) -> None:
    """The customers behind the cell that was clicked."""
    cell = drill.choose_cell(page.once(finance.cohorts, kind))
    if cell:
        drill.cohort_customers(page.build, page.choice, cell)


@states.needs(finance.COHORTS)
def curves(page: Page, kind: str) -> None:
    """Whether newer cohorts stay longer."""
    charts.show(
        charts.Chart(
            key="retention_curves",
            question="Do newer cohorts stay longer?",
            answer=finance.retention_curves(page.build, kind),
            draw=partial(
                figures.lines, unit=percent, axis=figures.rate_axis(), x="months_since",
                x_text=notes.months_since, detail=notes.of_cohort,
                x_axis=figures.number_axis("Months since the first payment"),
            ),
            columns=lists.curves(),
            obeys=contract.EVER,
            note="The six largest cohorts of three months or more.",
        ),
        page.build,
    )  # fmt: skip


@states.needs(finance.MONTHS)
def churn_trend(page: Page) -> None:
    """Rates of churn over the months."""
    charts.show(
        charts.Chart(
            key="churn_trend",
            question="Is churn getting better?",
            answer=finance.churn_trend(page.build, page.choice),
            draw=partial(figures.lines, unit=percent, axis=figures.rate_axis()),
            columns=lists.churn(),
            obeys=contract.MONTHS,
            note="Complete months only. Net churn below zero: expansion outweighs what was lost.",
        ),
        page.build,
    )


@states.needs(finance.COHORTS)
def arpa_by_cohort(page: Page) -> None:
    """What an account of each cohort pays."""
    report = page.report
    charts.show(
        report.chart(
            key="arpa_by_cohort",
            question=notes.in_headline_month(
                "What does an account of each cohort pay?", page.choice
            ),
            answer=finance.arpa_by_cohort(page.build, page.choice),
            draw=partial(figures.columns_of, x="cohort_month", value="arpa", unit=report.unit,
                         axis=report.axis),
            columns=lists.arpa(report.code),
            obeys=contract.MONTH,
        ),
        page.build,
    )  # fmt: skip


@states.needs(finance.TRIALS)
def trials(page: Page) -> None:
    """Trials that became customers, by the month they began."""
    table.framed("trials", "Do trials become customers?", finance.trials(page.build, page.choice),
                 page.build, lists.trials(), contract.MONTHS.by_plan(),
                 empty="No trial began in these months.",
                 note="Counted in the month they began, whenever they were decided.")  # fmt: skip


@states.needs(finance.CHURNED)
def why_they_left(page: Page) -> None:
    """How many left for which reason."""
    table.framed("why_they_left", "Why do they leave?",
                 finance.why_they_left(page.build, page.choice), page.build,
                 lists.why_they_left(page.report.code), contract.DAYS,
                 empty="Nobody left in these days.")  # fmt: skip


@states.needs(finance.CHURNED)
def who_left(page: Page) -> None:
    """Who left and what they said; a ticked row opens the customer."""
    drill.open_customer(
        table.pick("churned", "Who left, and why?",
                   finance.churned_customers(page.build, page.choice), page.build,
                   lists.churned_customers(page.report.code), "customer_id", contract.DAYS,
                   empty="Nobody left in these days.")
    )  # fmt: skip
