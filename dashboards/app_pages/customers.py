"""Customers: who are they? All of them as of now, sorted by a click on a heading."""

from __future__ import annotations

import streamlit as st

from dashboards.components import address, contract, drill, filters, lists, states
from dashboards.components import tables as table
from pipelines.published.questions import core, finance
from pipelines.published.questions.words import word_of

build = states.shown_build()
choice = filters.selection()
code, dollars = choice.display.report_currency, choice.display.usd_currency

with st.container(horizontal=True, vertical_alignment="bottom"):
    address.read("status", finance.STATUSES)
    status = st.selectbox("State", finance.STATUSES, None, format_func=word_of, key="status",
                          placeholder="Every state", width=200)  # fmt: skip
    address.write("status", status)
    address.read("health", finance.HEALTHS)
    health = st.selectbox("Health", finance.HEALTHS, None, format_func=word_of, key="health",
                          placeholder="Any health", width=200)  # fmt: skip
    address.write("health", health)
    asked = address.asked_for("name")
    if asked is not None:
        st.session_state["name"] = asked[:100]
    name = st.text_input("Name or id", key="name", max_chars=100, width=240)
    address.write("name", name or None)

with states.needs(finance.ALL_CUSTOMERS):
    found = finance.directory(build, choice, [status] if status else [], health, name or "")
    drill.open_customer(
        table.pick("customers", "Customers", found, build, lists.directory(code, dollars),
                   "customer_id", contract.NOW.by_plan(),
                   empty="No customer fits. Take a filter away.",
                   note="Revenue, cost and use are of the 30 days before the clock.")
    )  # fmt: skip
with states.needs(core.CUSTOMERS):
    table.framed("same_company", "Which may be one company?", finance.same_company(build), build,
                 lists.same_company(), contract.NOW,
                 empty="No two customers share a domain of their own.",
                 note="Nothing is joined by itself: give them one customer_group in "
                 "seeds/customer_map.csv.")  # fmt: skip
