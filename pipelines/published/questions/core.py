"""Facts and dimensions of schema `core`: bills, invoices, movements, customers, remarks."""

from __future__ import annotations

from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions import measures
from pipelines.published.questions.periods import Display, Period, Selection
from pipelines.published.reader import Answer, Published

INVOICES: Final = "core.fct_invoice_lines"
MOVEMENTS: Final = "core.fct_mrr_movements"
PLAN_MOVEMENTS: Final = "core.fct_mrr_movements_by_plan"
CUSTOMERS: Final = "core.dim_customers"
ANNOTATIONS: Final = "core.dim_annotations"
RATES: Final = "core.dim_exchange_rates"
DAYS: Final = "core.dim_days"
NAMES: Final = "core.dim_provider_names"
BILL: Final = "core.fct_provider_costs"

#: What is billed for models; clouds and monitors bill other kinds of cost as well.
_IS_AI: Final = "cost_kind = 'llm'"

#: Rows that a drill-down lists: more is for the SQL page.
MOST_ROWS: Final = 500


def billed_cost(selection: Selection) -> measures.Measure:
    """What providers billed for AI, in US dollars or as shown."""
    return measures.Measure(
        mart=BILL,
        grain="provider, UTC day, project, key and line item, as last stated",
        value=selection.display.usd("billed_usd"),
        day="cost_date",
        series=(
            "coalesce(projects.given_name || ' (' || project_id || ')', project_id, "
            f"'{measures.UNKNOWN}')"
        ),
        provisional="is_provisional",
        where=_IS_AI,
        joins=f"""\
left join (
    select provider as project_provider, named_id as project_key, given_name
    from {NAMES}
    where name_kind = 'project'
) as projects on provider = projects.project_provider and project_id = projects.project_key""",
    )


def billed_total(build: Published, selection: Selection) -> Answer:
    """Billed cost of the period, compared; see `measures.total`."""
    return measures.total(build, billed_cost(selection), selection.period, selection.against)


def billed_history(build: Published, selection: Selection) -> Answer:
    """Billed cost by day, week or month; see `measures.history`."""
    return measures.history(build, billed_cost(selection), selection)


def billed_by_project(build: Published, selection: Selection) -> Answer:
    """Billed cost by project, named where the provider has a name; see `measures.ranking`."""
    return measures.ranking(build, billed_cost(selection), selection.period)


def billed_by_key(build: Published, selection: Selection) -> Answer:
    """Billed cost by key, the largest first.

    Columns: api_key_name, project_name, billed, api_key_id, project_id (null: not said).
    """
    period = selection.period
    sql = f"""\
select
    keys.given_name as api_key_name,
    projects.given_name as project_name,
    {selection.display.usd("sum(bill.billed_usd)")} as billed,
    bill.api_key_id,
    bill.project_id
from {BILL} as bill
left join {NAMES} as keys
    on
        bill.provider = keys.provider
        and keys.name_kind = 'api_key'
        and bill.api_key_id = keys.named_id
left join {NAMES} as projects
    on
        bill.provider = projects.provider
        and projects.name_kind = 'project'
        and bill.project_id = projects.named_id
where
    bill.{_IS_AI}
    and bill.cost_date >= {literal(period.start)} and bill.cost_date < {literal(period.end)}
group by keys.given_name, projects.given_name, bill.api_key_id, bill.project_id
having sum(bill.billed_usd) <> 0
order by 3 desc, 4, 5
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, BILL, "bill line")


def bill_quality(build: Published, selection: Selection) -> Answer:
    """One row on the period's bill: what is behind the total and what is not in it.

    Columns: restated (as last stated less as first billed), lines_without_rate (bill lines in a
    currency without an exchange rate: their amount is unknown, so not in any total).
    """
    period = selection.period
    sql = f"""\
select
    {selection.display.usd("sum(billed_usd - first_billed_usd)")} as restated,
    count(*) filter (where billed_usd is null) as lines_without_rate
from {BILL}
where {_IS_AI} and cost_date >= {literal(period.start)} and cost_date < {literal(period.end)}"""
    return Answer(build.table(sql), sql, BILL, "bill line")


def billed_by_account(build: Published, selection: Selection) -> Answer:
    """What each account of each provider billed, of all kinds of cost, the largest first.

    Columns: provider, source_account, cost_kind, basis, billed, not_final (of it: may still
    change), restated (as last stated less as first billed), lines_without_rate, last_stated_at.
    """
    period, usd = selection.period, selection.display.usd
    sql = f"""\
select
    provider,
    source_account,
    cost_kind,
    basis,
    {usd("sum(billed_usd)")} as billed,
    {usd("coalesce(sum(billed_usd) filter (where not is_final), 0)")} as not_final,
    {usd("sum(billed_usd - first_billed_usd)")} as restated,
    count(*) filter (where billed_usd is null) as lines_without_rate,
    max(last_stated_at) as last_stated_at
from {BILL}
where cost_date >= {literal(period.start)} and cost_date < {literal(period.end)}
group by provider, source_account, cost_kind, basis
order by 5 desc nulls last, 1, 2, 3, 4
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, BILL, "bill line")


