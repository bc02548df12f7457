"""FOCUS files: a month of five million charges against DuckDB's own read of them into a table.

Whole processes, from typing the command to its end. The month is made by DuckDB: hours of resources
of twenty services in ten accounts, some of them models of Bedrock. The floor is DuckDB alone
reading the same files into a table of a new file; it neither checks nor sums nor remembers
anything. What a load takes that finds nothing new is said beside it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.measure import ROOT, Comparison, Measurement, measure, median_of, python

CLOCK: Final = "2026-11-15T12:00:00Z"
FORMATS: Final = ("parquet", "csv")
ROWS: Final = 5_000_000
SMALL_ROWS: Final = 500_000
TIMES: Final = 3
#: Charges of a file, as exports are cut.
ROWS_OF_A_FILE: Final = 1_000_000

#: What is promised.
MOST_TIMES_FLOOR: Final = 1.5
MOST_MIB: Final = 1_000

FLOOR: Final = """
import duckdb, sys
reader = {"parquet": "read_parquet", "csv": "read_csv"}[sys.argv[2]]
with duckdb.connect(sys.argv[3]) as connection:
    connection.execute(f"create table charges as select * from {reader}('{sys.argv[1]}/*')")
"""

_CHARGES: Final = """
select
    ((n * 7919) % 1000003 / 1000000.0)::decimal(18, 10) as "BilledCost",
    '111122223333' as "BillingAccountId",
    'Payer' as "BillingAccountName",
    'USD' as "BillingCurrency",
    timestamp '2026-10-01' as "BillingPeriodStart",
    timestamp '2026-11-01' as "BillingPeriodEnd",
    'Usage' as "ChargeCategory",
    null::varchar as "ChargeClass",
    'Charge of service ' || n % 20 as "ChargeDescription",
    timestamp '2026-10-01' + to_hours((n // 1000) % 744) as "ChargePeriodStart",
    timestamp '2026-10-01 01:00' + to_hours((n // 1000) % 744) as "ChargePeriodEnd",
    (n % 100)::decimal(18, 6) as "ConsumedQuantity",
    'Hours' as "ConsumedUnit",
    ((n * 7919) % 1000003 / 1000000.0)::decimal(18, 10) as "EffectiveCost",
    ((n * 7919) % 1000003 / 900000.0)::decimal(18, 10) as "ListCost",
    'INV-1' as "InvoiceId",
    'AWS' as "ProviderName",
    'Amazon Web Services, Inc.' as "PublisherName",
    'us-east-' || n % 2 as "RegionId",
    'arn:aws:ec2:us-east-1:444455556666:instance/i-' || n % 1000 as "ResourceId",
    case when n % 20 = 0 then 'AI and Machine Learning' else 'Compute' end as "ServiceCategory",
    case when n % 20 = 0 then 'Amazon Bedrock' else 'Service ' || n % 20 end as "ServiceName",
    '4444' || lpad((n % 10)::varchar, 8, '0') as "SubAccountId",
    'Account ' || n % 10 as "SubAccountName",
    '{"team": "' || n % 7 || '"}' as "Tags",
    case
        when n % 20 = 0 then 'USE1-Claude4.6Sonnet-' || ['input', 'output'][n // 20 % 2 + 1]
            || '-tokens'
        else 'USE1-Usage' || n % 20
    end as "x_UsageType"
from range({first}, {last}) as numbers(n)
"""


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Both formats, as lines of text."""
    rows = SMALL_ROWS if small else ROWS
    for name in FORMATS:
        yield from _against_floor(scratch, _charges(scratch, name, rows), name, rows)


def _charges(scratch: Path, name: str, rows: int) -> Path:
    """A folder with so many charges, made once."""
    folder = scratch / f"{name}_{rows}"
    done = folder.with_suffix(".done")
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for first in range(0, rows, ROWS_OF_A_FILE):
            last = min(first + ROWS_OF_A_FILE, rows)
            charges = _CHARGES.replace("{first}", str(first)).replace("{last}", str(last))
            duckdb.sql(f"copy ({charges}) to '{folder}/charges_{first}.{name}' (format {name})")
        done.touch()
    return folder


def _load(scratch: Path, charges: Path, *, anew: bool = True) -> Measurement:
    """`dlt pipeline run focus` into a new warehouse, or once more into the last one."""
    warehouse = scratch / "ours" / "warehouse.duckdb"
    if anew:
        shutil.rmtree(warehouse.parent, ignore_errors=True)
    settings = {
        "WAREHOUSE_PATH": str(warehouse),
        "SOURCES__FOCUS__BUCKET_URL": str(charges),
        "AS_OF": CLOCK,
        "PYTHONPATH": str(ROOT),
    }
    command = [str(Path(sys.executable).with_name("dlt")), "pipeline", "run", "focus"]
    return measure(command, settings)


def _floor(scratch: Path, charges: Path, name: str) -> Measurement:
    file = scratch / "floor.duckdb"
    file.unlink(missing_ok=True)
    return measure(python("-c", FLOOR, str(charges), name, str(file)))


def _against_floor(scratch: Path, folder: Path, name: str, rows: int) -> Iterator[str]:
    _floor(scratch, folder, name)  # the files are in the page cache for both
    ours, floors = [], []
    for _ in range(TIMES):
        floors.append(_floor(scratch, folder, name))
        ours.append(_load(scratch, folder))
    again = _load(scratch, folder, anew=False)
    mine, floor = median_of(ours), median_of(floors)
    _check_loaded(scratch, folder, name)
    what = f"{rows:,} charges, {name}"
    yield Comparison(what, "DuckDB alone", mine, floor, MOST_TIMES_FLOOR).line()
    yield (
        f"    processor time {mine.cpu_seconds:.1f} s against {floor.cpu_seconds:.1f} s, ratio "
        f"{mine.cpu_seconds / floor.cpu_seconds:.2f}; memory {mine.peak_mib:,.0f} MiB (at most "
        f"{MOST_MIB:,}); a load that finds nothing new takes {again.seconds:.1f} s "
        f"({again.cpu_seconds:.1f} s of processor)"
    )


def _check_loaded(scratch: Path, folder: Path, name: str) -> None:
    """A fast load that lost a cent would be no load."""
    reader = {"parquet": "read_parquet", "csv": "read_csv"}[name]
    with duckdb.connect(str(scratch / "ours" / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.execute(
            "select sum(charges), sum(billed_cost)::decimal(38, 9) from raw_focus.charges"
        ).fetchone()
        there = connection.execute(
            'select count(*), sum("BilledCost"::decimal(18, 10))::decimal(38, 9) '
            f"from {reader}('{folder}/*')"
        ).fetchone()
    if loaded != there:
        raise AssertionError(f"{loaded} loaded of {there}")
