"""Retention: do they stay?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import filters
from dashboards.components import page as pages
from dashboards.panels import lifetime, retention

page = pages.opened()

retention.key_numbers(page)
kind = filters.retention_kind()
retention.cohorts(page, kind)
retention.behind_a_cell(page, kind)
left, right = st.columns(2)
with left:
    retention.curves(page, kind)
    retention.arpa_by_cohort(page)
with right:
    retention.churn_trend(page)
    retention.why_they_left(page)
retention.trials(page)
retention.who_left(page)
lifetime.value(page, "all", "What is a customer worth?")
lifetime.value(page, "plan", "What is a customer worth, by plan?")
lifetime.value(page, "channel", "What is a customer worth, by channel?")
lifetime.expected(page)
