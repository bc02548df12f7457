"""AI cost: a full build against one hand-written script, and one more day on a long history.

Raw events and bills are written straight into the raw tables, 100,000 LLM calls a day. The script
does by hand what the models do for such data: price each call, share each bill line by the calls'
list cost with the largest remainder. It knows nothing of late events, restatements, unknown prices,
tiers, keys that are missing or neighbouring days.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from benchmarks.measure import Comparison, Measurement, measure, python
from benchmarks.warehouses import Warehouse, empty_warehouse

LAST_DAY: Final = date(2026, 11, 14)
CALLS_A_DAY: Final = 100_000
SIZES: Final = (1_000_000, 10_000_000, 50_000_000)
SMALL_SIZES: Final = (200_000, 1_000_000)
HISTORIES: Final = (1_000_000, 50_000_000)
SMALL_HISTORIES: Final = (200_000, 2_000_000)
MOST_OF_SCRIPT: Final = 1.5
MOST_MIB: Final = 4096.0
MOST_OF_SHORT_HISTORY: Final = 1.3
MARTS: Final = (
    "+fct_llm_requests", "+fct_cost_attribution", "+cost_by_feature_day", "+cost_by_model_day",
    "+cost_reconciliation_by_day",
)  # fmt: skip

#: A day of calls: two models, three projects with a key each, 500 customers, six features.
EVENTS: Final = """
insert into raw_app_events.events by name
select
    'e' || i as event_id, 'llm_request' as event_type,
    timestamp '{first}' + to_microseconds(i * 864000) as occurred_at,
    'cus_' || (hash(i, 1) % 500) as customer_id, 'feature_' || (hash(i, 2) % 6) as feature,
    'openai' as provider,
    case when hash(i, 3) % 4 = 0 then 'gpt-4o' else 'gpt-4o-mini' end as model,
    false as is_batch, cast(200 + hash(i, 4) % 4000 as bigint) as input_tokens,
    cast(hash(i, 5) % 200 as bigint) as cached_input_tokens, 0 as cache_write_tokens,
    cast(20 + hash(i, 6) % 800 as bigint) as output_tokens,
    'proj_' || (hash(i, 7) % 3) as project_id, 'key_' || (hash(i, 7) % 3) as api_key_id,
    200 as status_code, '{load}.jsonl' as _source_file, i as _line, '{load}' as _dlt_load_id
from range({from_number}, {to_number}) as numbers (i);
insert into raw_app_events._dlt_loads values ('{load}', 'app_events', 0, now(), 'x');
"""

#: The bill of those days: a line per project, key, model and pool, within a percent of the calls.
BILL: Final = """
create or replace temp table billed as
with priced as (
    select
        cast(occurred_at as date) as cost_date, project_id, api_key_id, model,
        unnest([
            {{'pool': 'input', 'nano': (input_tokens - cached_input_tokens) * rates.input}},
            {{'pool': 'cached input', 'nano': cached_input_tokens * rates.cached}},
            {{'pool': 'output', 'nano': output_tokens * rates.output}}
        ], recursive := true)
    from raw_app_events.events
    inner join (
        values ('gpt-4o', 2500, 1250, 10000), ('gpt-4o-mini', 150, 75, 600)
    ) as rates (model, input, cached, output) using (model)
    where occurred_at >= date '{first}'
)
select
    cost_date, project_id, api_key_id, model || ', ' || pool as line_item,
    sum(nano) * (1000 + hash(cost_date, project_id, model, pool) % 10) // 1000 as nano
from priced group by cost_date, project_id, api_key_id, model, pool;
insert into raw_openai.cost_buckets by name
select distinct
    '{load}' as _dlt_load_id, 'v{load}' || cost_date as _version_id,
    timestamp '{synced_at}' as _observed_at, 'list' as _observed_via, 1 as _sequence,
    'h' || cost_date as _content_hash, false as _is_deleted, 'organization|' || cost_date as id,
    'organization' as scope, cost_date as bucket_date, cast(cost_date as timestamp) as start_time,
    cast(cost_date as timestamp) + interval 1 day as end_time, 0 as results_quarantined
