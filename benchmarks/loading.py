"""Loading: event files against DuckDB alone and dlt's default way; Stripe's requests.

Whole processes, from typing the command to its end, on the demo company's events. The floor is
DuckDB alone reading the same files into a table of a new file; it neither checks nor remembers
anything. dlt's default way hands dictionaries to dlt row by row; it is run on 100,000 rows and
scaled. A run that finds nothing new shows what starting and ending takes.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.measure import ROOT, Comparison, Measurement, measure, median_of, python
from demo import DemoParameters, DemoServer, generate_company
from demo.vendors.server import STRIPE_KEY
from pipelines.sources.stripe.endpoints import PAGE_SIZE

CLOCK: Final = "2026-11-15T12:00:00Z"
FORMATS: Final = ("parquet", "jsonl")
#: Rows of events -> times each process is run; the median counts.
SIZES: Final = {1_000_000: 3, 10_000_000: 1}
SMALL_SIZES: Final = {100_000: 3, 1_000_000: 1}
ROW_BY_ROW_EVENTS: Final = 100_000

#: What is promised: at most so many times the floor, seconds above it, and memory.
MOST_TIMES_FLOOR: Final = 2.0
MOST_SECONDS_ABOVE_FLOOR: Final = 4.0
MOST_MIB: Final = 1_000
MOST_TIMES_LEAST_REQUESTS: Final = 1.05

FLOOR: Final = """
import duckdb, sys
reader = {"parquet": "read_parquet", "jsonl": "read_json_auto"}[sys.argv[2]]
with duckdb.connect(sys.argv[3]) as connection:
    connection.execute(f"create table events as select * from {reader}('{sys.argv[1]}/*')")
"""

ROW_BY_ROW: Final = """
import json, sys
from itertools import islice
from pathlib import Path
import dlt

@dlt.resource(name="events")
def events():
    for path in sorted(Path(sys.argv[1]).iterdir()):
        with path.open() as lines:
            yield from map(json.loads, lines)

pipeline = dlt.pipeline(
    "row_by_row", destination=dlt.destinations.duckdb(sys.argv[2]), pipelines_dir=sys.argv[3]
)
pipeline.run(islice(events(), int(sys.argv[4])), table_name="events").raise_on_failed_jobs()
"""


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Everything, as lines of text."""
    sizes = SMALL_SIZES if small else SIZES
    yield from _stripe_requests(scratch)
    peaks: dict[str, list[float]] = {name: [] for name in FORMATS}
    for events, times in sizes.items():
        for name in FORMATS:
            folder = _events(scratch, name, events)
            yield from _against_floor(scratch, folder, name, events, times, peaks[name])
    for name, (least, *_, most) in peaks.items():
        yield (
            f"memory, {name}: {least:,.0f} MiB at the fewest events, {most:,.0f} MiB at the most "
            f"(at most {MOST_MIB:,}, whatever the number)"
        )
    yield from _against_row_by_row(scratch, max(sizes))


def _events(scratch: Path, name: str, events: int) -> Path:
    """A folder with about so many events, made once."""
    folder = scratch / f"{name}_{events}"
    done = folder.with_suffix(".done")
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        arguments = ("--out", str(folder), "--format", name, "--events", str(events))
        measure(python("-m", "demo", "events", *arguments, "--as-of", CLOCK))
        done.touch()
    return folder


def _load(scratch: Path, events: Path, *, anew: bool = True) -> Measurement:
    """`dlt pipeline run app_events` into a new warehouse, or once more into the last one."""
    warehouse = scratch / "ours" / "warehouse.duckdb"
    if anew:
        shutil.rmtree(warehouse.parent, ignore_errors=True)
    dlt_command = Path(sys.executable).with_name("dlt")
    settings = {
        "WAREHOUSE_PATH": str(warehouse),
        "SOURCES__APP_EVENTS__BUCKET_URL": str(events),
        "AS_OF": CLOCK,
        "PYTHONPATH": str(ROOT),
    }
    return measure([str(dlt_command), "pipeline", "run", "app_events"], settings)


def _floor(scratch: Path, events: Path, name: str) -> Measurement:
    file = scratch / "floor.duckdb"
    file.unlink(missing_ok=True)
    return measure(python("-c", FLOOR, str(events), name, str(file)))


def _against_floor(
    scratch: Path, folder: Path, name: str, events: int, times: int, peaks: list[float]
) -> Iterator[str]:
    _floor(scratch, folder, name)  # the files are in the page cache for both
    ours, floors = [], []
    for _ in range(times):
        floors.append(_floor(scratch, folder, name))
        ours.append(_load(scratch, folder))
    again = _load(scratch, folder, anew=False)
    mine, floor = median_of(ours), median_of(floors)
    peaks.append(mine.peak_mib)
    _check_loaded(scratch, folder, name)
    comparison = Comparison(
        f"{events:,} events, {name}", "DuckDB alone", mine, floor, MOST_TIMES_FLOOR
    )
    yield comparison.line()
    yield (
        f"    processor time {mine.cpu_seconds:.1f} s against {floor.cpu_seconds:.1f} s, ratio "
        f"{mine.cpu_seconds / floor.cpu_seconds:.2f}; {mine.seconds - floor.seconds:+.1f} s above "
        f"the floor (at most {MOST_SECONDS_ABOVE_FLOOR:g} at a million); of ours, starting and "
        f"ending takes {again.seconds:.1f} s ({again.cpu_seconds:.1f} s of processor)"
    )


