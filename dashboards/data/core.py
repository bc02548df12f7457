"""Marts of schema `core`: what providers billed and what customers were invoiced."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboards.data import measures
from dashboards.data.build import Answer, Build, literal, query
from dashboards.data.periods import Period

BILLED_COST: Final = measures.Measure(
    mart="core.fct_provider_costs",
    grain="provider, UTC day, project, key and line item, as last stated",
    value="billed_usd",
    day="cost_date",
)

#: Drafts may still change and voided invoices were taken back: neither is invoiced revenue.
INVOICED_REVENUE: Final = measures.Measure(
    mart="core.fct_invoice_lines",
    grain="invoice line",
    value="net_amount",
    day="cast(invoice_finalized_at as date)",
    where="invoice_status not in ('draft', 'void', 'deleted') and invoice_finalized_at is not null",
)


def billed_cost(build: Build, period: Period) -> Answer:
    """Billed cost of the period in US dollars, compared; see `measures.total`."""
    return measures.total(build, BILLED_COST, period)


def billed_cost_days(build: Build, period: Period) -> Answer:
    """Billed cost of each day of the period; see `measures.days`."""
    return measures.days(build, BILLED_COST, period)


def billed_cost_quality(build: Build, period: Period) -> Answer:
    """One row on the period's bill: what is behind the total and what is not in it.

    Columns: restated (US dollars, as last stated less as first billed), lines_without_rate (bill
    lines in a currency without an exchange rate: their amount is unknown, so not in any total).
    """
    sql = f"""\
select
    sum(billed_usd - first_billed_usd) as restated,
    count(*) filter (where billed_usd is null) as lines_without_rate
from {BILLED_COST.mart}
where cost_date >= {literal(period.start)} and cost_date < {literal(period.end)}"""
    return Answer(query(build, sql), sql, BILLED_COST.mart, BILLED_COST.grain)


def invoice_currencies(build: Build) -> list[str]:
    """Currencies (upper case) that were ever invoiced, the one with most lines first."""
    sql = f"""\
select upper(currency) as currency
from {INVOICED_REVENUE.mart}
where {INVOICED_REVENUE.where} and currency is not null
group by 1
order by count(*) desc, 1"""
    return [str(code) for code in query(build, sql).column("currency").to_pylist()]


def _invoiced_in(currency: str) -> measures.Measure:
    condition = f"{INVOICED_REVENUE.where} and upper(currency) = {literal(currency)}"
    return replace(INVOICED_REVENUE, where=condition, series="upper(currency)")


def invoiced_revenue(build: Build, currency: str, period: Period) -> Answer:
    """Invoiced revenue of the period in one native currency, compared; see `measures.total`."""
    return measures.total(build, _invoiced_in(currency), period)


def invoiced_revenue_days(build: Build, currency: str, period: Period) -> Answer:
    """Invoiced revenue of each day of the period; see `measures.days`."""
    return measures.days(build, _invoiced_in(currency), period)


def invoiced_revenue_by_day(build: Build, currency: str, period: Period) -> Answer:
    """Invoiced revenue by day of finalisation in one currency; see `measures.by_day`."""
    return measures.by_day(build, _invoiced_in(currency), period)


def invoiced_in_other_currencies(build: Build, currency: str, period: Period) -> Answer:
    """One row per other currency of the period: currency, value (native, not converted)."""
    sql = f"""\
select upper(currency) as currency, sum(net_amount) as value
from {INVOICED_REVENUE.mart}
where
    {INVOICED_REVENUE.where}
    and upper(currency) <> {literal(currency)}
    and {INVOICED_REVENUE.day} >= {literal(period.start)}
    and {INVOICED_REVENUE.day} < {literal(period.end)}
group by 1
order by 1"""
    return Answer(query(build, sql), sql, INVOICED_REVENUE.mart, INVOICED_REVENUE.grain)
