"""Data: can I trust it?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.components import services, states
from dashboards.panels import trust
from pipelines.published.reader import last_build

page = pages.opened()

states.last_build(last_build())
st.header("When was each source last loaded?", anchor=False)
trust.loads(page)
services.show()
trust.skipped(page)
trust.quarantined(page)
trust.exceptions(page)
trust.bills(page)
trust.cost_tie(page)
trust.mrr_tie(page)
trust.bridge(page)
trust.native_mrr(page)
trust.definitions(page)
trust.row_counts(page)