def _check_loaded(scratch: Path, folder: Path, name: str) -> None:
    """A fast load that lost a row would be no load."""
    reader = {"parquet": "read_parquet", "jsonl": "read_json_objects"}[name]
    with duckdb.connect(str(scratch / "ours" / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.execute("select count(*) from raw_app_events.events").fetchone()
        there = connection.execute(f"select count(*) from {reader}('{folder}/*')").fetchone()
    if loaded != there:
        raise AssertionError(f"{loaded} rows loaded of {there}")


def _against_row_by_row(scratch: Path, events: int) -> Iterator[str]:
    folder = _events(scratch, "jsonl", events)
    work = scratch / "row_by_row"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    rows = measure(
        python(
            *("-c", ROW_BY_ROW, str(folder), str(work / "w.duckdb")),
            *(str(work / "pipelines"), str(ROW_BY_ROW_EVENTS)),
        ),
        {"RUNTIME__DLTHUB_TELEMETRY": "false"},
    )
    ours = _load(scratch, folder)
    factor = rows.cpu_seconds / ROW_BY_ROW_EVENTS * events / ours.cpu_seconds
    yield (
        f"dlt row by row, {ROW_BY_ROW_EVENTS:,} events, jsonl: {rows.seconds:.1f} s, "
        f"{rows.peak_mib:,.0f} MiB; scaled to {events:,} events its processor time is "
        f"{factor:,.0f} times ours"
    )


def _stripe_requests(scratch: Path) -> Iterator[str]:
    folder = scratch / "stripe"
    shutil.rmtree(folder, ignore_errors=True)
    company = generate_company(folder / "company", DemoParameters(events=20_000, as_of=CLOCK))
    with DemoServer(company.store, clock=CLOCK) as server:
        settings: Mapping[str, str] = {
            "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
            "SOURCES__STRIPE__API_KEY": STRIPE_KEY,
            "SOURCES__STRIPE__BASE_URL": server.url,
            "AS_OF": CLOCK,
            "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
        }
        command = str(Path(sys.executable).with_name("dlt"))
        took = measure([command, "pipeline", "run", "stripe"], settings)
        made = server.requests.total()
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        least = least_requests(connection)
    yield (
        f"Stripe, first sync: {made} requests, at least {least} are needed; ratio "
        f"{made / least:.3f} (at most {MOST_TIMES_LEAST_REQUESTS:g}); {took.seconds:.1f} s"
    )


def least_requests(connection: duckdb.DuckDBPyConnection) -> int:
    """The least requests in which the newest full sync of `raw_stripe` could have been read.

    A page holds 100 objects, a list that is there takes at least one page, an embedded list shows
    ten and the rest is paged; lists that are asked for per customer take at least one each; and one
    request asks whose key it is.
    """
    endpoints = connection.execute(
        """
        select endpoint, objects_read from raw_stripe.sync_endpoints
        where status = 'loaded'
            and _dlt_load_id = (select max(_dlt_load_id) from raw_stripe.sync_endpoints)
        """
    ).fetchall()
    lists = sum(
        max(1, _pages(objects)) for endpoint, objects in endpoints if endpoint not in PER_PARENT
    )
    parents = sum(
        _integer(connection, PER_PARENT[endpoint])
        for endpoint, objects in endpoints
        if endpoint in PER_PARENT and objects
    )
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw_stripe'"
    ).fetchall()
    nested = sum(
        _integer(
            connection,
            f"""
            select coalesce(sum(ceil((elements - 10) / {PAGE_SIZE})), 0) from (
                select count(*) as elements from raw_stripe.{table} group by _version_id
            ) where elements > 10
            """,
        )
        for table in NESTED
        if (table,) in tables
    )
    return 1 + lists + parents + nested


#: Tables of embedded lists.
NESTED: Final = ("invoice_lines", "subscription_items", "charge_refunds", "credit_note_lines")
#: Endpoints that are asked for per customer -> how many pages there are to ask for.
PER_PARENT: Final = {
    "/v1/billing/credit_balance_transactions": """
        select sum(greatest(1, ceil(objects / 100))) from (
            select count(distinct transactions.id) as objects
            from raw_stripe.credit_grants as grants
            left join raw_stripe.credit_balance_transactions as transactions
                on transactions.credit_grant = grants.id
            group by grants.customer
        )
    """,
    "/v1/billing/meters/{meter}/event_summaries": """
        select sum(greatest(1, ceil(objects / 100))) from (
            select count(distinct summaries.id) as objects
            from raw_stripe.subscription_items as items
            join raw_stripe.subscriptions as subscriptions
                on subscriptions._version_id = items._version_id
            join raw_stripe.prices as prices on prices.id = items.price
            left join raw_stripe.meter_event_summaries as summaries
                on summaries.meter = prices.recurring__meter
                    and summaries.customer = subscriptions.customer
            where prices.recurring__meter is not null and subscriptions.customer is not null
            group by prices.recurring__meter, subscriptions.customer
        )
    """,
}


def _pages(objects: int) -> int:
    return -(-objects // PAGE_SIZE)


def _integer(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0
