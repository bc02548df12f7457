"""Use of the product: how much, how fast, by whom, on which plan, and who is near a limit."""

from __future__ import annotations

from functools import partial
from typing import Any

from dashboards.components import (
    cards,
    charts,
    contract,
    drill,
    figures,
    lists,
    notes,
    states,
)
from dashboards.components import tables as table
from dashboards.components.page import Page
from dashboards.components.palette import looks
from pipelines.published.questions import product
from pipelines.published.questions.formatting import count, milliseconds, percent


def key_numbers(page: Page) -> None:
    """Requests and LLM calls of the days, the slowest service and the users of the month."""
    with cards.row():
        _requests(page)
        _llm_calls(page)
        _slowest(page)
        _users(page)


def _kpi(page: Page, *parts: Any, **more: Any) -> cards.Card:
    setting = "SOURCES__APP_EVENTS__BUCKET_URL"
    return cards.kpi(page.build, page.choice, *parts, setting=setting, **more)


@states.needs(product.ENDPOINTS)
def _requests(page: Page) -> None:
    build, choice = page.build, page.choice
    requests, errors = product.requests(build, choice), product.errors(build, choice)
    cards.of_period(
        choice,
        _kpi(page, "calls", requests, history=product.requests_history(build, choice)),
        _kpi(page, "errors", errors, history=product.errors_history(build, choice)),
    )


@states.needs(product.LLM)
def _llm_calls(page: Page) -> None:
    build, choice = page.build, page.choice
    calls, history = product.llm_calls(build, choice), product.llm_calls_history(build, choice)
    cards.of_period(choice, _kpi(page, "llm_requests", calls, history=history))


@states.needs(product.SERVICES)
def _slowest(page: Page) -> None:
    slow = product.slowest(page.build, page.choice)
    named = notes.named(slow, "service")
    name, column = "service_p95_response_time_ms", "p95_response_time_ms"
    cards.of_month(page.build, page.choice, _kpi(page, name, slow, column, about=named))


@states.needs(product.USERS)
def _users(page: Page) -> None:
    build, choice = page.build, page.choice
    users, history = product.users_month(build, choice), product.users_months(build, choice)
    cards.of_month(
        build,
        choice,
        _kpi(page, "active_users", users, "active_users", history=history),
        _kpi(page, "usage_churn_rate", users, "usage_churn_rate", history=history,
             sample="users_30_days_before", notes=notes.usage_churn_parts(users)),
    )  # fmt: skip


@states.needs(product.ENDPOINTS)
def by_endpoint(page: Page) -> None:
    """Requests by endpoint; a click on a bar leads to the rows behind it."""
    charts.show(
        charts.Chart(
            key="requests_by_endpoint",
            behind=partial(product.behind_endpoint, page.choice),
            question="Which endpoints are called?",
            answer=product.requests_by_endpoint(page.build, page.choice),
            draw=partial(
                figures.bars, unit=count, grain=page.choice.grain, axis=figures.number_axis(),
                series_looks=looks(product.endpoints(page.build)), remarks=page.remarks,
            ),
            columns=table.by_period(page.choice, "Endpoint", "Requests"),
            obeys=contract.TIME,
            note=notes.PALE,
        ),
        page.build,
    )  # fmt: skip


def _performance(page: Page, measure: str, question: str, **parts: Any) -> None:
    """One measure of endpoints by day, or of services by month."""
    charts.show(
        charts.Chart(
            question=question,
            answer=product.performance(page.build, page.choice, measure),
            obeys=contract.TIME if page.choice.grain == "day" else contract.MONTHS,
            **parts,
        ),
        page.build,
    )


def _lines(page: Page, **parts: Any) -> Any:
    return partial(
        figures.lines, remarks=page.remarks, x_axis=figures.time_axis(page.choice.grain),
        x_text=notes.day_or_month(page.choice), **parts,
    )  # fmt: skip


@states.needs(product.SERVICES)
def response_times(page: Page) -> None:
    """The 95th percentile of answers."""
    _performance(
        page, "p95_response_time_ms", "How slow are the slow answers?",
        key="response_times",
        draw=_lines(page, unit=milliseconds, axis=figures.number_axis(suffix=" ms"),
                    detail=notes.unsure),
        columns=lists.performance(page.choice, "95th percentile (ms)", is_rate=False),
        note=notes.PERFORMANCE,
    )  # fmt: skip


@states.needs(product.SERVICES)
def error_rates(page: Page) -> None:
    """Which share of requests failed."""
    few = product.few_requests(page.build)
    _performance(
        page, "error_rate", "Do requests fail?",
        key="error_rates",
        draw=_lines(page, unit=percent, axis=figures.rate_axis(),
                    detail=partial(notes.rate_of_calls, few=few)),
        columns=lists.performance(page.choice, "Error rate", is_rate=True),
        note=f"Status 400 or above. {notes.PERFORMANCE}",
    )  # fmt: skip


