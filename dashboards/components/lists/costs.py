"""Headings of the tables about bills, unit costs, profit and margins."""

from __future__ import annotations

from dashboards.components.lists.common import Columns
from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    by_period,
    day,
    moment,
    month,
    number,
    rate,
    text,
)
from pipelines.published.questions.periods import Selection


def keys(currency: str) -> Columns:
    """Keys of a provider and what they were billed."""
    return {
        "api_key_name": text("Key"),
        "project_name": text("Project"),
        "billed": amount("Billed", currency),
        "api_key_id": text("Id of the key"),
        "project_id": text("Id of the project"),
    }


def accounts(currency: str) -> Columns:
    """Accounts of providers and what they billed, by kind of cost."""
    return {
        "provider": text("Provider", width="small"),
        "source_account": text("Account", width="small"),
        "cost_kind": text("Kind of cost", width="small"),
        "basis": text("Billed or estimated", width="small"),
        "billed": amount("Billed", currency),
        "not_final": amount("May still change", currency),
        "restated": amount("Restated", currency),
        "lines_without_rate": number("Lines without a rate"),
        "last_stated_at": moment("Last changed (UTC)"),
    }


def bill_controls(currency: str) -> Columns:
    """Whether each account's bill is whole."""
    return {
        "provider": text("Provider", width="small"),
        "source_account": text("Account", width="small"),
        "days": number("Days billed"),
        "billed": amount("Billed", currency),
        "days_with_control": number("Days with a total to compare"),
        "days_off": number("Days that differ from it"),
        "difference": amount("By", currency),
        "unreadable_lines": number("Lines that could not be read"),
        "days_not_final": number("Days that may still change"),
        "ratio": number("Billed to usage at list price"),
    }


def unit_costs(currency: str) -> Columns:
    """AI cost per call and token by month."""
    return {
        "month": month(),
        "llm_cost_usd": amount("AI cost", currency),
        "llm_calls": number("LLM calls"),
        "llm_tokens": number("Tokens"),
        "llm_cost_usd_per_call": amount("Per call", currency),
        "llm_cost_usd_per_thousand_tokens": amount("Per 1,000 tokens", currency),
        "is_provisional": PROVISIONAL,
    }


def profit(currency: str) -> Columns:
    """Profit by month."""
    names = {
        "revenue_usd": "Revenue",
        "llm_cost_usd": "AI cost",
        "unattributed_cost_usd": "Of it unattributed",
        "infrastructure_cost_usd": "Infrastructure",
        "observability_cost_usd": "Observability",
        "payment_fees_usd": "Payment fees",
        "gross_profit_usd": "Gross profit",
        "other_cost_usd": "Other costs",
        "bad_debt_usd": "Bad debt",
        "net_profit_usd": "Net profit",
    }
    return {
        "month": month(),
        **{column: amount(name, currency) for column, name in names.items()},
        "gross_margin_rate": rate("Gross margin"),
        "net_margin_rate": rate("Net margin"),
        "missing_costs": text("Costs not known"),
        "is_provisional": PROVISIONAL,
    }


def profit_by_time(selection: Selection, currency: str) -> Columns:
    """Profit by the grain that is chosen."""
    names = {
        "revenue_usd": "Revenue",
        "llm_cost_usd": "AI cost",
        "total_cost_usd": "All costs",
        "gross_profit_usd": "Gross profit",
        "net_profit_usd": "Net profit",
    }
    return {
        "date": by_period(selection, "", "")["date"],
        **{column: amount(name, currency) for column, name in names.items()},
        "missing_costs": text("Costs not known"),
        "is_provisional": PROVISIONAL,
    }


def margins(column: str, thing: str, currency: str) -> Columns:
    """Revenue, cost and margin of things."""
    return {
        column: text(thing),
        "badge": text("What stands out"),
        "revenue": amount("Revenue", currency),
        "cost": amount("AI cost", currency),
        "estimated": amount("Of it at list price", currency),
        "margin": amount("Margin", currency),
        "margin_rate": rate("Margin rate"),
        "requests": number("LLM calls"),
        "customers": number("Customers it earned from"),
        "active_customers": number("Active customers"),
        "cost_per_request": amount("Cost per LLM call", currency),
        "cost_per_active_customer": amount("Cost per active customer", currency),
        f"{column.removesuffix('_name')}_id": text("Id"),
    }


def cost_exceptions(currency: str) -> Columns:
    """Bills that are not explained to the last digit."""
    return {
        "date": day("Day (UTC)"),
        "provider": text("Provider"),
        "project_id": text("Project"),
        "billed": amount("Billed", currency),
        "attributed": amount("Attributed", currency),
        "unattributed": amount("Unattributed", currency),
        "restated": amount("Restated", currency),
        "coverage": rate("Attributed of billed"),
        "billed_to_estimated_ratio": number("Billed to estimate"),
        "unpriced_calls": number("Calls without a price"),
    }
