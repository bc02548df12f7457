"""Marts of schema `finance`: recurring revenue, what moved it, who stays, what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from pipelines.files import literal
from pipelines.published.questions import measures
from pipelines.published.questions.measures import bucket, bucket_end
from pipelines.published.questions.periods import Selection, add_months
from pipelines.published.reader import Answer, Published

MONTHS: Final = "finance.mrr_movements_by_month"
DAYS: Final = "finance.mrr_by_day"
PLANS: Final = "finance.mrr_by_plan_month"
PLAN_MONTHS: Final = "finance.mrr_movements_by_plan_month"
PLAN_MOVEMENTS: Final = "core.fct_mrr_movements_by_plan"
COHORTS: Final = "finance.retention_by_cohort_month"
LTV: Final = "finance.ltv_by_segment"
LIFETIMES: Final = "finance.ltv_models_by_segment"
REVENUE: Final = "finance.revenue_by_month"
BILLING: Final = "finance.billing_health_by_month"
COMMITTED: Final = "finance.committed_mrr_by_subscription"
CUSTOMERS: Final = "finance.mrr_by_customer_month"
PRESETS: Final = "finance.mrr_by_preset_customer_month"
#: Why Stripe's own page shows another MRR.
BRIDGE_REASONS: Final = ("discount", "cancel_requested", "first_payment")
ALL_CUSTOMERS: Final = "finance.customers"
#: States of customers and of their health, in the order of their worth.
STATUSES: Final = ("paying", "past_due", "trialing", "paused", "free", "churned")
HEALTHS: Final = ("good", "watch", "at_risk")
#: Domains of e-mail that say nothing about a company, and the most customers that one has.
_MAIL_FOR_ALL: Final = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
    "yahoo.com", "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com", "gmx.de",
    "gmx.net", "gmx.com", "web.de", "mail.com", "mail.ru", "yandex.ru", "qq.com", "163.com",
    "126.com", "zoho.com", "fastmail.com", "hey.com", "t-online.de", "orange.fr", "free.fr",
    "example.com", "example.org", "example.net",
)  # fmt: skip
_MOST_OF_A_COMPANY: Final = 10
CUSTOMER_PLANS: Final = "core.fct_customer_plans_by_month"
ACTUALS: Final = "finance.actuals_by_month"
FORECAST: Final = "finance.forecast_by_month"
FORECAST_MOVEMENTS: Final = "finance.forecast_movements_by_month"
GOALS: Final = "finance.goals_by_month"
TRIALS: Final = "finance.trials_by_month"
CHURNED: Final = "finance.churned_customers"

#: Movement types in the order of the waterfall, and their columns in the marts.
MOVEMENTS: Final = (
    "new", "expansion", "reactivation", "resume", "contraction", "pause", "churn", "fx",
)  # fmt: skip
#: Types of the movements of a plan; what moves between plans of a customer is none of the company.
OF_A_PLAN: Final = (
    "new", "expansion", "reactivation", "resume", "moved_in", "contraction", "pause", "churn",
    "moved_out", "fx",
)  # fmt: skip
#: Types that charts with few series sum into one more.
_RARE: Final = ("resume", "pause", "fx")

_RATES: Final = (
    "customer_churn_rate",
    "gross_mrr_churn_rate",
    "net_mrr_churn_rate",
    "grr",
    "nrr",
    "grr_12_months",
    "nrr_12_months",
    "quick_ratio",
)
_COUNTS: Final = (
    "opening_customers",
    "new_customers",
    "churned_customers",
    "reactivated_customers",
    "closing_customers",
)


def _month_columns(selection: Selection) -> dict[str, str]:
    amounts = ("opening_mrr", "closing_mrr", "net_new_mrr", "arr", "arpa", "churn_mrr",
               "contraction_mrr", "expansion_mrr", "new_mrr", "reactivation_mrr")  # fmt: skip
    return {
        **{name: selection.display.report(name) for name in amounts},
        **{name: name for name in (*_RATES, *_COUNTS)},
        "is_provisional": "is_provisional",
    }


def month(build: Published, selection: Selection) -> Answer:
    """The headline month beside the one it is compared with; see `measures.compared`."""
    columns = _month_columns(selection)
    del columns["is_provisional"]
    return measures.compared(
        build, MONTHS, "month", columns, selection.month, selection.month_against
    )


def months(build: Published, selection: Selection) -> Answer:
    """Amounts, rates and their parts of each month of the range."""
    return measures.months(build, MONTHS, "month", _month_columns(selection), selection.period)


def book_now(build: Published, selection: Selection) -> Answer:
    """One row: the book at the clock of the build, of the chosen plan or of all.

    Columns: since (first day of its month), mrr, arr, customers, net_new_mrr (since then, without
    what exchange rates changed), each with its change since then (`<name>_change`).
    """
    amount = selection.display.report
    if selection.plan is None:
        mart, grain = DAYS, "day"
        book = f"""\
    select
        min(date) as since,
        arg_max(mrr, date) as mrr,
        arg_min(opening_mrr, date) as opening_mrr,
        arg_max(customers, date) as customers,
        (
            select arg_max(customers, date) from {DAYS}
            where date < (select date_trunc('month', max(date)) from {DAYS})
        ) as opening_customers,
        sum(fx_mrr) as fx_mrr
    from {DAYS}
    where date >= (select date_trunc('month', max(date)) from {DAYS})"""
    else:
        mart, grain = PLANS, "plan and month"
        is_plan = f"product_id = {literal(selection.plan)}"
        book = f"""\
    select
        max(month) as since,
        arg_max(mrr, month) as mrr,
        arg_max(opening_mrr, month) as opening_mrr,
        arg_max(customers, month) as customers,
        (
            select arg_max(customers, month) from {PLANS}
            where {is_plan} and month < (select max(month) from {PLANS})
        ) as opening_customers,
        arg_max(fx_mrr, month) as fx_mrr
    from {PLANS}
    where {is_plan}"""
    sql = f"""\
