"""Overview: what did AI cost, what was invoiced, how much was asked for?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import cards, charts, filters, notes, states
from dashboards.components.formatting import count, money
from dashboards.components.palette import looks
from dashboards.data import core, monitoring, product, unit_economics

build = states.shown_build()
facts = monitoring.build_facts(build)

st.title("Overview", anchor=False)
states.data_status(facts, monitoring.stale_sources(build))
with st.container(horizontal=True, vertical_alignment="bottom"):
    period = filters.days(facts.as_of)
    currency = filters.currency(core.invoice_currencies(build))
usd = partial(money, currency="USD")
invoiced = partial(money, currency=currency)
card = partial(cards.Card, period=period)
chart = partial(charts.DailyBars, build=build)

first, second, third = st.columns(3)
with first, states.needs(core.BILLED_COST.mart):
    cards.show(
        card(
            label="Billed AI cost (USD)",
            total=core.billed_cost(build, period),
            days=core.billed_cost_days(build, period),
            unit=usd,
            definition="What AI providers billed for these UTC days, as last stated by them.",
            setting="SOURCES__OPENAI__ADMIN_KEY",
            better="less",
        ),
        *notes.bill_quality(core.billed_cost_quality(build, period)),
        *notes.unmapped(unit_economics.unmapped_cost(build, period)),
    )
with second, states.needs(core.INVOICED_REVENUE.mart):
    cards.show(
        card(
            label=f"Invoiced revenue ({currency})",
            total=core.invoiced_revenue(build, currency, period),
            days=core.invoiced_revenue_days(build, currency, period),
            unit=invoiced,
            definition="Invoice lines less discounts and tax, on the UTC day of finalisation; "
            "drafts and voided invoices left out.",
            setting="SOURCES__STRIPE__API_KEY",
            better="more",
        ),
        *notes.other_currencies(core.invoiced_in_other_currencies(build, currency, period)),
    )
with third, states.needs(product.REQUESTS.mart):
    cards.show(
        card(
            label="Requests (count)",
            total=product.requests(build, period),
            days=product.requests_days(build, period),
            unit=count,
            definition="Calls of the app's endpoints on these UTC days, each event once.",
            setting="SOURCES__APP_EVENTS__BUCKET_URL",
            better="more",
        )
    )

with states.needs(unit_economics.MODEL_COST.mart):
    charts.show(
        chart(
            key="billed_ai_cost_by_model",
            question="Which models does the AI bill go to?",
            thing="Model",
            measured="Billed (USD)",
            rows=unit_economics.cost_by_model_day(build, period),
            days=unit_economics.cost_days(build, period),
            looks=looks(unit_economics.models(build)),
            unit=usd,
            axis_prefix="$",
            absence="No bill",
        )
    )
with states.needs(core.INVOICED_REVENUE.mart):
    charts.show(
        chart(
            key="invoiced_revenue_by_day",
            question=f"On which days was revenue in {currency} invoiced?",
            thing="Currency",
            measured=f"Invoiced ({currency})",
            rows=core.invoiced_revenue_by_day(build, currency, period),
            days=core.invoiced_revenue_days(build, currency, period),
            looks=looks(core.invoice_currencies(build)),
            unit=invoiced,
            axis_prefix=f"{currency} ",
            absence="No invoices",
        )
    )
with states.needs(product.REQUESTS.mart):
    charts.show(
        chart(
            key="requests_by_endpoint",
            question="Which endpoints do the requests go to?",
            thing="Endpoint",
            measured="Requests",
            rows=product.usage_by_endpoint_day(build, period),
            days=product.requests_days(build, period),
            looks=looks(product.endpoints(build)),
            unit=count,
            axis_prefix="",
            absence="No requests",
        )
    )
