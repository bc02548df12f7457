"""The same events loaded and built on DuckDB, PostgreSQL and Spark, on this one machine.

So that nobody moves for the wrong reason: a server buys sharing, a cluster buys size, neither buys
speed on a machine that DuckDB fills. Needs what `make test-engines` installs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measure import Comparison, Measurement, measure, python
from benchmarks.postgres_server import postgres_server
from benchmarks.spark_cluster import spark_cluster
from benchmarks.warehouses import DBT

EVENTS, SMALL_EVENTS = 10_000_000, 200_000
AS_OF = "2026-11-15T12:00:00Z"

Times = Mapping[str, Measurement]


def run(scratch: Path, small: bool) -> Iterator[str]:
    """Lines of the report; the ratio is the engine's time over DuckDB's."""
    events = SMALL_EVENTS if small else EVENTS
    files = scratch / "events"
    measure(python("-m", "demo", "events", "--out", str(files), "--events", str(events)))
    yield f"{events:,} events, {_mib(files):,.0f} MiB of Parquet"
    duckdb = _times(scratch / "duckdb", files, {"DBT_TARGET": "dev"})
    yield _plain("DuckDB", duckdb, scratch / "duckdb")
    with postgres_server(scratch / "server") as server:
        ours = _times(scratch / "postgres", files, server.create("bench"))
        yield from _compared("PostgreSQL", ours, duckdb)
        size = server.rows("bench", "select pg_database_size('bench')")[0][0]
        yield f"PostgreSQL: {size / 2**20:,.0f} MiB on disk"
    for workers in (1, 2):
        place = scratch / f"spark_{workers}"
        with spark_cluster(place, workers) as cluster:
            settings = {**cluster.settings("bench"), "SPARK_EXECUTOR_MEMORY": "2g"}
            ours = _times(place / "project", files, settings)
        yield from _compared(f"Spark, {workers} worker{'s' * (workers > 1)}", ours, duckdb)
        yield f"Spark: {_mib(place / 'bench'):,.0f} MiB on disk"
        shutil.rmtree(place)


def _times(folder: Path, files: Path, settings: Mapping[str, str]) -> Times:
    """Load, build from nothing, build again with nothing new: `load`, `build`, `again`."""
    folder.mkdir(parents=True)
    environment = {
        **settings,
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
        "PUBLISHED_DIR": str(folder / "published"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "SOURCES__APP_EVENTS__BUCKET_URL": str(files),
        "AS_OF": AS_OF,
    }
    load = [*python("-m", "pipelines.cli", "run"), "app_events"]
    times = {"load": measure(load, environment)}
    measure([DBT, "seed", "--quiet"], environment)
    build = [DBT, "run", "--quiet"]
    times["build"] = measure(build, environment)
    times["again"] = measure(build, environment)
    return times


def _compared(name: str, ours: Times, duckdb: Times) -> Iterator[str]:
    for step, measured in ours.items():
        yield Comparison(f"{name}, {step}", "DuckDB", measured, duckdb[step]).line()


def _plain(name: str, times: Times, folder: Path) -> str:
    steps = ", ".join(f"{step} {measured.seconds:.0f} s" for step, measured in times.items())
    return f"{name}: {steps}; {_mib(folder):,.0f} MiB on disk"


def _mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
