"""Whether the numbers can be trusted: what was read, left out, and how bills and ledger tie."""

from __future__ import annotations

from functools import partial

from dashboards.components import (
    charts,
    contract,
    drill,
    figures,
    lists,
    notes,
    palette,
    sources,
    states,
)
from dashboards.components import tables as table
from dashboards.components.page import Page
from pipelines.published.questions import finance, monitoring
from pipelines.published.questions.formatting import places_of


@states.needs(monitoring.FRESHNESS)
def loads(page: Page) -> None:
    """When each source was last loaded."""
    freshness = monitoring.load_freshness_by_source(page.build)
    sources.show(freshness)
    table.menu("load_freshness_by_source", freshness, page.build)


def _if_loaded(page: Page, words: str) -> str:
    """What an empty list means: all is well, or nothing is there yet."""
    return words if monitoring.is_loaded(page.build) else "Nothing is loaded yet."


@states.needs(monitoring.SKIPPED)
def skipped(page: Page) -> None:
    """Endpoints that could not be read."""
    table.framed("skipped_endpoints", "What could not be read?",
                 monitoring.skipped_endpoints(page.build), page.build, lists.SKIPPED,
                 contract.NOW,
                 empty=_if_loaded(page, "Every endpoint of every loaded source was read."),
                 )  # fmt: skip


@states.needs(monitoring.QUARANTINED)
def quarantined(page: Page) -> None:
    """Rows that could not be read."""
    table.framed("quarantined_rows", "Which rows could not be read?",
                 monitoring.quarantined_rows(page.build), page.build, lists.QUARANTINED,
                 contract.EVER,
                 empty=_if_loaded(page, "Every row of every loaded source was read."),
                 note="Reasons stand in raw_<source>.quarantine in the warehouse.")  # fmt: skip


@states.needs(monitoring.EXCEPTIONS)
def exceptions(page: Page) -> None:
    """What was left out of a sum."""
    table.framed("exceptions", "What was left out of a sum, or could not be judged?",
                 monitoring.exceptions(page.build), page.build, lists.EXCEPTIONS,
                 contract.EVER.own_currency(),
                 empty=_if_loaded(page, "Every object that was loaded could be counted."),
                 )  # fmt: skip


@states.needs(monitoring.BILL_CONTROLS)
def bills(page: Page) -> None:
    """Whether each provider's bill is whole."""
    table.framed("bill_controls", "Is each provider's bill whole?",
                 page.once(monitoring.bill_controls, page.choice), page.build,
                 lists.bill_controls(page.dollars.code), contract.DAYS,
                 empty="No bill of these days is loaded.")  # fmt: skip


@states.needs(monitoring.COST_TIE)
def cost_tie(page: Page) -> None:
    """Days on which a bill does not tie to our own events."""
    billed = page.once(monitoring.bill_controls, page.choice).table.num_rows
    table.framed("cost_reconciliation", "Where does the bill not tie to our own events?",
                 monitoring.cost_exceptions(page.build, page.choice), page.build,
                 lists.cost_exceptions(page.dollars.code), contract.DAYS,
                 empty="Every bill of these days is explained to the nano-dollar."
                 if billed else "No bill of these days is loaded.")  # fmt: skip


@states.needs(monitoring.MRR_TIE)
def mrr_tie(page: Page) -> None:
    """Whether the ledger ties to subscriptions and invoices."""
    table.framed("mrr_reconciliation", "Does the revenue ledger tie to the subscriptions?",
                 monitoring.mrr_checks(page.build), page.build, lists.mrr_checks(),
                 contract.NOW.own_currency(),
                 empty="Nothing to check: no subscriptions are loaded.")  # fmt: skip


@states.needs(finance.PRESETS)
def bridge(page: Page) -> None:
    """From our MRR to the one that Stripe shows, and the customers behind each step."""
    report = page.report
    charts.show(
        report.chart(
            key="mrr_bridge",
            question=notes.in_month("Why does our MRR differ from Stripe's?", page.choice),
            answer=finance.bridge(page.build, page.choice, places_of(report.code)),
            draw=partial(figures.waterfall, unit=report.unit, axis=report.axis,
                         step_looks=palette.BRIDGE_LOOKS),
            columns=lists.waterfall(report.code),
            obeys=contract.LAST_MONTH,
            note="Stripe's page leaves out discounts with an end, counts who asked to go as gone, "
            "and does not wait for the first payment. The rules are in dbt_project.yml.",
        ),
        page.build,
    )  # fmt: skip
    drill.open_customer(
        table.pick("bridge_customers", "Whose MRR does Stripe show otherwise?",
                   finance.bridge_customers(page.build, page.choice), page.build,
                   lists.bridge_customers(report.code), "customer_id", contract.LAST_MONTH,
                   empty="Nobody's.")
    )  # fmt: skip


@states.needs(monitoring.NATIVE_MRR)
def native_mrr(page: Page) -> None:
    """What providers themselves say MRR is."""
    table.framed("native_mrr", "What do providers say MRR is?", monitoring.native_mrr(page.build),
                 page.build, lists.native_mrr(), contract.NOW.own_currency(),
                 empty="No provider that states MRR itself is loaded.")  # fmt: skip


@states.needs(monitoring.DEFINITIONS)
def definitions(page: Page) -> None:
    """What each number means."""
    table.framed("kpi_definitions", "What does each number mean?",
                 monitoring.definitions(page.build), page.build, lists.DEFINITIONS, contract.NOW,
                 empty="No definitions in this build.")  # fmt: skip


def row_counts(page: Page) -> None:
    """What the build holds."""
    table.framed("row_counts", "What does this build hold?", monitoring.row_counts(page.build),
                 page.build, lists.ROW_COUNTS, contract.NOW)  # fmt: skip
