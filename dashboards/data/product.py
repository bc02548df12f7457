"""Marts of schema `product`."""

from __future__ import annotations

from typing import Final

from dashboards.data import measures
from dashboards.data.build import Answer, Build
from dashboards.data.periods import Period

REQUESTS: Final = measures.Measure(
    mart="product.usage_by_endpoint_day",
    grain="UTC day and endpoint",
    value="calls",
    day="date",
    series=f"coalesce(endpoint, '{measures.UNKNOWN}')",
    provisional="is_provisional",
)


def requests(build: Build, period: Period) -> Answer:
    """Requests of the period, compared; see `measures.total`."""
    return measures.total(build, REQUESTS, period)


def requests_days(build: Build, period: Period) -> Answer:
    """Requests of each day of the period; see `measures.days`."""
    return measures.days(build, REQUESTS, period)


def usage_by_endpoint_day(build: Build, period: Period) -> Answer:
    """Requests by day and endpoint; see `measures.by_day`."""
    return measures.by_day(build, REQUESTS, period)


def endpoints(build: Build) -> list[str]:
    """Endpoints by requests over the whole build, the busiest first."""
    return measures.series_by_size(build, REQUESTS)