with book as (
{book}
)

select
    since,
    {amount("mrr")} as mrr,
    {amount("(mrr - opening_mrr)")} as mrr_change,
    {amount("(12 * mrr)")} as arr,
    {amount("(12 * (mrr - opening_mrr))")} as arr_change,
    customers,
    customers - opening_customers as customers_change,
    {amount("(mrr - opening_mrr - fx_mrr)")} as net_new_mrr
from book
where since is not null"""
    return Answer(build.table(sql), sql, mart, grain)


def book_months(build: Published, selection: Selection) -> Answer:
    """The book at the end of each month of the range, of the chosen plan or of all.

    Columns: month, mrr, arr, customers, net_new_mrr, is_provisional.
    """
    amounts = selection.display.report
    names = {"mrr": "closing_mrr", "customers": "closing_customers"}
    if selection.plan is not None:
        names = {}
    columns = {name: amounts(names.get(name, name)) for name in ("mrr", "net_new_mrr", "arr")}
    columns |= {
        "customers": names.get("customers", "customers"),
        "is_provisional": "is_provisional",
    }
    if selection.plan is None:
        return measures.months(build, MONTHS, "month", columns, selection.period)
    only = f"product_id = {literal(selection.plan)}"
    return measures.months(build, PLANS, "plan and month", columns, selection.period, only)


def churn_trend(build: Published, selection: Selection) -> Answer:
    """One row per complete month and kind of churn. Columns: date, series, value."""
    kinds = {
        "Customers": "customer_churn_rate",
        "MRR, gross": "gross_mrr_churn_rate",
        "MRR, net": "net_mrr_churn_rate",
    }
    parts = "\nunion all\n".join(
        f"select month as date, '{name}' as series, {column} as value, {rank} as rank\n"
        f"from {MONTHS}\n"
        f"where\n    not is_provisional and {column} is not null\n"
        f"    and month >= {literal(selection.period.first_month)}"
        f" and month < {literal(selection.period.end)}"
        for rank, (name, column) in enumerate(kinds.items())
    )
    sql = f"""\
select date, series, value
from (
{parts}
) as churn
order by rank, date"""
    return Answer(build.table(sql), sql, MONTHS, "month")


def mrr_by_day(build: Published, selection: Selection) -> Answer:
    """MRR at the end of each day, week or month. Columns: date, mrr, at_risk_mrr, customers."""
    grain = selection.grain
    sql = f"""\
select
    max(date) as date,
    arg_max({selection.display.report("mrr")}, date) as mrr,
    arg_max({selection.display.report("at_risk_mrr")}, date) as at_risk_mrr,
    arg_max(customers, date) as customers
