"""The revenue ledger: 1,000 to 100,000 customers over 36 months, against a plain monthly spine.

Raw rows are written straight into the raw tables: each customer has a subscription that changes its
quantity now and then, told by events, and an invoice for every month. The alternative is what most
people write: customers x months, joined to the subscriptions' newest state before each month's end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.measure import Comparison, Measurement, measure, python
from benchmarks.warehouses import Warehouse, empty_warehouse

AS_OF: Final = "2026-12-01T00:00:00Z"
SIZES: Final = (1_000, 10_000, 100_000)
SMALL_SIZES: Final = (500, 5_000)
#: Time per change may grow by so much from one size to the next.
MOST_GROWTH: Final = 1.2
MOST_SECONDS: Final = 120.0
MOST_MIB: Final = 4096.0
MARTS: Final = (
    "+mrr_movements_by_month", "+mrr_by_customer_month", "+mrr_by_plan_month", "+mrr_by_day",
    "+committed_mrr_by_subscription", "+billing_health_by_month", "+mrr_reconciliation",
    "+mrr_evidence_by_month", "+mrr_by_preset_customer_month",
)  # fmt: skip
#: Where the revenue models live; what comes before is billing in general.
REVENUE_FOLDERS: Final = ("intermediate/mrr", "core/", "marts/")

#: Customers, their months and quantities; `{customers}` of them. Deterministic by hash.
LIVES: Final = """
create temp table lives as
select
    i, 'cus_' || i as customer, 'sub_' || i as subscription,
    'price_' || (hash(i, 1) % 3) as price,
    timestamp '2023-12-01' + to_months(cast(hash(i, 2) % 36 as int))
        + to_days(cast(hash(i, 3) % 28 as int)) + to_seconds(cast(hash(i, 4) % 80000 as int))
        as started_at,
    cast(1 + hash(i, 5) % 8 as int) as first_quantity,
    cast(3 + hash(i, 6) % 9 as int) as months_between_changes,
    case when hash(i, 7) % 10 < 4 then cast(1 + hash(i, 8) % 30 as int) end as months_stayed
from range({customers}) as numbers (i);

