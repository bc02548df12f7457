"""Data: can I trust it? What is loaded, how fresh it is, what is missing and how to set it."""

from __future__ import annotations

import streamlit as st

from dashboards.components import sources, states, tables
from dashboards.data import monitoring
from dashboards.data.build import description

build = states.shown_build()
facts = monitoring.build_facts(build)

st.title("Data", anchor=False)
states.data_status(facts, monitoring.stale_sources(build))

st.subheader("When was each source last loaded?", anchor=False)
with states.needs(monitoring.FRESHNESS):
    freshness = monitoring.load_freshness_by_source(build)
    sources.show(freshness)
    tables.data_menu(
        "load_freshness_by_source", freshness, description(build, monitoring.FRESHNESS)
    )

st.subheader("What could not be read?", anchor=False)
with states.needs(monitoring.SKIPPED):
    sources.show_skipped(monitoring.skipped_endpoints(build))

st.subheader("What does this build hold?", anchor=False)
tables.with_menu("row_counts", monitoring.row_counts(build), None, tables.ROW_COUNT_COLUMNS)