from {DAYS}
where date >= {literal(selection.period.start)} and date < {literal(selection.period.end)}
group by {bucket(grain, "date")}
order by 1"""
    return Answer(build.table(sql), sql, DAYS, "day")


def movement_types(selection: Selection) -> tuple[str, ...]:
    """The types of movements of the chosen plan, or of the company."""
    return MOVEMENTS if selection.plan is None else OF_A_PLAN


def _days_of_movements(selection: Selection) -> str:
    """SQL of a relation with a row a day: opening_mrr and a column of each movement type."""
    if selection.plan is None:
        return DAYS
    sums = ",\n            ".join(
        f"coalesce(sum(mrr_change) filter (movement_type = '{name}'), 0) as {name}_mrr"
        for name in OF_A_PLAN
    )
    return f"""(
        select
            days.date,
            any_value(days.is_provisional) as is_provisional,
            coalesce(sum(sum(mrr_change)) over (
                order by days.date rows between unbounded preceding and 1 preceding
            ), 0) as opening_mrr,
            {sums}
        from {DAYS} as days
        left join {PLAN_MOVEMENTS} as moves
            on days.date = moves.movement_date and moves.product_id = {literal(selection.plan)}
        group by days.date
    ) as days_of_plan"""


def _origin_of_movements(selection: Selection) -> tuple[str, str]:
    """The mart that movements are read of, and its grain."""
    if selection.plan is None:
        return DAYS, "day"
    return PLAN_MOVEMENTS, "customer, plan, day and movement type"


def movements(build: Published, selection: Selection) -> Answer:
    """What moved MRR by day, week or month. Columns: date, series, value, is_provisional.

    Of the chosen plan or of all. The rare types (pauses, exchange rates) are one series,
    `__other__`.
    """
    grain, period = selection.grain, selection.period
    usual = [name for name in movement_types(selection) if name not in _RARE]
    sums = {name: f"sum({name}_mrr)" for name in usual}
    sums[measures.OTHER] = " + ".join(f"sum({name}_mrr)" for name in _RARE)
    parts = "\nunion all\n".join(
        f"select date, '{name}' as series, {rank} as rank, "
        f"{selection.display.report(f'moved_{rank}')} as value, is_provisional\nfrom bucketed"
        for rank, name in enumerate(sums)
    )
    listed = ",\n        ".join(f"{sql} as moved_{rank}" for rank, sql in enumerate(sums.values()))
    sql = f"""\
with bucketed as (
    select
        {bucket(grain, "date")} as date,
        {listed},
        bool_or(is_provisional)
        or {bucket(grain, "min(date)")} < {literal(period.start)}
        or {bucket_end(grain, bucket(grain, "min(date)"))} > {literal(period.end)}
            as is_provisional
    from {_days_of_movements(selection)}
    where date >= {literal(period.start)} and date < {literal(period.end)}
    group by 1
),

listed as (
{parts}
)

select date, series, value, is_provisional
from listed
where value <> 0
order by date, rank"""
    return Answer(build.table(sql), sql, *_origin_of_movements(selection))


def waterfall(build: Published, selection: Selection, places: int) -> Answer:
    """From opening to closing MRR of the period, in steps that foot in the digits shown.

    Of the chosen plan or of all. Columns: step (opening, a movement type, closing), amount, bottom
    and top of its bar. Amounts are rounded to `places` along the running total, so that what is
    read adds up exactly.
    """
    period = selection.period
    steps = "\n    union all\n".join(
        f"    select {rank}, '{name}', sum({name}_mrr) from within_period"
        for rank, name in enumerate(movement_types(selection), start=1)
    )
    sql = f"""\
with within_period as (
    select *
    from {_days_of_movements(selection)}
    where date >= {literal(period.start)} and date < {literal(period.end)}
),

steps (rank, step, exact) as (
    select 0, 'opening', arg_min(opening_mrr, date) from within_period
    union all
{steps}
),

running as (
    select
        rank,
        step,
        round({selection.display.report("sum(exact) over (order by rank)")}, {places}) as level
    from steps
),

levels as (
    select rank, step, level, coalesce(lag(level) over (order by rank), 0) as level_before
    from running
)

select step, level - level_before as amount, least(level, level_before) as bottom,
    greatest(level, level_before) as top
from (
    select * from levels
    union all
    select 99, 'closing', max_by(level, rank), 0 from levels
) as bars
where level is not null
order by rank"""
    return Answer(build.table(sql), sql, *_origin_of_movements(selection))


def plan_movements(build: Published, selection: Selection) -> Answer:
    """What came to each plan and what went in the months of the range, the largest first.

    Columns: plan, opening_mrr, a column of each movement type, closing_mrr, product_id.
    """
    display, period = selection.display, selection.period
    only = f"\n    and product_id = {literal(selection.plan)}" if selection.plan else ""
    sums = ",\n    ".join(
        f"{display.report(f'sum({name}_mrr)')} as {name}_mrr" for name in OF_A_PLAN
    )
    sql = f"""\
select
    coalesce(any_value(product_name), product_id) as plan,
    {display.report("coalesce(arg_min(opening_mrr, month), 0)")} as opening_mrr,
    {sums},
    {display.report("arg_max(closing_mrr, month)")} as closing_mrr,
    product_id