create temp table months as
select
    lives.*, number as month_number,
    started_at + to_months(cast(number as int)) as month_from,
    first_quantity + cast(number // months_between_changes as int) as quantity
from lives
cross join range(36) as numbers (number)
where
    started_at + to_months(cast(number as int)) < timestamp '2026-12-01'
    and (months_stayed is null or number < months_stayed);

create temp table changes as
select *, 'active' as status, cast(null as timestamp) as ended_at
from months where month_number % months_between_changes = 0
union all
select
    lives.*, months_stayed, started_at + to_months(months_stayed),
    first_quantity + cast((months_stayed - 1) // months_between_changes as int), 'canceled',
    started_at + to_months(months_stayed)
from lives
where started_at + to_months(months_stayed) < timestamp '2026-12-01';
"""

RAW: Final = """
insert into raw_stripe._dlt_loads values ('1', 'stripe', 0, now(), 'x');
insert into raw_stripe.products by name
select
    '1' as _dlt_load_id, 'prod_' || n as _version_id, timestamp '2023-11-01' as _observed_at,
    'list' as _observed_via, 1 as _sequence, false as _is_deleted, 'prod_' || n as id,
    'Plan ' || n as name, true as active, timestamp '2023-11-01' as created, '{{}}' as metadata
from range(3) as numbers (n);
insert into raw_stripe.prices by name
select
    '1' as _dlt_load_id, 'price_' || n as _version_id, timestamp '2023-11-01' as _observed_at,
    'list' as _observed_via, 1 as _sequence, false as _is_deleted, 'price_' || n as id,
    'prod_' || n as product, true as active, timestamp '2023-11-01' as created,
    'usd' as currency, 1900 + 2000 * n as unit_amount, 1900 + 2000 * n as unit_amount_decimal,
    'per_unit' as billing_scheme, 'recurring' as type, 'exclusive' as tax_behavior,
    'month' as recurring__interval, 1 as recurring__interval_count,
    'licensed' as recurring__usage_type, '{{}}' as metadata
from range(3) as numbers (n);
insert into raw_stripe.customers by name
select
    '1' as _dlt_load_id, customer as _version_id, started_at as _observed_at,
    'list' as _observed_via, 1 as _sequence, false as _is_deleted, customer as id,
    customer as name, started_at as created, 'usd' as currency, '{{}}' as metadata
from lives;
insert into raw_stripe.subscriptions by name
select
    '1' as _dlt_load_id, subscription || '|' || month_from as _version_id,
    month_from as _observed_at, 'event' as _observed_via, month_number as _sequence,
    false as _is_deleted, subscription as id, customer, status, 'usd' as currency,
    'charge_automatically' as collection_method, started_at as created,
    started_at as start_date, false as cancel_at_period_end, ended_at as canceled_at, ended_at,
    '{{}}' as metadata
from changes;
insert into raw_stripe.subscription_items by name
select
    '1' as _dlt_load_id, subscription || '|' || month_from as _version_id,
    subscription as _root_id, subscription as _parent_id, 0 as _position, 'si_' || i as id,
    started_at as created, quantity, price, 'usd' as price__currency,
    'month' as price__recurring__interval, 1 as price__recurring__interval_count,
    'licensed' as price__recurring__usage_type, 'per_unit' as price__billing_scheme
from changes;
insert into raw_stripe.invoices by name
select
    '1' as _dlt_load_id, 'in_' || i || '_' || month_number as _version_id,
    timestamp '2026-12-01' as _observed_at, 'list' as _observed_via, 1 as _sequence,
    false as _is_deleted, 'in_' || i || '_' || month_number as id, customer,
    subscription as parent__subscription_details__subscription, 'paid' as status,
    'subscription_cycle' as billing_reason, 'charge_automatically' as collection_method,
    'usd' as currency, month_from as created, amount as subtotal, amount as total,
    amount as amount_due, amount as amount_paid, 0 as amount_remaining,
    month_from as status_transitions__finalized_at, month_from as status_transitions__paid_at
from (
    select *, quantity * (1900 + 2000 * cast(right(price, 1) as int)) as amount from months
) as billed;
insert into raw_stripe.invoice_lines by name
select
    '1' as _dlt_load_id, 'in_' || i || '_' || month_number as _version_id,
    'in_' || i || '_' || month_number as _root_id, 'in_' || i || '_' || month_number as _parent_id,
    0 as _position, 'il_' || i || '_' || month_number as id,
    quantity * (1900 + 2000 * cast(right(price, 1) as int)) as amount, 'usd' as currency, quantity,
    month_from as period__start, month_from + interval 1 month as period__end,
    price as pricing__price_details__price, replace(price, 'price', 'prod')
        as pricing__price_details__product,
    'subscription_item_details' as parent__type,
    subscription as parent__subscription_item_details__subscription,
    'si_' || i as parent__subscription_item_details__subscription_item,
    false as parent__subscription_item_details__proration
from months;
"""

#: Customer x month, the newest state before each month's end, and the change against the month
#: before: month grain only, no trials, pauses, discounts, currencies or evidence.
SPINE: Final = """
create schema plain;
create table plain.mrr_by_customer_month as
with spine as (
    select customers.id as customer_id, months.month
    from raw_stripe.customers as customers
    cross join (
        select cast(unnest(generate_series(
            date '2023-12-01', date '2026-11-01', interval 1 month
        )) as date) as month
    ) as months
), states as (
    select
        subscriptions.customer, subscriptions.status, subscriptions._observed_at as valid_from,
        coalesce(lead(subscriptions._observed_at) over (
            partition by subscriptions.id order by subscriptions._observed_at
        ), timestamp '9999-12-31') as valid_to,
        items.quantity * cast(prices.unit_amount as decimal(18, 2)) / 100 as mrr
    from raw_stripe.subscriptions as subscriptions
    inner join raw_stripe.subscription_items as items using (_version_id)
    inner join raw_stripe.prices as prices on items.price = prices.id
), paying as (
    select customer, valid_from, valid_to, mrr from states
    where status in ('active', 'past_due')
)
select spine.customer_id, spine.month, coalesce(sum(paying.mrr), 0) as mrr
from spine
left join paying
    on spine.customer_id = paying.customer
    and paying.valid_from < spine.month + interval 1 month
    and paying.valid_to >= spine.month + interval 1 month
group by all;
create table plain.mrr_movements_by_month as
select
    month,
    sum(case when before = 0 and mrr > 0 then mrr end) as new_mrr,
    sum(case when before > 0 and mrr > before then mrr - before end) as expansion_mrr,
    sum(case when mrr > 0 and mrr < before then mrr - before end) as contraction_mrr,
    sum(case when before > 0 and mrr = 0 then -before end) as churn_mrr,
    sum(mrr) as closing_mrr
from (
    select *, coalesce(lag(mrr) over (partition by customer_id order by month), 0) as before
    from plain.mrr_by_customer_month
) as compared
group by month
"""

RUN_SQL: Final = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('set threads = 2; "
    "set preserve_insertion_order = false'); c.execute(open(sys.argv[2]).read())"
)


def generate(warehouse: Warehouse, customers: int) -> int:
    """Fill the raw tables; returns the number of subscription changes."""
    with warehouse.open() as connection:
        connection.execute(LIVES.format(customers=customers))
        connection.execute(RAW.replace("{{}}", "{}"))
        return _count(connection, "select count(*) from changes")


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def plain_spine(warehouse: Warehouse) -> Measurement:
    """The alternative, as a process of its own."""
    script = warehouse.folder / "spine.sql"
    script.write_text(SPINE)
    return measure(python("-c", RUN_SQL, str(warehouse.path), str(script)))


def same_answer(warehouse: Warehouse) -> bool:
    """Whether both ways see the same MRR at every month's end."""
    with warehouse.open() as connection:
        differing = _count(
            connection,
            """
            select count(*) from plain.mrr_movements_by_month as plain
            full join finance.mrr_movements_by_month as ours using (month)
            where plain.closing_mrr is distinct from ours.closing_mrr and ours.month < '2026-12-01'
            """,
        )
    return differing == 0


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Build each size from raw to marts, and the plain way beside it."""
    per_change: list[float] = []
    for customers in SMALL_SIZES if small else SIZES:
        warehouse = empty_warehouse(scratch / str(customers), AS_OF)
        changes = generate(warehouse, customers)
        ours = warehouse.run(*MARTS)
        revenue = warehouse.model_seconds(REVENUE_FOLDERS)
        plain = plain_spine(warehouse)
        name = f"{customers:,} customers, {changes:,} changes"
        yield Comparison(f"{name}, raw to marts", "customer x month spine", ours, plain).line()
        yield (
            f"  revenue models alone: {revenue:.1f} s (at most {MOST_SECONDS:g} at 100,000),"
            f" peak {ours.peak_mib:,.0f} MiB (at most {MOST_MIB:,.0f});"
            f" same closing MRR both ways: {same_answer(warehouse)}"
        )
        per_change.append(revenue / changes)
        if len(per_change) > 1:
            growth = per_change[-1] / per_change[-2]
            yield f"  time per change against the size before: {growth:.2f} (at most {MOST_GROWTH})"
        warehouse.path.unlink()