def movement_customers(build: Published, selection: Selection, movement: str) -> Answer:
    """The customers behind a movement of the period, of the chosen plan or of all.

    The largest changes first.

    Columns: customer_name, movement_date, mrr_change, reason, customer_id, and over all of them
    (not only those listed) total_change, total_movements.
    """
    period, mart, grain, only = selection.period, MOVEMENTS, "customer, day and movement type", ""
    if selection.plan is not None:
        mart, grain = PLAN_MOVEMENTS, "customer, plan, day and movement type"
        only = f"\n    and moves.product_id = {literal(selection.plan)}"
    sql = f"""\
select
    coalesce(people.customer_name, moves.customer_id) as customer_name,
    moves.movement_date,
    {selection.display.report("moves.mrr_change")} as mrr_change,
    moves.reason,
    moves.customer_id,
    {selection.display.report("sum(moves.mrr_change) over ()")} as total_change,
    count(*) over () as total_movements
from {mart} as moves
left join {CUSTOMERS} as people on moves.customer_id = people.customer_id
where
    moves.movement_type = {literal(movement)}
    and moves.movement_date >= {literal(period.start)}
    and moves.movement_date < {literal(period.end)}{only}
order by abs(moves.mrr_change) desc, moves.movement_date, moves.customer_id
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, mart, grain)


def customer_movements(build: Published, selection: Selection, customer_id: str) -> Answer:
    """All movements of one customer. Columns: movement_date, movement_type, mrr_change, reason."""
    sql = f"""\
select
    movement_date,
    movement_type,
    {selection.display.report("mrr_change")} as mrr_change,
    reason
from {MOVEMENTS}
where customer_id = {literal(customer_id)}
order by movement_date desc, movement_type
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, MOVEMENTS, "customer, day and movement type")


def customer(build: Published, customer_id: str) -> Answer:
    """One customer's attributes; no row for an id that nobody has."""
    sql = f"""\
select
    customer_id, customer_name, email_domain, country, currency, acquisition_channel,
    created_at, signed_up_at, is_deleted, is_delinquent, app_customer_id
from {CUSTOMERS}
where customer_id = {literal(customer_id)}"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer")


def find_customers(build: Published, text: str, most: int = 50) -> Answer:
    """Customers whose name or id contains a text, those with most MRR first."""
    sql = f"""\
select
    coalesce(people.customer_name, people.customer_id) as customer_name,
    people.email_domain,
    newest.mrr,
    people.customer_id
from {CUSTOMERS} as people
left join (
    select customer_id, arg_max(mrr, month) as mrr
    from finance.mrr_by_customer_month
    group by 1
) as newest on people.customer_id = newest.customer_id
where not starts_with(people.customer_id, '__') and (
    contains(lower(coalesce(people.customer_name, '')), {literal(text.lower())})
    or contains(lower(people.customer_id), {literal(text.lower())})
    or contains(lower(coalesce(people.app_customer_id, '')), {literal(text.lower())})
)
order by newest.mrr desc nulls last, 1
limit {most}"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer")


def customer_invoices(build: Published, customer_id: str) -> Answer:
    """One row per invoice of a customer, in its own currency, the newest first."""
    sql = f"""\
select
    invoice_id,
    cast(min(coalesce(invoice_finalized_at, invoice_created_at)) as date) as invoice_date,
    max(invoice_status) as status,
    upper(max(currency)) as currency,
    sum(net_amount) as net_amount,
    sum(tax_amount) as tax_amount,
    count(*) as lines
from {INVOICES}
where customer_id = {literal(customer_id)}
group by invoice_id
order by 2 desc, 1
limit {MOST_ROWS}"""
    return Answer(build.table(sql), sql, INVOICES, "invoice line")


def feature_names(build: Published) -> dict[str, str]:
    """Names of features by id."""
    rows = build.table("select feature_id, feature_name from core.dim_features").to_pylist()
    return {str(row["feature_id"]): str(row["feature_name"]) for row in rows}


def first_day(build: Published) -> date:
    """The first day that the build knows; that of its clock where it knows none."""
    found = build.table(f"select min(date_day) as first_day from {DAYS}").column("first_day")
    return found[0].as_py() or build.facts.as_of.date()


def remarks(build: Published, period: Period) -> Answer:
    """Remarks of the period. Columns: date, label, description."""
    sql = f"""\
select date, label, description
from {ANNOTATIONS}
where date >= {literal(period.start)} and date < {literal(period.end)}
order by date, label"""
    return Answer(build.table(sql), sql, ANNOTATIONS, "remark")


def currencies(build: Published, report: str) -> list[str]:
    """Currencies (upper case) that amounts can be shown in: the report's first, those with rates.

    Only currencies that the company bills in, besides US dollars.
    """
    sql = f"""\
select distinct upper(rates.currency) as currency
from {RATES} as rates
where
    rates.valid_to is null
    and (
        rates.currency in ('usd', {literal(report.lower())})
        or rates.currency in (select currency from {CUSTOMERS})
    )
order by 1"""
    found = [str(code) for code in build.table(sql).column("currency").to_pylist()]
    return [report.upper(), *(code for code in found if code != report.upper())]


def display(build: Published, report: str, wanted: str | None) -> Display:
    """How amounts are shown: as the marts have them, or all in one currency at the last rate.

    The report currency means as the marts have them. Otherwise one rate goes for all days, so that
    whatever adds up in the marts adds up on the page.
    """
    code = (wanted or report).upper()
    if code == report.upper():
        return Display(code)
    sql = f"""\
select
    cast(own.usd_per_report_unit / own.usd_per_unit as decimal(18, 9)) as report_factor,
    cast(1 / own.usd_per_unit as decimal(18, 9)) as usd_factor
from {RATES} as own
where own.currency = {literal(code.lower())} and own.valid_to is null"""
    rows = build.table(sql).to_pylist()
    if not rows or rows[0]["usd_factor"] is None:
        return Display(report.upper())
    return Display(
        code,
        code,
        f"{rows[0]['report_factor']:f}",
        "" if code == "USD" else f"{rows[0]['usd_factor']:f}",
    )