from {PLAN_MONTHS}
where
    month >= {literal(period.first_month)} and month < {literal(period.end)}{only}
group by product_id
having max(abs(opening_mrr)) <> 0 or max(abs(closing_mrr)) <> 0 or max(abs(net_new_mrr)) <> 0
order by closing_mrr desc, plan, product_id"""
    return Answer(build.table(sql), sql, PLAN_MONTHS, "plan and month")


def plan_months(build: Published, selection: Selection) -> Answer:
    """MRR of the chosen plan by month: month, opening_mrr, net_new_mrr, fx_mrr, mrr, customers."""
    columns = {
        name: selection.display.report(name)
        for name in ("opening_mrr", "net_new_mrr", "fx_mrr", "mrr")
    } | {"customers": "customers", "is_provisional": "is_provisional"}
    return measures.months(
        build,
        PLANS,
        "plan and month",
        columns,
        selection.period,
        f"product_id = {literal(selection.plan or '')}",
    )


def plans(build: Published, selection: Selection) -> Answer:
    """One row per plan with MRR in the last month of the range, the largest first.

    Columns: plan, mrr, net_new_mrr, customers, arr, product_id, month.
    """
    only = f" and product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = f"""\
select
    coalesce(product_name, product_id) as plan,
    {selection.display.report("mrr")} as mrr,
    {selection.display.report("net_new_mrr")} as net_new_mrr,
    customers,
    {selection.display.report("arr")} as arr,
    product_id,
    month
from {PLANS}
where
    month = {literal(selection.period.last_month)}
    and (mrr <> 0 or net_new_mrr <> 0){only}
order by 2 desc, 1"""
    return Answer(build.table(sql), sql, PLANS, "plan and month")


def plan_names(build: Published) -> dict[str, str]:
    """Names of all plans that ever had MRR by their id, the largest first."""
    sql = f"""\
select product_id, coalesce(max(product_name), product_id) as product_name
from {PLANS}
where product_id is not null
group by 1
having max(mrr) > 0
order by max_by(mrr, month) desc, 1"""
    rows = build.table(sql).to_pylist()
    return {str(row["product_id"]): str(row["product_name"]) for row in rows}


def committed(build: Published, selection: Selection) -> Answer:
    """One row: MRR today, what is known to come of it, and how many subscriptions will change.

    Columns: mrr, committed_mrr, scheduled_change, subscriptions, at_risk_mrr.
    """
    display = selection.display
    sql = f"""\
select
    {display.report("sum(mrr)")} as mrr,
    {display.report("sum(committed_mrr)")} as committed_mrr,
    {display.report("sum(scheduled_change)")} as scheduled_change,
    count(*) filter (where scheduled_change <> 0) as subscriptions,
    (
        select arg_max({display.report("at_risk_mrr")}, date) from {DAYS}
    ) as at_risk_mrr
from {COMMITTED}"""
    return Answer(build.table(sql), sql, COMMITTED, "subscription that earns now or later")


def bridge(build: Published, selection: Selection, places: int) -> Answer:
    """From the MRR of this build to what Stripe's own page shows, in steps that foot as shown.

    Of the month of the range's last day. Columns: step (house, a reason, stripe), amount, bottom,
    top, customers (with such a part).
    """
    amount = selection.display.report
    reasons = "\n    union all\n".join(
        f"    select {rank}, '{name}', coalesce(sum({name}_difference), 0), "
        f"count(*) filter (where {name}_difference <> 0) from of_month"
        for rank, name in enumerate(BRIDGE_REASONS, start=1)
    )
    sql = f"""\
with of_month as (
    select *
    from {PRESETS}
    where month = {literal(selection.period.last_month)}
),

steps (rank, step, exact, customers) as (
    select 0, 'house', sum(mrr), count(*) filter (where mrr > 0) from of_month
    union all
{reasons}
),

running as (
    select rank, step, customers,
        round({amount("sum(exact) over (order by rank)")}, {places}) as level
    from steps
),

levels as (
    select *, coalesce(lag(level) over (order by rank), 0) as level_before
    from running
)

select step, level - level_before as amount, least(level, level_before) as bottom,
    greatest(level, level_before) as top, customers
from (
    select rank, step, customers, level, level_before from levels
    union all
    select 99, 'stripe',
        (select count(*) filter (where stripe_compat_mrr > 0) from of_month),
        max_by(level, rank), 0
    from levels
) as bars
where level is not null
order by rank"""
    return Answer(build.table(sql), sql, PRESETS, "customer and month")


def bridge_customers(build: Published, selection: Selection, most: int = 500) -> Answer:
    """The customers behind the bridge, the largest differences first."""
    amount = selection.display.report
    sql = f"""\
