"""Headings and formats of the tables of each page: which columns are shown, in which order."""

from __future__ import annotations

from typing import Any, Final

from dashboards.components.tables import (
    PROVISIONAL,
    amount,
    by_period,
    day,
    flag,
    moment,
    month,
    number,
    rate,
    text,
)
from pipelines.published.questions.periods import Selection

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


def ahead(currency: str) -> Columns:
    """MRR by month, its goals and its forecast."""
    return {
        "date": month(),
        "series": text("What"),
        "value": amount("MRR", currency),
        "is_provisional": PROVISIONAL,
    }


def actions() -> Columns:
    """Open alerts and findings."""
    return {
        "kind": text("What", width="small"),
        "message": text("What to know", width="large"),
        "since": day("Since"),
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


def found_customers(currency: str) -> Columns:
    """Customers that a search found."""
    return {
        "customer_name": text("Customer"),
        "email_domain": text("Domain"),
        "mrr": amount("MRR", currency),
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
        "requests": number("LLM calls"),
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
        "churn": rate("Monthly churn, last 6 months"),
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


def churned_customers(currency: str) -> Columns:
    """Who left, and why."""
    return {
        "customer_name": text("Customer"),
        "churn_date": day("Left on"),
        "mrr_change": amount("MRR", currency),
        "reason": text("What happened"),
        "cancellation_reason": text("Reason they gave"),
        "customer_id": text("Id"),
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


def insights() -> Columns:
    """Findings."""
    return {
        "insight_type": text("Finding"),
        "subject_name": text("About"),
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
    }


def alerts(past: bool = False) -> Columns:
    """Alerts with value against threshold."""
    return {
        "severity": text("Severity"),
        "message": text("What happened", width="large"),
        "measured": text("Value"),
        "sample_size": number("Sample"),
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "period_grain": text("Period"),
        "first_seen_at": moment("First seen (UTC)"),
        **({"recovered_at": moment("Recovered (UTC)"), "status": text("State")} if past else {}),
        "alert_id": text("Rule"),
    }


def inbox() -> Columns:
    """Open alerts and how they stand."""
    return {
        "severity": text("Severity", width="small"),
        "state": text("State", width="small"),
        "message": text("What happened", width="large"),
        "measured": text("Value"),
        "period_start": day("Since"),
        "assignee": text("Assigned to"),
        "dimension_value": text("Of"),
        "sample_size": number("Sample"),
        "alert_id": text("Rule"),
    }


def kpi_values() -> Columns:
    """Values of one KPI."""
    return {
        "period_start": day("Period from"),
        "period_grain": text("Period", width="small"),
        "value": number("Value"),
        "numerator": number("Of it"),
        "denominator": number("Of all"),
        "sample_size": number("Sample"),
        "unit": text("Unit", width="small"),
        "is_provisional": PROVISIONAL,
    }


def checked() -> Columns:
    """Values that a rule has looked at."""
    return {
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "value": number("Value"),
        "threshold": number("Threshold"),
        "status": text("State"),
        "sample_size": number("Sample"),
    }


def rules() -> Columns:
    """Rules and how they stand."""
    return {
        "status": text("State"),
        "alert_id": text("Rule"),
        "metric_title": text("What it watches"),
        "dimension_value": text("Of"),
        "period_start": day("Period from"),
        "period_grain": text("Period"),
        "measured": text("Value"),
        "sample_size": number("Sample"),
        "minimum_sample": number("Needed sample"),
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


SERVICES: Final = {
    "name": text("Service", width="small"),
    "kind": text("Kind of service", width="small"),
    "state": text("State", width="small"),
    "settings": text("Settings from", width="medium"),
    "detail": text("To do", width="medium"),
    "load": text("Load started here"),
}
SKIPPED: Final = {
    "source": text("Source", width="small"),
    "endpoint": text("What was skipped", width="medium"),
    "reason": text("Why", width="large"),
}
EXCEPTIONS: Final = {
    "area": text("Area", width="small"),
    "reason": text("Why"),
    "subject_type": text("Kind of object"),
    "subject_id": text("Object", width="medium"),
    "amount": number("Amount"),
    "currency": text("Currency", width="small"),
    "first_seen_at": moment("Since (UTC)"),
}
QUARANTINED: Final = {
    "source": text("Source", width="small"),
    "source_table": text("Raw table"),
    "field": text("Field"),
    "quarantined_rows": number("Rows in quarantine"),
    "files": number("Files"),
    "example_file": text("One of them", width="medium"),
    "first_observed_at": moment("First met (UTC)"),
    "last_observed_at": moment("Last met (UTC)"),
}
ROW_COUNTS: Final = {
    "table_name": text("Table", width="medium"),
    "row_count": number("Rows", width="small"),
    "description": text("What one row is", width="large"),
}
DEFINITIONS: Final = {
    "metric": text("Metric"),
    "title": text("Name"),
    "meaning": text("Meaning", width="large"),
    "formula": text("Formula", width="large"),
    "unit": text("Unit"),
    "mart": text("Mart"),
}
COLUMNS: Final = {
    "column_name": text("Column"),
    "data_type": text("Type"),
    "description": text("Meaning", width="large"),
}
