"""Profitability: who or what loses money?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.panels import margins

page = pages.opened()

margins.key_numbers(page)
left, right = st.columns(2)
with left:
    margins.of_customers(page)
    margins.over_time(page)
with right:
    margins.of_features(page)
    margins.costs_by_kind(page)
margins.worst_customers(page)
margins.by_month(page)
margins.by_plan(page)
