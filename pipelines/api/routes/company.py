"""The company: health, dashboard, features, time, LLM use and cost."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from pipelines.api import shapes
from pipelines.api.routes.asking import (
    READS,
    Anybody,
    Grain,
    Metrics,
    Period,
)
from pipelines.published.questions.answers import ai, company
from pipelines.published.questions.answers.spans import Payload, Scene

router = APIRouter(tags=["company"])

_GRAIN = Annotated[Grain, Query(description="What a point of the timeseries is.")]
_NO_CUSTOMERS = {"insights": "findings about customers need the scope customers:read"}


@router.get("/health", response_model=shapes.Health, responses=READS)
def health(ask: Anybody) -> Response:
    """Whether the service answers, on which build; with a key also when sources were loaded."""
    may = ask.caller is not None and ask.caller.may("metrics:read") and not ask.caller.customer

    def make(scene: Scene) -> Payload:
        found = company.health(scene)
        state = "stale" if found["is_stale"] else "ok"
        facts = {"status": state, "published_at": scene.build.facts.built_at}
        if may:
            return {**facts, **found}
        reasons = {"sources": "states of sources need a key with the scope metrics:read"}
        return {
            **facts, "sources": [], "stale": [], "is_stale": found["is_stale"],
            "reasons": reasons,
        }  # fmt: skip

    return ask.answer(
        shapes.Health, make, reasons={"missing_setting": "nothing is missing",
                                      "last_synced_at": "never loaded",
                                      "last_loaded_at": "never loaded",
                                      "hours_since_sync": "never loaded",
                                      "newest_data_date": "never loaded"}
    )  # fmt: skip


@router.get("/dashboard", response_model=shapes.Dashboard, responses=READS)
def dashboard(ask: Metrics, period: Period, grain: _GRAIN = "day") -> Response:
    """Revenue, AI cost and what is left: in all, by feature and over time; alerts, findings."""
    assert ask.caller  # noqa: S101
    with_customers = ask.caller.may("customers:read")

    def make(scene: Scene) -> Payload:
        found = company.dashboard(scene, grain, with_customers)
        return found if with_customers else {**found, "reasons": _NO_CUSTOMERS}

    return ask.answer(
        shapes.Dashboard, make, asked=period, metrics=("revenue", "llm_cost", "llm_margin"),
        reasons=company.NO_FEATURE_REQUESTS,
    )  # fmt: skip


@router.get("/features", response_model=shapes.Features, responses=READS)
def features(ask: Metrics, period: Period) -> Response:
    """What each feature earned and cost, how it was used, and what was found about it."""
    return ask.answer(
        shapes.Features,
        lambda scene: {
            "features": company.features(scene),
            "is_provisional": company.totals(scene)["is_provisional"],
        },
        asked=period,
        metrics=("revenue", "llm_cost"),
        reasons=company.NO_FEATURE_REQUESTS,
    )


@router.get("/timeseries", response_model=shapes.Timeseries, responses=READS)
def timeseries(ask: Metrics, period: Period, grain: _GRAIN = "day") -> Response:
    """Revenue, AI cost and what is left by day, week or month, also of days without data."""

    def make(scene: Scene) -> Payload:
        points = company.timeseries(scene, grain)
        return {
            "grain": grain,
            "timeseries": points,
            "is_provisional": any(point["is_provisional"] for point in points),
        }

    return ask.answer(shapes.Timeseries, make, asked=period, metrics=("revenue", "llm_cost"))


@router.get("/llm/usage/summary", response_model=shapes.LlmUsage, responses=READS, tags=["llm"])
def llm_usage(ask: Metrics, period: Period) -> Response:
    """LLM calls, tokens, the models with most calls, and what a call cost."""
    return ask.answer(
        shapes.LlmUsage, ai.usage, asked=period, metrics=("llm_calls", "llm_cost_per_call"),
        reasons=ai.REASONS,
    )  # fmt: skip


@router.get("/llm/costs", response_model=shapes.LlmCosts, responses=READS, tags=["llm"])
def llm_costs(ask: Metrics, period: Period) -> Response:
    """AI cost: in all, by day, model, provider, plan, and by what a bill states of it."""
    return ask.answer(
        shapes.LlmCosts, ai.costs, asked=period, metrics=("llm_cost",), reasons=ai.REASONS
    )


@router.get("/llm/cache-stats", response_model=shapes.CacheStats, responses=READS, tags=["llm"])
def cache_stats(ask: Metrics, period: Period) -> Response:
    """What the app's own cache answered, and what that saved at list price."""
    return ask.answer(
        shapes.CacheStats, ai.cache, asked=period,
        metrics=("cache_hit_rate", "cache_saved_cost"), reasons=ai.REASONS,
    )  # fmt: skip
