"""Revenue: what moved MRR?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.panels import cash, forecast, mrr

page = pages.opened()

mrr.key_numbers(page)
mrr.what_moved(page)
mrr.behind(page)
mrr.of_plan(page)
left, right = st.columns(2)
with left:
    mrr.by_day(page)
    mrr.by_plan(page)
with right:
    mrr.movements(page)
    mrr.evidence(page)
mrr.plan_movements(page)
forecast.mrr(page)
forecast.movements(page)
cash.by_month(page)
cash.billing_health(page)
mrr.top_customers(page)