from billed;
insert into raw_openai.cost_results by name
select
    '{load}' as _dlt_load_id, 'v{load}' || cost_date as _version_id,
    'organization|' || cost_date as _root_id, 'organization|' || cost_date as _parent_id,
    row_number() over (partition by cost_date order by project_id, line_item) - 1 as _position,
    cast(nano as decimal(38, 0)) * 0.000000001 as amount__value, 'usd' as amount__currency,
    line_item, project_id, api_key_id
from billed;
insert into raw_openai._dlt_loads values ('{load}', 'openai', 0, now(), 'x');
insert into raw_openai.syncs by name
select '{load}' as _dlt_load_id, 'openai' as source, timestamp '{synced_at}' as synced_at,
    timestamp '{synced_at}' as started_at, 'full' as mode;
insert into raw_app_events.syncs by name
select '{load}' as _dlt_load_id, 'app_events' as source, timestamp '{synced_at}' as synced_at,
    timestamp '{synced_at}' as started_at, 'full' as mode;
"""

#: The same result by hand, in nano-dollars.
SCRIPT: Final = """
create schema by_hand;
create table by_hand.llm_requests as
select
    event_id, cast(occurred_at as date) as cost_date, customer_id, feature as feature_id, model,
    project_id, api_key_id, input_tokens, cached_input_tokens, output_tokens,
    (input_tokens - cached_input_tokens) * input as input_nano,
    cached_input_tokens * cached as cached_nano, output_tokens * output as output_nano
from raw_app_events.events
inner join (
    values ('gpt-4o', 2500, 1250, 10000), ('gpt-4o-mini', 150, 75, 600)
) as rates (model, input, cached, output) using (model)
where event_type = 'llm_request';
create table by_hand.attribution as
with sums as (
    select cost_date, project_id, api_key_id, model, feature_id, customer_id,
        sum(input_nano) as input_nano, sum(cached_nano) as cached_nano,
        sum(output_nano) as output_nano
    from by_hand.llm_requests group by all
), weights as (
    select cost_date, project_id, api_key_id, model || ', input' as line_item, feature_id,
        customer_id, input_nano as nano from sums
    union all by name
    select cost_date, project_id, api_key_id, model || ', cached input' as line_item, feature_id,
        customer_id, cached_nano as nano from sums
    union all by name
    select cost_date, project_id, api_key_id, model || ', output' as line_item, feature_id,
        customer_id, output_nano as nano from sums
), lines as (
    select cast(buckets.start_time as date) as cost_date, results.project_id, results.api_key_id,
        results.line_item, cast(results.amount__value * 1000000000 as hugeint) as billed
    from raw_openai.cost_results as results
    inner join raw_openai.cost_buckets as buckets using (_version_id)
), quotas as (
    select weights.*, billed, sum(nano) over line as total,
        billed * nano // sum(nano) over line as quota
    from weights inner join lines using (cost_date, project_id, api_key_id, line_item)
    where nano > 0
    window line as (partition by cost_date, project_id, api_key_id, line_item)
), ranked as (
    select *, billed - sum(quota) over line as leftover,
        row_number() over (
            partition by cost_date, project_id, api_key_id, line_item
            order by billed * nano - quota * total desc, feature_id || '|' || customer_id
        ) as place
    from quotas
    window line as (partition by cost_date, project_id, api_key_id, line_item)
)
select cost_date, project_id, api_key_id, line_item, feature_id, customer_id,
    cast(quota + case when place <= leftover then 1 else 0 end as decimal(38, 0)) * 0.000000001
        as cost_usd
