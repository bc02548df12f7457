"""Headings of the tables about use: endpoints, services, plans, channels, the cache."""

from __future__ import annotations

from dashboards.components.lists.common import Columns
from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    day,
    flag,
    month,
    number,
    rate,
    text,
)
from pipelines.published.questions.periods import Selection


def performance(selection: Selection, measured: str, *, is_rate: bool) -> Columns:
    """A measure of endpoints by day, or of services by month."""
    by_day = selection.grain == "day"
    return {
        "date": day("Day (UTC)") if by_day else month(),
        "series": text("Endpoint" if by_day else "Service"),
        "value": rate(measured) if is_rate else number(measured),
        "calls": number("Requests"),
        "errors": number("Failed"),
        "is_small": flag("Few: read with care"),
        "is_provisional": PROVISIONAL,
    }


def endpoints() -> Columns:
    """Endpoints of a day."""
    return {
        "endpoint": text("Endpoint"),
        "calls": number("Requests"),
        "errors": number("Failed"),
        "error_rate": rate("Error rate"),
        "is_small": flag("Few: read with care"),
        "mean_response_time_ms": number("Mean (ms)"),
        "p50_response_time_ms": number("Median (ms)"),
        "p95_response_time_ms": number("p95 (ms)"),
        "requests_per_minute": number("Requests per minute"),
        "performance_score": number("Score (0-100)"),
    }


def services(currency: str) -> Columns:
    """Services of a month."""
    return {
        "service": text("Service"),
        "events": number("Events"),
        "popularity": rate("Share of events"),
        "growth": rate("Growth on month"),
        "calls": number("Requests"),
        "error_rate": rate("Error rate"),
        "is_small": flag("Few: read with care"),
        "uptime": rate("Uptime"),
        "p95_response_time_ms": number("p95 (ms)"),
        "users": number("Users"),
        "customers": number("Customers"),
        "units": number("Metered units"),
        "cost": amount("Cost", currency),
        "cost_per_active_user": amount("Cost per active user", currency),
    }


def services_over_time(*, weekly: bool) -> Columns:
    """Services by week or month."""
    return {
        "date": day("Week from") if weekly else month(),
        "service": text("Service"),
        "events": number("Events"),
        "calls": number("Requests"),
        "errors": number("Failed"),
        "error_rate": rate("Error rate"),
        "is_small": flag("Few: read with care"),
        "uptime": rate("Uptime"),
        "p50_response_time_ms": number("Median (ms)"),
        "p95_response_time_ms": number("p95 (ms)"),
        "users": number("Users"),
        "llm_calls": number("LLM calls"),
        "feature_uses": number("Uses of features"),
        "is_provisional": PROVISIONAL,
    }


def features(currency: str) -> Columns:
    """Features and their use."""
    return {
        "feature": text("Feature"),
        "customers": number("Customers that used it"),
        "feature_uses": number("Uses"),
        "units": number("Metered units"),
        "llm_calls": number("LLM calls"),
        "cache_hits": number("From the app's own cache"),
        "input_tokens": number("Input tokens"),
        "output_tokens": number("Output tokens"),
        "list_cost": amount("At list price", currency),
        "unpriced_calls": number("Calls without a price"),
        "is_provisional": PROVISIONAL,
        "feature_id": text("Id"),
    }


def services_by_plan() -> Columns:
    """What the customers of each plan use."""
    return {
        "plan": text("Plan"),
        "service": text("Service"),
        "active_customers": number("Customers that used it"),
        "customers": number("Customers on plan"),
        "adoption_rate": rate("Share of them"),
        "calls": number("Requests"),
        "llm_calls": number("LLM calls"),
    }


def adoption() -> Columns:
    """Plans and how they are used."""
    return {
        "plan": text("Plan"),
        "customers": number("On the plan at month's end, trials too"),
        "trial_customers": number("Of them on trial"),
        "active_customers": number("Active"),
        "adoption_rate": rate("Active of all"),
        "calls": number("Requests"),
        "llm_calls": number("LLM calls"),
        "calls_per_active_customer": number("Requests per active customer"),
        "services_per_active_customer": number("Services per active customer"),
    }


def acquisition(currency: str, dollars: str) -> Columns:
    """Channels of a month."""
    return {
        "acquisition_channel": text("Channel"),
        "signups": number("Signups"),
        "new_customers": number("New customers"),
        "new_customers_per_signup": number("New customers for each signup"),
        "new_mrr": amount("New MRR", currency),
        "spend": amount("Spend", dollars),
        "cost_per_signup": amount("Cost per signup", dollars),
        "cost_per_acquisition": amount("Cost per new customer", dollars),
    }


def cache(currency: str) -> Columns:
    """The app's own cache by day."""
    return {
        "date": day("Day (UTC)"),
        "requests": number("LLM calls"),
        "hits": number("Hits"),
        "misses": number("Misses"),
        "hit_rate": rate("Hit rate"),
        "saved": amount("Saved at list price", currency),
        "unpriced_hits": number("Hits without a price"),
        "p50_hit_response_time_ms": number("Hit, median (ms)"),
        "p50_miss_response_time_ms": number("Miss, median (ms)"),
        "p95_hit_response_time_ms": number("Hit, p95 (ms)"),
        "p95_miss_response_time_ms": number("Miss, p95 (ms)"),
        "cache_size_bytes": number("Size (bytes)"),
    }


def allowance(currency: str) -> Columns:
    """Allowances and what is recommended."""
    return {
        "month": month(),
        "customer_name": text("Customer"),
        "plan": text("Plan"),
        "calls": number("Calls"),
        "allowance": number("Included"),
        "allowance_used": rate("Used"),
        "overage_calls": number("Calls above"),
        "plan_price": amount("Pays for the plan", currency),
        "overage": amount("Overage", currency),
        "total": amount("With overage", currency),
        "price_per_call": amount("Price per call", currency),
        "cost_per_call": amount("AI cost per call", currency),
        "recommendation": text("Recommendation"),
        "reason": text("Why", width="large"),
        "customer_id": text("Id"),
    }
