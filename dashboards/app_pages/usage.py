"""Usage: how is the product used and how does it perform?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards.components import (
    cards,
    charts,
    contract,
    drill,
    figures,
    filters,
    lists,
    notes,
    states,
)
from dashboards.components import tables as table
from dashboards.components.palette import looks
from pipelines.published.questions import core, product
from pipelines.published.questions.formatting import count, milliseconds, percent

build = states.shown_build()
choice = filters.selection()
dollars = choice.display.usd_currency
remarks = core.remarks(build, choice.period).table.to_pylist()
kpi = partial(cards.kpi, build, choice, setting="SOURCES__APP_EVENTS__BUCKET_URL")

with cards.row():
    with states.needs(product.ENDPOINTS):
        cards.of_period(
            choice,
            kpi(
                "calls",
                product.requests(build, choice),
                history=product.requests_history(build, choice),
            ),
            kpi(
                "errors",
                product.errors(build, choice),
                history=product.errors_history(build, choice),
            ),
        )
    with states.needs(product.LLM):
        cards.of_period(
            choice,
            kpi(
                "llm_requests",
                product.llm_calls(build, choice),
                history=product.llm_calls_history(build, choice),
            ),
        )
    with states.needs(product.SERVICES):
        slow = product.slowest(build, choice)
        slowest = kpi(
            "service_p95_response_time_ms",
            slow,
            "p95_response_time_ms",
            about=notes.named(slow, "service"),
        )
        cards.of_month(build, choice, slowest)
    with states.needs(product.USERS):
        users = product.users_month(build, choice)
        of_users = partial(kpi, answer=users, history=product.users_months(build, choice))
        cards.of_month(
            build,
            choice,
            of_users("active_users", column="active_users"),
            of_users(
                "usage_churn_rate",
                column="usage_churn_rate",
                sample="users_30_days_before",
                notes=notes.usage_churn_parts(users),
            ),
        )

left, right = st.columns(2)
with left, states.needs(product.ENDPOINTS):
    charts.show(
        charts.Chart(
            key="requests_by_endpoint",
            behind=partial(product.behind_endpoint, choice),
            question="Which endpoints are called?",
            answer=product.requests_by_endpoint(build, choice),
            draw=partial(figures.bars, unit=count, grain=choice.grain,
                         axis=figures.number_axis(), series_looks=looks(product.endpoints(build)),
                         remarks=remarks),
            columns=table.by_period(choice, "Endpoint", "Requests"), obeys=contract.TIME,
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
obeyed = contract.TIME if choice.grain == "day" else contract.MONTHS
few = product.few_requests(build)
performance = partial(
    figures.lines, remarks=remarks, x_axis=figures.time_axis(choice.grain),
    x_text=notes.day_or_month(choice),
)  # fmt: skip
with right, states.needs(product.SERVICES):
    charts.show(
        charts.Chart(
            key="response_times",
            question="How slow are the slow answers?",
            answer=product.performance(build, choice, "p95_response_time_ms"),
            draw=partial(performance, unit=milliseconds, axis=figures.number_axis(suffix=" ms"),
                         detail=notes.unsure),
            columns=lists.performance(choice, "95th percentile (ms)", is_rate=False), obeys=obeyed,
            note=notes.PERFORMANCE,
        ),
        build,
    )  # fmt: skip
with left, states.needs(product.SERVICES):
    charts.show(
        charts.Chart(
            key="error_rates",
            question="Do requests fail?",
            answer=product.performance(build, choice, "error_rate"),
            draw=partial(performance, unit=percent, axis=figures.rate_axis(),
                         detail=partial(notes.rate_of_calls, few=few)),
            columns=lists.performance(choice, "Error rate", is_rate=True), obeys=obeyed,
            note=f"Status 400 or above. {notes.PERFORMANCE}",
        ),
        build,
    )  # fmt: skip
weekly = choice.grain == "week"
with right, states.needs(product.USER_WEEKS if weekly else product.USERS):
    charts.show(
        charts.Chart(
            key="users_by_month",
            question="Do users come, and come back?",
            answer=product.users_by_kind(build, choice),
            draw=partial(figures.bars, unit=count, grain="week" if weekly else "month",
                         axis=figures.number_axis(), series_looks=notes.USER_LOOKS),
            columns=table.by_period(choice, "Users", "Active") if weekly
            else lists.by_month("Users", "Active"),
            obeys=contract.WEEKS if weekly else contract.MONTHS,
            variant="week" if weekly else "month",
            note=notes.PALE,
        ),
        build,
    )  # fmt: skip
with states.needs(product.ENDPOINTS):
    table.framed("endpoints", notes.on_last_day("How does each endpoint do?", choice),
                 product.endpoint_last_day(build, choice), build, lists.endpoints(),
                 contract.LAST_DAY, note=notes.few_of(few))  # fmt: skip
with states.needs(product.SERVICES):
    table.framed("services", notes.in_headline_month("Which services are popular?", choice),
                 product.services(build, choice), build, lists.services(dollars),
                 contract.MONTH, note=notes.few_of(few))  # fmt: skip
with states.needs(product.ADOPTION):
    table.framed("adoption_by_plan", notes.in_headline_month("Which plans are used?", choice),
                 product.adoption(build, choice), build, lists.adoption(),
                 contract.MONTH.by_plan(), note=notes.CUSTOMERS_OF_PLANS)  # fmt: skip
with states.needs(product.SERVICE_ADOPTION):
    table.framed("services_by_plan", notes.in_headline_month("What does each plan use?", choice),
                 product.services_by_plan(build, choice), build, lists.services_by_plan(),
                 contract.MONTH.by_plan())  # fmt: skip
with states.needs(product.ACQUISITION):
    table.framed("acquisition", notes.in_headline_month("Where do customers come from?", choice),
                 product.acquisition(build, choice), build,
                 lists.acquisition(choice.display.report_currency, dollars), contract.MONTH,
                 note="New customers first paid in the month, whenever they signed up: other "
                 "people than its signups.")  # fmt: skip
with states.needs(product.CACHE):
    table.framed("cache_by_day", "What does the app's own cache do?",
                 product.cache_days(build, choice), build, lists.cache(dollars),
                 contract.EACH_DAY)  # fmt: skip
with states.needs(product.ALLOWANCE):
    drill.open_customer(
        table.pick(
            "allowances",
            notes.in_headline_month("Who is near the limit of the plan?", choice),
            product.allowances(build, choice),
            build,
            lists.allowance(dollars),
            "customer_id",
            contract.MONTH.by_plan(),
            empty="No customer has a plan with a limit.",
        )
    )