select
    coalesce(people.customer_name, presets.customer_id) as customer_name,
    {amount("presets.mrr")} as mrr,
    {amount("presets.stripe_compat_mrr")} as stripe_mrr,
    {amount("presets.difference")} as difference,
    {amount("presets.discount_difference")} as discount,
    {amount("presets.cancel_requested_difference")} as cancel_requested,
    {amount("presets.first_payment_difference")} as first_payment,
    presets.customer_id
from {PRESETS} as presets
left join core.dim_customers as people on presets.customer_id = people.customer_id
where
    presets.month = {literal(selection.period.last_month)}
    and presets.difference <> 0
order by abs(presets.difference) desc, presets.customer_id
limit {most}"""
    return Answer(build.table(sql), sql, PRESETS, "customer and month")


def cohorts(build: Published, kind: str) -> Answer:
    """Retention of each cohort and month since its first payment.

    Args:
        build: the build to read.
        kind: `logo`, `gross` or `net`.

    Columns: cohort_month (null: the mean of all, weighted by customers at first, of months that
    are over), months_since, value, retained_customers, customers, is_provisional.
    """
    column = {"logo": "logo_retention", "gross": "gross_retention"}.get(kind, "net_retention")
    sql = f"""\
select cohort_month, months_since, {column} as value, retained_customers, customers, is_provisional
from {COHORTS}
where {column} is not null
union all
select
    null,
    months_since,
    cast(sum({column} * customers) / nullif(sum(customers), 0) as decimal(38, 9)),
    sum(retained_customers),
    sum(customers),
    false
from {COHORTS}
where {column} is not null and not is_provisional
group by months_since
order by 1 nulls last, 2"""
    return Answer(build.table(sql), sql, COHORTS, "cohort and month since")


def cohort_customers(
    build: Published, selection: Selection, cohort: date, since: int, most: int = 500
) -> Answer:
    """The customers of a cohort so many months after their first payment, those who left first.

    Columns: customer_name, first_mrr, mrr, is_paying, customer_id, and over all of them (not only
    those listed) customers, retained_customers.
    """
    amount = selection.display.report
    sql = f"""\
select
    coalesce(people.customer_name, ledger.customer_id) as customer_name,
    {amount("begun.mrr")} as first_mrr,
    {amount("ledger.mrr")} as mrr,
    ledger.is_paying,
    ledger.customer_id,
    count(*) over () as customers,
    count(*) filter (where ledger.is_paying) over () as retained_customers
from {CUSTOMERS} as ledger
inner join {CUSTOMERS} as begun
    on ledger.customer_id = begun.customer_id and begun.month = begun.cohort_month
left join core.dim_customers as people on ledger.customer_id = people.customer_id
where
    ledger.cohort_month = {literal(cohort)}
    and ledger.month = {literal(add_months(cohort, since))}
order by ledger.is_paying, begun.mrr desc, ledger.customer_id
limit {most}"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer and month")


def retention_curves(build: Published, kind: str) -> Answer:
    """The six largest cohorts of at least three months. Columns: months_since, series, value."""
    column = {"logo": "logo_retention", "gross": "gross_retention"}.get(kind, "net_retention")
    sql = f"""\
with sized as (
    select cohort_month, max(customers) as customers
    from {COHORTS}
    group by 1
    having max(months_since) >= 3
),

largest as (
    select cohort_month
    from sized
    order by customers desc, cohort_month
    limit {measures.MOST_SERIES}
)

select
    cells.months_since,
    strftime(cells.cohort_month, '%b %Y') as series,
    cells.{column} as value,
    cells.retained_customers,
    cells.customers
from {COHORTS} as cells
inner join largest on cells.cohort_month = largest.cohort_month
where cells.{column} is not null and not cells.is_provisional
order by cells.cohort_month, cells.months_since"""
    return Answer(build.table(sql), sql, COHORTS, "cohort and month since")


def arpa_by_cohort(build: Published, selection: Selection) -> Answer:
    """ARPA of each cohort in the headline month. Columns: cohort_month, arpa, customers, mrr."""
    display = selection.display
    sql = f"""\
select
    cohort_month,
    {display.report("arpa")} as arpa,
    retained_customers as customers,
    {display.report("mrr")} as mrr
from {COHORTS}
where month = {literal(selection.month)} and arpa is not null
order by 1"""
    return Answer(build.table(sql), sql, COHORTS, "cohort and month since")