def users(page: Page) -> None:
    """New and returning users, by week or month."""
    grain = "week" if page.choice.grain == "week" else "month"
    by_week = table.by_period(page.choice, "Users", "Active")
    with states.needs(product.USER_WEEKS if grain == "week" else product.USERS):
        charts.show(
            charts.Chart(
                key="users_by_month",
                question="Do users come, and come back?",
                answer=product.users_by_kind(page.build, page.choice),
                draw=partial(figures.bars, unit=count, grain=grain, axis=figures.number_axis(),
                             series_looks=notes.USER_LOOKS),
                columns=by_week if grain == "week" else lists.by_month("Users", "Active"),
                obeys=contract.WEEKS if grain == "week" else contract.MONTHS,
                variant=grain,
                note=notes.PALE,
            ),
            page.build,
        )  # fmt: skip


@states.needs(product.ENDPOINTS)
def endpoints(page: Page) -> None:
    """Each endpoint on the last day."""
    few = product.few_requests(page.build)
    table.framed("endpoints", notes.on_last_day("How does each endpoint do?", page.choice),
                 product.endpoint_last_day(page.build, page.choice), page.build,
                 lists.endpoints(), contract.LAST_DAY, note=notes.few_of(few))  # fmt: skip


@states.needs(product.SERVICES)
def services(page: Page) -> None:
    """Services by use in the headline month."""
    few = product.few_requests(page.build)
    table.framed("services", notes.in_headline_month("Which services are popular?", page.choice),
                 product.services(page.build, page.choice), page.build,
                 lists.services(page.dollars.code), contract.MONTH,
                 note=notes.few_of(few))  # fmt: skip


def services_over_time(page: Page) -> None:
    """Each service by week or month."""
    weekly = page.choice.grain == "week"
    with states.needs(product.SERVICE_PERIODS if weekly else product.SERVICES):
        few = product.few_requests(page.build)
        table.framed("services_over_time", "How did each service do over time?",
                     product.services_over_time(page.build, page.choice), page.build,
                     lists.services_over_time(weekly=weekly),
                     contract.WEEKS if weekly else contract.MONTHS,
                     note=notes.few_of(few))  # fmt: skip


@states.needs(product.FEATURE_DAYS)
def features(page: Page) -> None:
    """Which features are used, by how many customers."""
    table.framed("features", "Which features are used?",
                 product.features(page.build, page.choice), page.build,
                 lists.features(page.dollars.code), contract.DAYS,
                 note="What their calls cost by the bill is on AI cost.")  # fmt: skip


@states.needs(product.ADOPTION)
def adoption(page: Page) -> None:
    """Which plans are used at all."""
    table.framed("adoption_by_plan", notes.in_headline_month("Which plans are used?", page.choice),
                 product.adoption(page.build, page.choice), page.build, lists.adoption(),
                 contract.MONTH.by_plan(), note=notes.CUSTOMERS_OF_PLANS)  # fmt: skip


@states.needs(product.SERVICE_ADOPTION)
def services_by_plan(page: Page) -> None:
    """What each plan uses."""
    question = notes.in_headline_month("What does each plan use?", page.choice)
    table.framed("services_by_plan", question,
                 product.services_by_plan(page.build, page.choice), page.build,
                 lists.services_by_plan(), contract.MONTH.by_plan())  # fmt: skip


@states.needs(product.ACQUISITION)
def acquisition(page: Page) -> None:
    """Signups, new customers and spend by channel."""
    question = notes.in_headline_month("Where do customers come from?", page.choice)
    table.framed("acquisition", question, product.acquisition(page.build, page.choice), page.build,
                 lists.acquisition(page.report.code, page.dollars.code), contract.MONTH,
                 note="New customers first paid in the month, whenever they signed up: other "
                 "people than its signups.")  # fmt: skip


@states.needs(product.CACHE)
def cache(page: Page) -> None:
    """What the app's own cache does, by day."""
    table.framed("cache_by_day", "What does the app's own cache do?",
                 product.cache_days(page.build, page.choice), page.build,
                 lists.cache(page.dollars.code), contract.EACH_DAY)  # fmt: skip


@states.needs(product.ALLOWANCE)
def allowances(page: Page) -> None:
    """Who is near the limit of the plan; a ticked row opens the customer."""
    drill.open_customer(
        table.pick(
            "allowances",
            notes.in_headline_month("Who is near the limit of the plan?", page.choice),
            product.allowances(page.build, page.choice),
            page.build,
            lists.allowance(page.dollars.code),
            "customer_id",
            contract.MONTH.by_plan(),
            empty="No customer has a plan with a limit.",
        )
    )