from ranked;
create table by_hand.cost_by_feature_day as
select cost_date, feature_id, sum(cost_usd) as cost_usd from by_hand.attribution group by all
"""

RUN_SQL: Final = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('set threads = 2; "
    "set preserve_insertion_order = false'); c.execute(open(sys.argv[2]).read())"
)


@dataclass(frozen=True)
class History:
    """A warehouse with so many calls up to the last day, the last of them not loaded yet."""

    warehouse: Warehouse
    calls: int

    @property
    def first_day(self) -> date:
        """Day of the first call."""
        return LAST_DAY - timedelta(days=self.calls // CALLS_A_DAY - 1)

    def load(self, load: int, first_number: int, to_number: int) -> None:
        """One load of calls by their numbers, and of the bill of their days."""
        first = self.first_day + timedelta(days=first_number // CALLS_A_DAY)
        values = {
            "load": load,
            "from_number": first_number,
            "to_number": to_number,
            "synced_at": self.warehouse.as_of.removesuffix("Z"),
        }
        with self.warehouse.open() as connection:
            connection.execute(EVENTS.format(first=self.first_day, **values))
            connection.execute(BILL.format(first=first, **values))


def history(folder: Path, calls: int, as_of: date) -> History:
    """An empty warehouse whose last call will be at the end of `LAST_DAY`."""
    return History(empty_warehouse(folder, f"{as_of}T12:00:00Z"), calls)


def by_hand(warehouse: Warehouse) -> Measurement:
    """The script, as a process of its own."""
    script = warehouse.folder / "by_hand.sql"
    script.write_text(SCRIPT)
    return measure(python("-c", RUN_SQL, str(warehouse.path), str(script)))


def differing_rows(warehouse: Warehouse) -> int:
    """Rows of the attribution that are not the same both ways."""
    columns = "cost_date, project_id, api_key_id, line_item, feature_id, customer_id, cost_usd"
    with warehouse.open() as connection:
        row = connection.execute(
            f"""
            select count(*) from (
                (select {columns} from core.fct_cost_attribution
                 except all select {columns} from by_hand.attribution)
                union all
                (select {columns} from by_hand.attribution
                 except all select {columns} from core.fct_cost_attribution)
            ) as differing
            """
        ).fetchone()
    return int(row[0]) if row else -1


def full_builds(scratch: Path, sizes: tuple[int, ...]) -> Iterator[str]:
    """Full build against the script, for each size."""
    for calls in sizes:
        made = history(scratch / f"full_{calls}", calls, LAST_DAY + timedelta(days=1))
        made.load(1, 0, calls)
        start = made.warehouse.run("dim_utc_days")
        ours = made.warehouse.run(*MARTS)
        script = by_hand(made.warehouse)
        yield Comparison(
            f"{calls:,} calls, full build", "script", ours, script, MOST_OF_SCRIPT
        ).line()
        models = made.warehouse.model_seconds()
        yield (
            f"  of ours {start.seconds:.1f} s are dbt's own start; models alone {models:.1f} s,"
            f" {models / script.seconds:.2f} times the script; peak {ours.peak_mib:,.0f} MiB"
            f" (at most {MOST_MIB:,.0f}); rows that differ: {differing_rows(made.warehouse)}"
        )
        shutil.rmtree(made.warehouse.folder)


def one_more_day(scratch: Path, histories: tuple[int, ...]) -> Iterator[str]:
    """The incremental build of one more day of 100,000 calls on a short and on a long history."""
    days: list[Measurement] = []
    for calls in histories:
        folder = scratch / f"day_{calls}"
        made = history(folder, calls + CALLS_A_DAY, LAST_DAY)
        made.load(1, 0, calls)
        made.warehouse.run(*MARTS)
        later = History(Warehouse(folder, f"{LAST_DAY + timedelta(days=1)}T12:00:00Z"), made.calls)
        later.load(2, calls, calls + CALLS_A_DAY)
        days.append(later.warehouse.run(*MARTS))
        yield (
            f"one more day on {calls:,} calls: {days[-1].seconds:.1f} s,"
            f" {days[-1].peak_mib:,.0f} MiB"
        )
        shutil.rmtree(folder)
    ratio = days[-1].seconds / days[0].seconds
    yield f"  long history against short: {ratio:.2f} (at most {MOST_OF_SHORT_HISTORY})"


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Full builds, then one more day."""
    yield from full_builds(scratch, SMALL_SIZES if small else SIZES)
    yield from one_more_day(scratch, SMALL_HISTORIES if small else HISTORIES)