def ltv(build: Published, selection: Selection, kind: str) -> Answer:
    """Value of a customer by segment. `kind`: plan, channel, cohort or all.

    Columns: segment, sample_size, arpa, churn, gross_margin, ltv_revenue, ltv_margin, cac,
    ltv_to_cac, payback_months, is_small (fewer than 30 customers: read with care).
    """
    display = selection.display
    amounts = ",\n    ".join(
        f"{display.report(f'worth.{name}')} as {name}"
        for name in ("arpa", "ltv_revenue", "ltv_margin", "cac")
    )
    sql = f"""\
select
    coalesce(plans.product_name, worth.segment) as segment,
    worth.sample_size,
    worth.churn,
    worth.gross_margin,
    {amounts},
    worth.ltv_to_cac,
    worth.payback_months,
    worth.sample_size < 30 as is_small
from {LTV} as worth
left join (
    select product_id, max(product_name) as product_name from {PLANS} group by 1
) as plans on worth.segment_kind = 'plan' and worth.segment = plans.product_id
where worth.segment_kind = {literal(kind)}
order by worth.sample_size desc, 1"""
    return Answer(build.table(sql), sql, LTV, "segment kind and segment")


def lifetimes(build: Published, selection: Selection) -> Answer:
    """Lifetimes by the model of a hazard that falls, by segment and billing interval.

    Columns: segment, interval_months, customers, losses, discounted_months with bounds of 95 %,
    ltv_margin, ltv_revenue, simple_ltv_revenue, reason (why the model is not to be trusted).
    """
    amounts = ",\n    ".join(
        f"{selection.display.report(f'worth.{name}')} as {name}"
        for name in ("ltv_margin", "ltv_revenue", "simple_ltv_revenue")
    )
    sql = f"""\
select
    coalesce(plans.product_name, worth.segment) as segment,
    worth.interval_months,
    worth.customers,
    worth.losses,
    worth.discounted_months,
    worth.discounted_months_lower,
    worth.discounted_months_upper,
    {amounts},
    worth.reason
from {LIFETIMES} as worth
left join (
    select product_id, max(product_name) as product_name from {PLANS} group by 1
) as plans on worth.segment_kind = 'plan' and worth.segment = plans.product_id
order by worth.segment_kind, worth.customers desc, 1, 2"""
    return Answer(build.table(sql), sql, LIFETIMES, "segment and billing interval")


_REVENUE_KINDS: Final = ("invoiced", "recognised_revenue", "cash_collected")


def revenue_months(build: Published, selection: Selection) -> Answer:
    """Invoiced, earned and collected by month, with what was lost of it, and growth."""
    amounts = (*_REVENUE_KINDS, "deferred_revenue", "unbilled_revenue", "usage_revenue",
               "usage_run_rate", "credit_pack_revenue", "refunds", "disputes", "fees",
               "bad_debt")  # fmt: skip
    columns = {name: selection.display.report(name) for name in amounts}
    columns |= {name: name for name in ("mom_growth", "qoq_growth", "yoy_growth")}
    columns["is_provisional"] = "is_provisional"
    return measures.months(build, REVENUE, "month", columns, selection.period)


def billing_months(build: Published, selection: Selection) -> Answer:
    """How invoices were paid, by month."""
    columns = {
        name: name
        for name in ("invoices", "paid_invoices", "open_invoices", "failed_invoices",
                     "success_rate", "failed_payments", "recovered_invoices", "is_provisional")
    }  # fmt: skip
    columns["at_risk_mrr"] = selection.display.report("at_risk_mrr")
    return measures.months(build, BILLING, "month", columns, selection.period)


def top_customers(build: Published, selection: Selection, most: int = 20) -> Answer:
    """The customers with most MRR in the last month of the range.

    Columns: customer_name, mrr, mrr_change, cohort_month, customer_id. Of a chosen plan: those who
    are on it at the end of that month, with all that they pay.
    """
    display = selection.display
    only = of_plan(selection, "ledger.customer_id", selection.period.last_month)
    sql = f"""\
select
    coalesce(people.customer_name, ledger.customer_id) as customer_name,
    {display.report("ledger.mrr")} as mrr,
    {display.report("ledger.mrr_change")} as mrr_change,
    ledger.cohort_month,
    ledger.customer_id
from {CUSTOMERS} as ledger
left join core.dim_customers as people on ledger.customer_id = people.customer_id
where ledger.month = {literal(selection.period.last_month)} and ledger.mrr > 0{only}
order by 2 desc, 1
limit {most}"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer and month")


def directory(
    build: Published,
    selection: Selection,
    statuses: Sequence[str] = (),
    health: str | None = None,
    text: str = "",
    most: int = 5_000,
) -> Answer:
    """Customers as of now, those with most MRR first; none left out but by what is asked.

    Args:
        build: the build to read.
        selection: the plan and the currency.
        statuses: only these states; all without any.
        health: only this state of health.
        text: part of a name or id.
        most: rows at most.
    """
    display = selection.display
    wanted = ["true"]
    if statuses:
        wanted.append(f"status in ({', '.join(literal(one) for one in statuses)})")
    if health:
        wanted.append(f"health = {literal(health)}")
    if selection.plan is not None:
        wanted.append(f"product_id = {literal(selection.plan)}")
    if text:
        sought = literal(text.lower())
        wanted.append(
            f"(contains(lower(coalesce(customer_name, '')), {sought})"
            f" or contains(lower(customer_id), {sought}))"
        )
    where = "\n    and ".join(wanted)
    sql = f"""\
