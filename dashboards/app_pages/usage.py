"""Usage: how is the product used and how does it perform?"""

from __future__ import annotations

import streamlit as st

from dashboards.components import page as pages
from dashboards.panels import usage

page = pages.opened()

usage.key_numbers(page)
left, right = st.columns(2)
with left:
    usage.by_endpoint(page)
    usage.error_rates(page)
with right:
    usage.response_times(page)
    usage.users(page)
usage.endpoints(page)
usage.services(page)
usage.services_over_time(page)
usage.features(page)
usage.adoption(page)
usage.services_by_plan(page)
usage.acquisition(page)
usage.cache(page)
usage.allowances(page)
