"""Data: can I trust it?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import filters, lists, sources, states
from dashboards.components import tables as table
from pipelines.published.questions import monitoring
from pipelines.published.reader import last_build

build = states.shown_build()
choice = filters.selection()
dollars, code = choice.display.usd_currency, choice.display.report_currency

states.last_build(last_build())

st.header("When was each source last loaded?", anchor=False)
with states.needs(monitoring.FRESHNESS):
    freshness = monitoring.load_freshness_by_source(build)
    sources.show(freshness)
    table.menu("load_freshness_by_source", freshness, build)

with states.needs(monitoring.SKIPPED):
    table.framed("skipped_endpoints", "What could not be read?",
                 monitoring.skipped_endpoints(build), build, lists.SKIPPED,
                 empty="Every endpoint of every loaded source was read.")  # fmt: skip
with states.needs(monitoring.QUARANTINED):
    table.framed("quarantined_rows", "Which rows could not be read?",
                 monitoring.quarantined_rows(build), build, lists.QUARANTINED,
                 empty="Every row of every loaded source was read.",
                 note="Reasons stand in raw_<source>.quarantine in the warehouse.")  # fmt: skip
with states.needs(monitoring.EXCEPTIONS):
    table.framed("exceptions", "What was left out of a sum, or could not be judged?",
                 monitoring.exceptions(build), build, lists.EXCEPTIONS,
                 empty="Every object that was loaded could be counted.")  # fmt: skip
with states.needs(monitoring.BILL_CONTROLS):
    table.framed("bill_controls", "Is each provider's bill whole?",
                 monitoring.bill_controls(build, choice), build, lists.bill_controls(dollars),
                 empty="No bill of these days is loaded.")  # fmt: skip
with states.needs(monitoring.COST_TIE):
    table.framed("cost_reconciliation", "Where does the bill not tie to our own events?",
                 monitoring.cost_exceptions(build, choice), build,
                 lists.cost_exceptions(dollars),
                 empty="Every bill of these days is explained to the nano-dollar.")  # fmt: skip
with states.needs(monitoring.MRR_TIE):
    table.framed("mrr_reconciliation", "Does the revenue ledger tie to the subscriptions?",
                 monitoring.mrr_checks(build, choice), build, lists.mrr_checks(code),
                 empty="Nothing to check: no subscriptions are loaded.")  # fmt: skip
with states.needs(monitoring.DEFINITIONS):
    table.framed("kpi_definitions", "What does each number mean?",
                 monitoring.definitions(build), build, lists.DEFINITIONS,
                 empty="No definitions in this build.")  # fmt: skip
table.framed("row_counts", "What does this build hold?", monitoring.row_counts(build), build,
             lists.ROW_COUNTS)  # fmt: skip