select
    coalesce(customer_name, customer_id) as customer_name,
    plan,
    status,
    {display.report("mrr")} as mrr,
    {display.usd("revenue_usd_30d")} as revenue,
    {display.usd("ai_cost_usd_30d")} as cost,
    {display.usd("margin_usd_30d")} as margin,
    margin_rate,
    health,
    llm_calls_30d,
    api_requests_30d,
    last_seen_at,
    first_paid_date,
    country,
    acquisition_channel,
    billing_provider,
    customer_id
from {ALL_CUSTOMERS}
where
    {where}
order by mrr desc nulls last, customer_id
limit {most}"""
    return Answer(build.table(sql), sql, ALL_CUSTOMERS, "customer")


def same_company(build: Published, most: int = 50) -> Answer:
    """Customers that may be one company: they share a domain of e-mail that is not everybody's.

    Nothing is joined by it: a row of seeds/customer_map.csv with a group does that. Columns:
    email_domain, customers, providers, customer_ids.
    """
    listed = ", ".join(literal(one) for one in _MAIL_FOR_ALL)
    sql = f"""\
select
    email_domain,
    count(*) as customers,
    string_agg(distinct billing_provider, ', ' order by billing_provider) as providers,
    string_agg(customer_id, ', ' order by customer_id) as customer_ids
from core.dim_customers
where
    email_domain is not null
    and not is_deleted
    and lower(email_domain) not in ({listed})
group by 1
having count(*) between 2 and {_MOST_OF_A_COMPANY}
order by 2 desc, 1
limit {most}"""
    return Answer(build.table(sql), sql, "core.dim_customers", "customer")


def customer_head(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One row: how a customer stands now, and why; no row for an id that nobody has.

    Columns: customer_name, plan, status, mrr, health, score, reasons, first_paid_date,
    last_seen_at, billing_provider, source_account, native_id.
    """
    sql = f"""\
select
    now.customer_name, now.plan, now.status, {selection.display.report("now.mrr")} as mrr,
    health.health, health.score, health.reasons, now.first_paid_date, now.last_seen_at,
    people.billing_provider, people.source_account, people.native_id
from {ALL_CUSTOMERS} as now
left join product.customer_health as health on now.customer_id = health.customer_id
left join core.dim_customers as people on now.customer_id = people.customer_id
where now.customer_id = {literal(customer_id)}"""
    return Answer(build.table(sql), sql, ALL_CUSTOMERS, "customer")


def of_plan(selection: Selection, customer: str, month: date) -> str:
    """The condition that a customer is on the chosen plan in a month; empty without a plan."""
    if selection.plan is None:
        return ""
    return f"""
    and {customer} in (
        select customer_id from {CUSTOMER_PLANS}
        where month = {literal(month)} and product_id = {literal(selection.plan)}
    )"""


