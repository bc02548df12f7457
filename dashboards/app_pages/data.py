"""Data: can I trust it?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    charts,
    contract,
    drill,
    figures,
    filters,
    lists,
    notes,
    palette,
    services,
    sources,
    states,
)
from dashboards.components import tables as table
from pipelines.published.questions import finance, monitoring
from pipelines.published.questions.formatting import money, places_of
from pipelines.published.reader import last_build

build = states.shown_build()
choice = filters.selection()
dollars, code = choice.display.usd_currency, choice.display.report_currency
is_loaded = monitoring.is_loaded(build)
nothing = "Nothing is loaded yet."

states.last_build(last_build())

st.header("When was each source last loaded?", anchor=False)
with states.needs(monitoring.FRESHNESS):
    freshness = monitoring.load_freshness_by_source(build)
    sources.show(freshness)
    table.menu("load_freshness_by_source", freshness, build)
services.show()

with states.needs(monitoring.SKIPPED):
    table.framed("skipped_endpoints", "What could not be read?",
                 monitoring.skipped_endpoints(build), build, lists.SKIPPED, contract.NOW,
                 empty="Every endpoint of every loaded source was read." if is_loaded
                 else nothing)  # fmt: skip
with states.needs(monitoring.QUARANTINED):
    table.framed("quarantined_rows", "Which rows could not be read?",
                 monitoring.quarantined_rows(build), build, lists.QUARANTINED,
                 contract.EVER,
                 empty="Every row of every loaded source was read." if is_loaded else nothing,
                 note="Reasons stand in raw_<source>.quarantine in the warehouse.")  # fmt: skip
with states.needs(monitoring.EXCEPTIONS):
    table.framed("exceptions", "What was left out of a sum, or could not be judged?",
                 monitoring.exceptions(build), build, lists.EXCEPTIONS,
                 contract.EVER.own_currency(),
                 empty="Every object that was loaded could be counted." if is_loaded
                 else nothing)  # fmt: skip
with states.needs(monitoring.BILL_CONTROLS):
    bills = monitoring.bill_controls(build, choice)
    table.framed("bill_controls", "Is each provider's bill whole?", bills, build,
                 lists.bill_controls(dollars), contract.DAYS,
                 empty="No bill of these days is loaded.")  # fmt: skip
with states.needs(monitoring.COST_TIE):
    table.framed("cost_reconciliation", "Where does the bill not tie to our own events?",
                 monitoring.cost_exceptions(build, choice), build,
                 lists.cost_exceptions(dollars), contract.DAYS,
                 empty="Every bill of these days is explained to the nano-dollar."
                 if bills.table.num_rows else "No bill of these days is loaded.")  # fmt: skip
with states.needs(monitoring.MRR_TIE):
    table.framed("mrr_reconciliation", "Does the revenue ledger tie to the subscriptions?",
                 monitoring.mrr_checks(build), build, lists.mrr_checks(),
                 contract.NOW.own_currency(),
                 empty="Nothing to check: no subscriptions are loaded.")  # fmt: skip
with states.needs(finance.PRESETS):
    charts.show(
        charts.Chart(
            key="mrr_bridge",
            question=notes.in_month("Why does our MRR differ from Stripe's?", choice),
            answer=finance.bridge(build, choice, places_of(code)),
            draw=partial(figures.waterfall, unit=partial(money, currency=code),
                         axis=figures.money_axis(notes.prefix(code)),
                         step_looks=palette.BRIDGE_LOOKS),
            columns=lists.waterfall(code), obeys=contract.LAST_MONTH, variant=code,
            note="Stripe's page leaves out discounts with an end, counts who asked to go as gone, "
            "and does not wait for the first payment. The rules are in dbt_project.yml.",
        ),
        build,
    )  # fmt: skip
    drill.open_customer(
        table.pick("bridge_customers", "Whose MRR does Stripe show otherwise?",
                   finance.bridge_customers(build, choice), build, lists.bridge_customers(code),
                   "customer_id", contract.LAST_MONTH, empty="Nobody's.")
    )  # fmt: skip
with states.needs(monitoring.NATIVE_MRR):
    table.framed("native_mrr", "What do providers say MRR is?", monitoring.native_mrr(build), build,
                 lists.native_mrr(), contract.NOW.own_currency(),
                 empty="No provider that states MRR itself is loaded.")  # fmt: skip
with states.needs(monitoring.DEFINITIONS):
    table.framed("kpi_definitions", "What does each number mean?",
                 monitoring.definitions(build), build, lists.DEFINITIONS, contract.NOW,
                 empty="No definitions in this build.")  # fmt: skip
table.framed("row_counts", "What does this build hold?", monitoring.row_counts(build), build,
             lists.ROW_COUNTS, contract.NOW)  # fmt: skip
