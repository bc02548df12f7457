"""Headings of the tables about who stays, who leaves and what a customer is worth."""

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


def cohort_customers(currency: str) -> Columns:
    """Customers behind a cell of the cohorts."""
    return {
        "customer_name": text("Customer"),
        "is_paying": flag("Pays then"),
        "first_mrr": amount("MRR at first", currency),
        "mrr": amount("MRR then", currency),
        "customer_id": text("Id"),
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


def why_they_left(currency: str) -> Columns:
    """Reasons, with how many left for each."""
    return {
        "cancellation_feedback": text("What they chose"),
        "cancellation_reason": text("Else on record"),
        "customers": number("Customers"),
        "mrr_change": amount("MRR", currency),
    }


def churned_customers(currency: str) -> Columns:
    """Who left, and why."""
    return {
        "customer_name": text("Customer"),
        "churn_date": day("Left on"),
        "mrr_change": amount("MRR", currency),
        "reason": text("What happened"),
        "cancellation_reason": text("Reason on record"),
        "cancellation_feedback": text("What they chose"),
        "cancellation_comment": text("In their words"),
        "customer_id": text("Id"),
    }


def trials() -> Columns:
    """Trials by the month they began in."""
    return {
        "month": month("Began in"),
        "plan": text("Plan"),
        "trials": number("Trials"),
        "converted": number("Pay since"),
        "lost": number("Lost"),
        "running": number("Still on trial"),
        "conversion_rate": rate("Converted of decided"),
        "tier": text("Tier", width="small"),
        "is_provisional": PROVISIONAL,
    }


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
        "churn": rate("Monthly churn, last 6 months"),
        "gross_margin": rate("Gross margin"),
        "ltv_margin": amount("LTV after AI cost", currency),
        "ltv_revenue": amount("LTV of revenue", currency),
        "cac": amount("CAC", currency),
        "ltv_to_cac": number("LTV / CAC"),
        "payback_months": number("Payback (months)"),
    }


def lifetimes(currency: str) -> Columns:
    """Value of a customer by segment and billing interval, by the model of a falling hazard."""
    return {
        "segment": text("Segment"),
        "interval_months": number("Renews every (months)"),
        "customers": number("Customers"),
        "losses": number("Left"),
        "discounted_months": number("Months paid, discounted"),
        "discounted_months_lower": number("Months from (95 %)"),
        "discounted_months_upper": number("Months to (95 %)"),
        "ltv_margin": amount("LTV after AI cost", currency),
        "ltv_revenue": amount("LTV of revenue", currency),
        "simple_ltv_revenue": amount("Simple LTV of revenue", currency),
        "reason": text("Why not"),
    }
