"""AI cost: where does the spend go?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.panels import ai_cost

page = pages.opened()

ai_cost.key_numbers(page)
ai_cost.within_budget(page)
left, right = st.columns(2)
with left:
    ai_cost.by_feature(page)
    ai_cost.by_project(page)
    ai_cost.tie(page)
with right:
    ai_cost.by_model(page)
    ai_cost.per_call(page)
    ai_cost.cache_savings(page)
ai_cost.by_account(page)
ai_cost.by_key(page)
