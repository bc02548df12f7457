"""Headings and formats of the tables of each page: which columns are shown, in which order."""

from __future__ import annotations

from typing import Any

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

Columns = dict[str, Any]


def by_month(thing: str, measured: str, currency: str = "") -> Columns:
    """Rows by month and series."""
    return {
        "date": month(),
        "series": text(thing),
        "value": amount(measured, currency) if currency else number(measured),
        "is_provisional": PROVISIONAL,
    }


def ranking(thing: str, measured: str, currency: str) -> Columns:
    """Rows of a ranking."""
    return {"series": text(thing), "value": amount(measured, currency)}


def waterfall(currency: str) -> Columns:
    """Steps from opening to closing."""
    return {"step": text("Step"), "amount": amount("Amount", currency)}


def mrr(currency: str) -> Columns:
    """MRR over time."""
    return {
        "date": day("Day"),
        "mrr": amount("MRR", currency),
        "at_risk_mrr": amount("Of it at risk", currency),
        "customers": number("Paying customers"),
    }


def plan_months(currency: str) -> Columns:
    """One plan by month."""
    return {
        "month": month(),
        "opening_mrr": amount("Opening", currency),
        "net_new_mrr": amount("Net new", currency),
        "fx_mrr": amount("Exchange rates", currency),
        "mrr": amount("Closing", currency),
        "customers": number("Customers"),
        "is_provisional": PROVISIONAL,
    }


def plans(currency: str) -> Columns:
    """Plans of a month."""
    return {
        "plan": text("Plan"),
        "mrr": amount("MRR", currency),
        "net_new_mrr": amount("Net new", currency),
        "customers": number("Customers"),
        "arr": amount("ARR", currency),
        "product_id": text("Product"),
    }


def revenue(currency: str) -> Columns:
    """Kinds of revenue by month."""
    names = {
        "invoiced": "Invoiced",
        "recognised_revenue": "Earned",
        "cash_collected": "Collected",
        "deferred_revenue": "Deferred",
        "usage_revenue": "Usage",
        "credit_pack_revenue": "Credit packs",
        "refunds": "Refunds",
        "disputes": "Disputes",
        "fees": "Fees",
    }
    return {
        "month": month(),
        **{column: amount(name, currency) for column, name in names.items()},
        "mom_growth": rate("Growth on month"),
        "qoq_growth": rate("Growth on quarter"),
        "yoy_growth": rate("Growth on year"),
        "is_provisional": PROVISIONAL,
    }


def billing(currency: str) -> Columns:
    """How invoices were paid."""
    return {
        "month": month(),
        "invoices": number("Invoices"),
        "paid_invoices": number("Paid"),
        "failed_invoices": number("Failed"),
        "open_invoices": number("Open"),
        "success_rate": rate("Paid of all"),
        "at_risk_mrr": amount("MRR at risk", currency),
        "is_provisional": PROVISIONAL,
    }


def top_customers(currency: str) -> Columns:
    """Customers by MRR."""
    return {
        "customer_name": text("Customer"),
        "mrr": amount("MRR", currency),
        "mrr_change": amount("Change in the month", currency),
        "cohort_month": month("First paid"),
        "customer_id": text("Id"),
    }


def movement_customers(currency: str) -> Columns:
    """Customers behind a movement."""
    return {
        "customer_name": text("Customer"),
        "movement_date": day("Day"),
        "mrr_change": amount("MRR", currency),
        "reason": text("Reason"),
        "customer_id": text("Id"),
    }


def movements(currency: str) -> Columns:
    """Movements of one customer."""
    return {
        "movement_date": day("Day"),
        "movement_type": text("Movement"),
        "mrr_change": amount("MRR", currency),
        "reason": text("Reason"),
    }


def found_customers() -> Columns:
    """Customers that a search found."""
    return {
        "customer_name": text("Customer"),
        "email_domain": text("Domain"),
        "mrr": number("MRR"),
        "customer_id": text("Id"),
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
        "requests": number("Requests"),
        "is_provisional": PROVISIONAL,
    }


def cohorts() -> Columns:
    """Cohorts by months since."""
    return {
        "cohort_month": month("Cohort"),
        "months_since": number("Months since"),
        "value": rate("Retention"),
        "retained_customers": number("Customers left"),
        "customers": number("Customers at first"),
        "is_provisional": PROVISIONAL,
    }


def curves() -> Columns:
    """Retention curves."""
    return {
        "series": text("Cohort"),
        "months_since": number("Months since"),
        "value": rate("Retention"),
        "retained_customers": number("Customers left"),
        "customers": number("Customers at first"),
    }


def churn() -> Columns:
    """Churn by month and kind."""
    return {"date": month(), "series": text("Churn of"), "value": rate("Rate")}


def arpa(currency: str) -> Columns:
    """ARPA by cohort."""
    return {
        "cohort_month": month("Cohort"),
        "arpa": amount("ARPA", currency),
        "customers": number("Customers"),
        "mrr": amount("MRR", currency),
    }


def ltv(currency: str) -> Columns:
    """Value of a customer by segment."""
    return {
        "segment": text("Segment"),
        "sample_size": number("Customers"),
        "is_small": flag("Few: read with care"),
        "arpa": amount("ARPA", currency),
        "churn": rate("Monthly churn"),
        "gross_margin": rate("Gross margin"),
        "ltv_margin": amount("LTV after AI cost", currency),
        "ltv_revenue": amount("LTV of revenue", currency),
        "cac": amount("CAC", currency),
        "ltv_to_cac": number("LTV / CAC"),
        "payback_months": number("Payback (months)"),
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
        "gross_profit_usd": "Gross profit",
        "payment_fees_usd": "Payment fees",
        "other_cost_usd": "Other costs",
        "net_profit_usd": "Net profit",
    }
    return {
        "month": month(),
        **{column: amount(name, currency) for column, name in names.items()},
        "gross_margin_rate": rate("Gross margin"),
        "net_margin_rate": rate("Net margin"),
        "is_provisional": PROVISIONAL,
    }


def margins(column: str, thing: str, currency: str, badge: bool = False) -> Columns:
    """Revenue, cost and margin of things."""
    return {
        column: text(thing),
        **({"badge": text("Status")} if badge else {}),
        "revenue": amount("Revenue", currency),
        "cost": amount("AI cost", currency),
        "margin": amount("Margin", currency),
        "margin_rate": rate("Margin rate"),
        "requests": number("Requests"),
        "customers": number("Customers"),
        "active_customers": number("Active customers"),
        "cost_per_request": amount("Cost per request", currency),
        "cost_per_active_customer": amount("Cost per active customer", currency),
        f"{column.removesuffix('_name')}_id": text("Id"),
    }


def insights() -> Columns:
    """Findings."""
    return {
        "insight_type": text("Finding"),
        "subject_id": text("About"),
        "period_start": day("From"),
        "message": text("What to know", width="large"),
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
        "overage": amount("Overage", currency),
        "cost_per_call": amount("AI cost per call", currency),
        "recommendation": text("Recommendation"),
        "reason": text("Why", width="large"),
        "customer_id": text("Id"),
    }
