"""Customer: how is this one doing? Reached by a link, or by searching."""

from __future__ import annotations

import streamlit as st

from dashboards.components import drill, reports
from dashboards.components import page as pages
from dashboards.panels import one_customer

page = pages.opened()

customer = drill.chosen_customer(page.build)
if customer is None:
    st.stop()
if drill.customer_head(page.build, page.choice, customer) is False:
    st.stop()
reports.download(page.build, customer)

one_customer.key_numbers(page, customer)
left, right = st.columns(2)
with left:
    one_customer.mrr(page, customer)
    one_customer.calls(page, customer)
with right:
    one_customer.margin(page, customer)
    one_customer.insights(page, customer)
one_customer.endpoints(page, customer)
one_customer.allowance(page, customer)
one_customer.movements(page, customer)
one_customer.invoices(page, customer)
