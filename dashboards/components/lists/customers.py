"""Headings of the tables about customers: the directory, and one of them."""

from __future__ import annotations

from dashboards.components.lists.common import Columns
from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    day,
    flag,
    moment,
    month,
    number,
    rate,
    text,
)


def directory(currency: str, dollars: str) -> Columns:
    """All customers as of now."""
    return {
        "customer_name": text("Customer"),
        "plan": text("Plan", width="small"),
        "status": text("State", width="small"),
        "mrr": amount("MRR", currency),
        "revenue": amount("Revenue, 30 days", dollars),
        "cost": amount("AI cost, 30 days", dollars),
        "margin": amount("Margin, 30 days", dollars),
        "margin_rate": rate("Margin rate"),
        "health": text("Health", width="small"),
        "llm_calls_30d": number("LLM calls, 30 days"),
        "api_requests_30d": number("API requests, 30 days"),
        "last_seen_at": moment("Last seen (UTC)"),
        "first_paid_date": day("First paid"),
        "country": text("Country", width="small"),
        "acquisition_channel": text("Channel"),
        "billing_provider": text("Billed by", width="small"),
        "customer_id": text("Id"),
    }


def same_company() -> Columns:
    """Customers that share a domain."""
    return {
        "email_domain": text("Domain of their e-mail"),
        "customers": number("Customers"),
        "providers": text("Billed by"),
        "customer_ids": text("Their ids", width="large"),
    }


def found_customers(currency: str) -> Columns:
    """Customers that a search found."""
    return {
        "customer_name": text("Customer"),
        "email_domain": text("Domain"),
        "mrr": amount("MRR", currency),
        "customer_id": text("Id"),
    }


def customer_endpoints() -> Columns:
    """Endpoints of one customer."""
    return {
        "endpoint": text("Endpoint"),
        "calls": number("Requests"),
        "errors": number("Failed"),
        "error_rate": rate("Error rate"),
        "is_small": flag("Few: read with care"),
        "mean_response_time_ms": number("Mean (ms)"),
        "last_day": day("Last called"),
    }


def invoices() -> Columns:
    """Invoices of one customer."""
    return {
        "invoice_date": day("Day"),
        "net_amount": number("Net"),
        "tax_amount": number("Tax"),
        "currency": text("Currency"),
        "status": text("Status"),
        "lines": number("Lines"),
        "invoice_id": text("Invoice"),
    }


def customer_mrr(currency: str) -> Columns:
    """MRR of one customer by month."""
    return {
        "month": month(),
        "mrr": amount("MRR", currency),
        "mrr_change": amount("Change", currency),
        "is_provisional": PROVISIONAL,
    }


def customer_margin(currency: str) -> Columns:
    """Revenue and cost of one customer by month."""
    return {
        "month": month(),
        "revenue_usd": amount("Revenue", currency),
        "cost_usd": amount("AI cost", currency),
        "margin_usd": amount("Margin", currency),
        "margin_rate": rate("Margin rate"),
        "requests": number("LLM calls"),
        "is_provisional": PROVISIONAL,
    }
