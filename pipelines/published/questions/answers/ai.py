"""LLM use, what it costs, and what the app's own cache saves."""

from __future__ import annotations

from typing import Final

from pipelines.published.questions.answers.company import COST, margins_by_plan, shares
from pipelines.published.questions.answers.spans import Payload, Scene, any_true, less, ratio
from pipelines.published.questions.measures import AI_COST
from pipelines.published.questions.periods import add_months, month_of

USAGE: Final = "product.llm_usage_by_model_day"
MODEL_COST: Final = "unit_economics.cost_by_model_day"
CACHE: Final = "product.cache_by_day"

REASONS: Final = {
    "by_tier": "cost by plan is known by month; ask for whole months, such as last_month",
    "hit_response_time_ms": "times of hits cannot be added up over days; read days",
    "miss_response_time_ms": "times of misses cannot be added up over days; read days",
    "average_cost_per_call": "no call reached a provider in the period",
    "daily_average": "no cost in the period",
}


def _per_call(scene: Scene) -> Payload:
    """Attributed cost and the calls that reached a provider: the parts of cost per call."""
    return scene.row(
        f"""\
select
    {scene.usd(f"sum({AI_COST})")} as cost,
    {scene.usd("sum(estimated_cost_usd)")} as estimated,
    sum(calls - cache_hits) as calls,
    bool_or(is_provisional) as is_provisional
from {COST}
where {scene.within}"""
    )


def usage(scene: Scene, most: int = 10) -> Payload:
    """Calls, tokens and cost of the period, and the models with most calls."""
    total = scene.row(
        f"""\
select
    sum(calls - cache_hits) as total_calls,
    sum(cache_hits) as cache_hits,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(total_tokens) as total_tokens,
    sum(unpriced_calls) as unpriced_calls,
    bool_or(is_provisional) as is_provisional
from {USAGE}
where {scene.within}"""
    )
    models = scene.rows(
        f"""\
select
    provider,
    model_id,
    sum(calls - cache_hits) as calls,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(total_tokens) as total_tokens,
    {scene.usd("sum(cost_usd)")} as cost
from {USAGE}
where {scene.within}
group by 1, 2
order by 3 desc, 1, 2
limit {most}"""
    )
    parts = _per_call(scene)
    return {
        **total,
        "is_provisional": bool(total["is_provisional"]) or bool(parts["is_provisional"]),
        "top_models": models,
        "total_cost": parts["cost"],
        "average_cost_per_call": ratio(parts["cost"], parts["calls"]),
    }


def costs(scene: Scene) -> Payload:
    """The period's AI cost: in all, by day, model, plan, provider and basis."""
    days = scene.rows(
        f"""\
select
    date,
    {scene.usd(f"sum({AI_COST})")} as cost,
    {scene.usd("sum(estimated_cost_usd)")} as estimated,
    bool_or(is_provisional) as is_provisional
from {COST}
where {scene.within}
group by 1
order by 1"""
    )
    models = scene.rows(
        f"""\
select provider, model_id, {_parts(scene)}
from {MODEL_COST}
where {scene.within}
group by 1, 2
having sum(total_cost_usd) <> 0
order by cost desc, 1, 2"""
    )
    providers = scene.rows(
        f"""\
select provider, {_parts(scene)}
from {MODEL_COST}
where {scene.within}
group by 1
having sum(total_cost_usd) <> 0
order by cost desc, 1"""
    )
    parts = _per_call(scene)
    return {
        "total": parts["cost"],
        "daily_average": ratio(parts["cost"], (scene.period.end - scene.period.start).days),
        "by_basis": {
            "billed": less(parts["cost"], parts["estimated"]),
            "estimated": parts["estimated"],
        },
        "by_provider": shares(providers, "cost"),
        "by_model": shares(models, "cost"),
        "by_tier": _by_tier(scene),
        "daily_trend": days,
        "is_provisional": any_true(days),
    }


def _parts(scene: Scene) -> str:
    """SQL of a model's or provider's cost and its parts: what a bill states, what none states."""
    return f"""\
    {scene.usd("sum(total_cost_usd)")} as cost,
    {scene.usd("sum(total_cost_usd - estimated_cost_usd - provisional_cost_usd)")} as billed,
    {scene.usd("sum(estimated_cost_usd)")} as estimated,
    {scene.usd("sum(provisional_cost_usd)")} as provisional"""


def _by_tier(scene: Scene) -> list[Payload] | None:
    """Cost by plan; None where the period is not made of whole months as far as they have gone."""
    period = scene.period
    whole = period.end == month_of(period.end) or period.end == add_months(period.last_month, 1)
    so_far = period.end > scene.build.facts.as_of.date()
    if period.start.day != 1 or not (whole or so_far):
        return None
    rows, _ = margins_by_plan(scene)
    listed = [{key: row[key] for key in ("tier", "product_id", "cost")} for row in rows]
    return shares(listed, "cost")


def cache(scene: Scene) -> Payload:
    """What the app's own cache answered, and what that saved at list price."""
    days = scene.rows(
        f"""\
select
    date, requests, hits, misses, hit_rate,
    {scene.usd("saved_usd")} as cost_saved,
    mean_hit_response_time_ms as hit_response_time_ms,
    mean_miss_response_time_ms as miss_response_time_ms,
    is_provisional
from {CACHE}
where {scene.within}
order by date"""
    )
    total = scene.row(
        f"""\
select
    sum(requests) as requests,
    sum(hits) as hits,
    sum(misses) as misses,
    {scene.usd("sum(saved_usd)")} as cost_saved,
    sum(unpriced_hits) as unpriced_hits,
    arg_max(cache_size_bytes, date) filter (where cache_size_bytes is not null) as size
from {CACHE}
where {scene.within}"""
    )
    one = days[0] if len(days) == 1 else {}
    return {
        **total,
        "hit_rate": ratio(total["hits"], total["requests"]),
        "hit_response_time_ms": one.get("hit_response_time_ms"),
        "miss_response_time_ms": one.get("miss_response_time_ms"),
        "days": days,
        "is_provisional": any_true(days),
    }
