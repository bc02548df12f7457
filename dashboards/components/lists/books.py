"""Headings of the tables about MRR, revenue and billing."""

from __future__ import annotations

from dashboards.components.lists.common import Columns
from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    day,
    month,
    number,
    rate,
    text,
)
from pipelines.published.questions import finance
from pipelines.published.questions.formatting import series_name


def mrr(currency: str) -> Columns:
    """MRR over time."""
    return {
        "date": day("Day"),
        "mrr": amount("MRR", currency),
        "at_risk_mrr": amount("Of it at risk", currency),
        "customers": number("Paying customers"),
    }


def ahead(currency: str) -> Columns:
    """MRR by month, its goals and its forecast."""
    return {
        "date": month(),
        "series": text("What"),
        "value": amount("MRR", currency),
        "is_provisional": PROVISIONAL,
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


def plan_movements(currency: str) -> Columns:
    """What came to plans and what went."""
    return {
        "plan": text("Plan"),
        "opening_mrr": amount("Opening", currency),
        **{f"{name}_mrr": amount(series_name(name), currency) for name in finance.OF_A_PLAN},
        "closing_mrr": amount("Closing", currency),
        "product_id": text("Product"),
    }


def plans(currency: str) -> Columns:
    """Plans of a month."""
    return {
        "plan": text("Plan"),
        "mrr": amount("MRR", currency),
        "net_new_mrr": amount("Net new", currency),
        "customers": number("Paying at month's end"),
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
        "unbilled_revenue": "Unbilled",
        "usage_revenue": "Usage",
        "credit_pack_revenue": "Credit packs",
        "refunds": "Refunds",
        "disputes": "Disputes",
        "fees": "Fees",
        "bad_debt": "Bad debt",
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
        "failed_payments": number("Payments that failed"),
        "recovered_invoices": number("Paid after a failure"),
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


def bridge_customers(currency: str) -> Columns:
    """Customers whose MRR Stripe shows otherwise."""
    return {
        "customer_name": text("Customer"),
        "mrr": amount("MRR here", currency),
        "stripe_mrr": amount("MRR at Stripe", currency),
        "difference": amount("Difference", currency),
        "discount": amount("Discounts with an end", currency),
        "cancel_requested": amount("Asked to go", currency),
        "first_payment": amount("Not paid yet", currency),
        "customer_id": text("Id"),
    }


def native_mrr() -> Columns:
    """Providers' own MRR beside ours."""
    return {
        "billing_provider": text("Provider", width="small"),
        "source_account": text("Account", width="small"),
        "reason": text("Why they differ"),
        "currency": text("Currency", width="small"),
        "subscriptions": number("Subscriptions"),
        "native_mrr": number("Their MRR"),
        "mrr": number("MRR here"),
        "difference": number("Difference"),
    }


def mrr_checks() -> Columns:
    """Checks of the revenue ledger."""
    return {
        "check_name": text("Check"),
        "subject": text("Of"),
        "expected": number("Expected"),
        "actual": number("Actual"),
        "difference": number("Difference"),
        "currency": text("Currency", width="small"),
        "subjects": number("Checked"),
        "exceptions": number("Exceptions"),
        "reason": text("Reason", width="large"),
    }