def customer_months(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One customer's MRR by month. Columns: month, mrr, mrr_change, is_provisional."""
    columns = {
        "mrr": selection.display.report("mrr"),
        "mrr_change": selection.display.report("mrr_change"),
        "is_provisional": "is_provisional",
    }
    return measures.months(
        build,
        CUSTOMERS,
        "customer and month",
        columns,
        selection.period,
        f"customer_id = {literal(customer_id)}",
    )


def customer_now(build: Published, selection: Selection, customer_id: str) -> Answer:
    """One row: a customer's MRR in the last month of the build. Columns: month, mrr."""
    sql = f"""\
select month, {selection.display.report("mrr")} as mrr
from {CUSTOMERS}
where customer_id = {literal(customer_id)}
order by month desc
limit 1"""
    return Answer(build.table(sql), sql, CUSTOMERS, "customer and month")


def forecast(build: Published, selection: Selection, metric: str = "mrr") -> Answer:
    """Two years of a metric, the months ahead with their bands, and goals.

    Columns: month, actual, forecast, lower_80, upper_80, lower_95, upper_95, goal, known_change,
    coverage_80, coverage_n, reason. Metric: mrr or recognised_revenue.
    """
    shown = selection.display.report
    bounds = ", ".join(
        f"{shown(f'ahead.{name}')} as {name}"
        for name in ("lower_80", "upper_80", "lower_95", "upper_95")
    )
    sql = f"""\
select
    months.month,
    {shown("actuals.value")} as actual,
    {shown("ahead.value")} as forecast,
    {bounds},
    {shown("goals.goal")} as goal,
    {shown("ahead.known_change")} as known_change,
    ahead.coverage_80,
    ahead.coverage_n,
    coalesce(ahead.reason, goals.reason) as reason
from (
    select month from {ACTUALS} where metric = {literal(metric)} and not is_provisional
    union
    select month from {FORECAST} where metric = {literal(metric)}
    union
    select month from {GOALS} where metric = {literal(metric)}
) as months
left join {ACTUALS} as actuals
    on months.month = actuals.month and actuals.metric = {literal(metric)}
    and not actuals.is_provisional
left join {FORECAST} as ahead
    on months.month = ahead.month and ahead.metric = {literal(metric)}
left join {GOALS} as goals
    on months.month = goals.month and goals.metric = {literal(metric)}
where months.month >= (
    select min(month) - interval 24 month from {FORECAST} where metric = {literal(metric)}
)
order by months.month"""
    return Answer(build.table(sql), sql, FORECAST, "month")


def forecast_movements(build: Published, selection: Selection) -> Answer:
    """What is expected to come and go in the months ahead, in movements that add up to MRR.

    Columns: month, opening_mrr, the movements, closing_mrr, scheduled_change.
    """
    columns = ("opening", *(name for name in MOVEMENTS if name != "fx"), "closing")
    amounts = ",\n    ".join(
        f"{selection.display.report(f'{name}_mrr')} as {name}_mrr" for name in columns
    )
    sql = f"""\
select
    month,
    {amounts},
    {selection.display.report("scheduled_change")} as scheduled_change
from {FORECAST_MOVEMENTS}
order by month"""
    return Answer(build.table(sql), sql, FORECAST_MOVEMENTS, "month")


def trials(build: Published, selection: Selection) -> Answer:
    """Trials that began in the months of the range, by plan; the newest month first.

    Columns: month, plan, tier, trials, converted, lost, running, conversion_rate, is_provisional.
    """
    only = f"\n    and product_id = {literal(selection.plan)}" if selection.plan else ""
    sql = f"""\
select
    month,
    coalesce(product_name, product_id) as plan,
    tier, trials, converted, lost, running, conversion_rate, is_provisional
from {TRIALS}
where
    month >= {literal(selection.period.first_month)}
    and month < {literal(selection.period.end)}{only}
order by month desc, trials desc, 2"""
    return Answer(build.table(sql), sql, TRIALS, "month and plan")


def why_they_left(build: Published, selection: Selection) -> Answer:
    """Who left in the days of the range by what they chose, else by what is on record.

    Columns: cancellation_feedback, cancellation_reason (only where nothing was chosen), customers,
    mrr_change.
    """
    period = selection.period
    sql = f"""\
select
    cancellation_feedback,
    case when cancellation_feedback is null then cancellation_reason end as cancellation_reason,
    count(distinct customer_id) as customers,
    {selection.display.report("sum(mrr_change)")} as mrr_change
from {CHURNED}
where
    churn_date >= {literal(period.start)}
    and churn_date < {literal(period.end)}
group by all
order by customers desc, mrr_change, 1, 2"""
    return Answer(build.table(sql), sql, CHURNED, "customer and day")


def churned_customers(build: Published, selection: Selection, most: int = 500) -> Answer:
    """Who left in the days of the range, the largest first, and why.

    Columns: customer_name, churn_date, mrr_change, reason, cancellation_reason,
    cancellation_feedback, cancellation_comment, customer_id.
    """
    period = selection.period
    sql = f"""\
select
    coalesce(customer_name, customer_id) as customer_name,
    churn_date,
    {selection.display.report("mrr_change")} as mrr_change,
    reason,
    cancellation_reason,
    cancellation_feedback,
    cancellation_comment,
    customer_id
from {CHURNED}
where
    churn_date >= {literal(period.start)}
    and churn_date < {literal(period.end)}
order by mrr_change, churn_date, customer_id
limit {most}"""
    return Answer(build.table(sql), sql, CHURNED, "customer and day")
