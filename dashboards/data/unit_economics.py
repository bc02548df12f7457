"""Marts of schema `unit_economics`."""

from __future__ import annotations

from typing import Final

from dashboards.data import measures
from dashboards.data.build import Answer, Build, literal, query
from dashboards.data.periods import Period

MODEL_COST: Final = measures.Measure(
    mart="unit_economics.cost_by_model_day",
    grain="UTC day, provider and model",
    value="cost_usd",
    day="date",
    series=f"coalesce(model_id, '{measures.UNKNOWN}')",
    provisional="is_provisional",
)


def cost_by_model_day(build: Build, period: Period) -> Answer:
    """Billed cost by day and model in US dollars; see `measures.by_day`."""
    return measures.by_day(build, MODEL_COST, period)


def cost_days(build: Build, period: Period) -> Answer:
    """Billed cost of each day of the period; see `measures.days`."""
    return measures.days(build, MODEL_COST, period)


def unmapped_cost(build: Build, period: Period) -> Answer:
    """One row: billed US dollars of line items that seeds/line_item_map.csv does not know."""
    sql = f"""\
select sum(cost_usd) as value
from {MODEL_COST.mart}
where
    not is_mapped
    and date >= {literal(period.start)}
    and date < {literal(period.end)}"""
    return Answer(query(build, sql), sql, MODEL_COST.mart, MODEL_COST.grain)


def models(build: Build) -> list[str]:
    """Models by cost over the whole build, the dearest first."""
    return measures.series_by_size(build, MODEL_COST)
