"""Analytics: revenue, users, services, metrics, and what services use and bill."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from pipelines.api import shapes
from pipelines.api.problems import ProblemError
from pipelines.api.routes.asking import READS, READS_ONE, TEXT, Metrics, MonthPeriod
from pipelines.api.serving import Ask
from pipelines.published.questions.answers import growth, metrics, services
from pipelines.published.questions.answers.spans import Payload, Scene

router = APIRouter(prefix="/analytics", tags=["analytics"])
metering = APIRouter(tags=["metering"])


@router.get("/revenue/mrr", response_model=shapes.Mrr, responses=READS)
def mrr(
    ask: Metrics,
    months: Annotated[int, Query(ge=1, le=24, description="Months, with the running one.")] = 12,
) -> Response:
    """MRR by month and what moved it: opening and all movements are the closing MRR."""
    return ask.answer(
        shapes.Mrr, lambda scene: growth.mrr(scene, months), metrics=("mrr", "net_new_mrr"),
        reasons=growth.REASONS,
    )  # fmt: skip


@router.get("/revenue/arr", response_model=shapes.Arr, responses=READS)
def arr(ask: Metrics) -> Response:
    """ARR at the newest day, by plan, and growth over a year."""
    return ask.answer(shapes.Arr, growth.arr, metrics=("arr", "mrr"), reasons=growth.REASONS)


@router.get("/revenue/growth", response_model=shapes.Growth, responses=READS)
def revenue_growth(ask: Metrics) -> Response:
    """Growth of invoiced revenue by month, quarter and year, up to the last complete month."""
    return ask.answer(
        shapes.Growth, growth.growth,
        metrics=("invoiced_growth_month", "invoiced_growth_quarter", "invoiced_growth_year"),
        reasons=growth.REASONS,
    )  # fmt: skip


@router.get("/revenue/forecast", response_model=shapes.Forecast, responses=READS)
def forecast(
    ask: Metrics,
    months_ahead: Annotated[int, Query(ge=1, le=12, description="How many months.")] = 6,
    metric: Annotated[
        Literal["mrr", "recognised_revenue", "llm_cost", "gross_margin"],
        Query(description="What is forecast."),
    ] = "mrr",
) -> Response:
    """The months ahead with bounds of 80 and 95 %, how often they held so far, and the goals."""
    return ask.answer(
        shapes.Forecast,
        lambda scene: growth.forecast(scene, metric, months_ahead),
        reasons=growth.REASONS,
    )


@router.get("/revenue/by-tier", response_model=shapes.ByTier, responses=READS)
def by_tier(ask: Metrics) -> Response:
    """Earned revenue of the last complete month by plan."""
    return ask.answer(shapes.ByTier, growth.by_tier, metrics=("revenue",), reasons=growth.REASONS)


@router.get("/users/ltv", response_model=shapes.Ltv, responses=READS)
def ltv(ask: Metrics) -> Response:
    """What a customer is worth, in all and by plan."""
    return ask.answer(
        shapes.Ltv, growth.ltv, metrics=("ltv_margin", "ltv_to_cac"), reasons=growth.REASONS
    )


@router.get("/users/churn", response_model=shapes.Churn, responses=READS)
def churn(ask: Metrics) -> Response:
    """Customers who left in the last complete month, in the running one, and by plan."""
    return ask.answer(
        shapes.Churn, growth.churn, metrics=("customer_churn_rate",), reasons=growth.REASONS
    )


@router.get("/users/acquisition", response_model=shapes.Acquisition, responses=READS)
def acquisition(ask: Metrics) -> Response:
    """New users of the last complete and the running month, and where they came from."""
    return ask.answer(
        shapes.Acquisition, growth.acquisition, metrics=("new_users", "cost_per_acquisition"),
        reasons={**growth.REASONS, "share": "no user of any channel"},
    )  # fmt: skip


@router.get("/services/popularity", response_model=shapes.Popularity, responses=READS)
def popularity(ask: Metrics, period: MonthPeriod) -> Response:
    """Services by events in the newest month of the period."""
    return ask.answer(
        shapes.Popularity, services.popularity, asked=period, metrics=("service_popularity",),
        reasons=services.REASONS,
    )  # fmt: skip


@router.get("/services/cost-per-user", response_model=shapes.CostPerUser, responses=READS)
def cost_per_user(ask: Metrics, period: MonthPeriod) -> Response:
    """What services cost in the newest month of the period, in all and by active user."""
    return ask.answer(
        shapes.CostPerUser, services.cost_per_user, asked=period,
        metrics=("service_cost_per_active_user",), reasons=services.REASONS,
    )  # fmt: skip


@router.get("/services/adoption", response_model=shapes.Adoption, responses=READS)
def adoption(ask: Metrics, period: MonthPeriod) -> Response:
    """How many customers of each plan use each service, in the newest month of the period."""
    return ask.answer(
        shapes.Adoption, services.adoption, asked=period, metrics=("plan_adoption_rate",),
        reasons=services.REASONS,
    )  # fmt: skip


@router.get("/services/performance", response_model=shapes.Performance, responses=READS)
def performance(ask: Metrics, period: MonthPeriod) -> Response:
    """Uptime, response times and errors of services, in the newest month of the period."""
    return ask.answer(
        shapes.Performance, services.performance, asked=period,
        metrics=("service_uptime", "service_error_rate"), reasons=services.REASONS,
    )  # fmt: skip


@router.get("/metrics/summary", response_model=shapes.MetricsSummary, responses=READS)
def summary(ask: Metrics) -> Response:
    """The headline numbers of the running month, each with its change."""
    return ask.answer(
        shapes.MetricsSummary, metrics.summary, metrics=tuple(metrics.SUMMARY.values()),
        reasons=metrics.REASONS,
    )  # fmt: skip


@router.get("/metrics/kpis", response_model=shapes.Kpis, responses=READS)
def kpis(ask: Metrics) -> Response:
    """Every metric of the catalogue for the whole company, newest value and change."""
    return ask.answer(shapes.Kpis, metrics.kpis, reasons=metrics.REASONS)


@router.get("/metrics/alerts", response_model=shapes.Alerts, responses=READS)
def alerts(ask: Metrics) -> Response:
    """Open alerts by severity, values near their threshold, and what is over."""
    return ask.answer(shapes.Alerts, metrics.alerts, reasons=metrics.REASONS)


@metering.get("/metering/summary", response_model=shapes.MeteringSummary, responses=READS)
def metering_summary(ask: Metrics, period: MonthPeriod) -> Response:
    """What all services used and cost over the months that the period touches."""
    return ask.answer(
        shapes.MeteringSummary, services.metering_summary, asked=period,
        metrics=("gross_margin_rate",), reasons=services.REASONS,
    )  # fmt: skip


@metering.get("/metering/service/{name:path}", response_model=shapes.Metering, responses=READS_ONE)
def metered(
    ask: Metrics,
    period: MonthPeriod,
    name: Annotated[
        str, Path(min_length=1, max_length=300, pattern=TEXT, description="A service.")
    ],
) -> Response:
    """What one service used and cost over the months that the period touches."""

    def make(scene: Scene) -> Payload:
        if name not in services.names(scene):
            raise ProblemError(
                404, "No service has this name.", "See /api/v1/metering/summary.", "name"
            )
        return services.metering(scene, name)

    return ask.answer(shapes.Metering, make, asked=period, reasons=services.REASONS)


@metering.get(
    "/billing/analytics/summary",
    response_model=shapes.BillingSummary,
    responses=READS,
    tags=["billing"],
)
def billing_summary(ask: Metrics, period: MonthPeriod) -> Response:
    """Revenue, costs, profit and payments over the months that the period touches."""
    return ask.answer(
        shapes.BillingSummary, services.billing_summary, asked=period,
        metrics=("mrr", "recognised_revenue", "gross_profit", "net_profit"),
        reasons=services.REASONS,
    )  # fmt: skip


def definitions_of(ask: Ask, metric: str | None) -> Response:
    """The dictionary, or one metric of it."""

    def make(scene: Scene) -> Payload:
        found = metrics.definitions(scene, metric)
        if metric is not None and not found:
            raise ProblemError(
                404, "No metric has this name.", "See /api/v1/definitions.", "metric"
            )
        return {"metrics": found}

    return ask.answer(shapes.Definitions, make, reasons=metrics.REASONS)


@metering.get("/definitions", response_model=shapes.Definitions, responses=READS, tags=["metrics"])
def definitions(ask: Metrics) -> Response:
    """What each metric is called and means."""
    return definitions_of(ask, None)


@metering.get(
    "/definitions/{metric}",
    response_model=shapes.Definitions,
    responses=READS_ONE,
    tags=["metrics"],
)
def definition(
    ask: Metrics,
    metric: Annotated[str, Path(min_length=1, max_length=100, pattern=TEXT)],
) -> Response:
    """What one metric is called and means."""
    return definitions_of(ask, metric)
