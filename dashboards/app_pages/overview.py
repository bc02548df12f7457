"""Overview: are we healthy this month? An answer first, then the numbers behind it."""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.components import remarks, reports, tour
from dashboards.panels import health

page = pages.opened()

health.in_words(page)
tour.show(page.build)
reports.download(page.build)
health.key_numbers(page)
left, right = st.columns(2)
with left:
    health.mrr_ahead(page)
with right:
    health.revenue_and_cost(page)
health.actions(page)
remarks.show(page.choice.period.last_day)
