"""Prove that a change of the project changes no number: build companies twice, compare every cell.

    python scripts/compare_builds.py make --checkout OTHER --out before
    python scripts/compare_builds.py make --checkout . --out after
    python scripts/compare_builds.py compare before after

`make` loads and builds the demo company with a checkout's own commands: three seeds, two clocks,
the second one on top of the first. `compare` reads the published files. Columns that tell of the
run itself (its times, ids and requests) may differ; anything else that does is listed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

SEEDS: Final = (7, 11, 23)
CLOCKS: Final = ("2026-06-12", "2026-06-15")
SIZE: Final = ("--customers", "60", "--months", "12", "--events", "30000")

#: What tells of the run and not of the company.
OF_THE_RUN: Final = {
    "age_hours",
    "build_id",
    "built_at",
    "dbt_version",
    "duckdb_version",
    "first_seen_load_id",
    "last_load_id",
    "last_loaded_at",
    "load_id",
    "loaded_at",
    "requests",
    "seconds",
    "started_at",
    "tables",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="build the companies with a checkout's own commands")
    making.add_argument("--checkout", type=Path, default=Path())
    making.add_argument("--out", type=Path, required=True)
    comparing = commands.add_parser("compare", help="compare what two checkouts published")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "make":
        for seed in SEEDS:
            make(given.checkout.resolve(), given.out.resolve(), seed)
        return 0
    return compare_folders(given.before, given.after)


def make(checkout: Path, out: Path, seed: int) -> None:
    """Publish the company of a seed at both clocks: `<out>/seed<n>_<clock>.duckdb`."""
    folder = out / f"seed{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    demo = "demo" if (checkout / "demo").is_dir() else "pipelines.demo"
    company = folder / "company"
    settings = {
        "PYTHONPATH": str(checkout),
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
        "PUBLISHED_DIR": str(folder / "published"),
        "SEEDS_DIR": os.environ.get("SEEDS_DIR", "seeds"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }

    def run(*command: str) -> None:
        executable = Path(sys.executable).with_name(command[0])
        subprocess.run(
            [str(executable), *command[1:]],
            cwd=checkout,
            env={**os.environ, **settings},
            check=True,
        )

    run(
        *("python", "-m", demo, "generate", "--out", str(company), "--seed", str(seed)),
        *(*SIZE, "--as-of", CLOCKS[0]),
    )
    for clock in CLOCKS:
        if clock != CLOCKS[0]:
            run("python", "-m", demo, "advance", "--out", str(company), "--as-of", clock)
        with _server(checkout, demo, company, clock, settings) as url:
            settings |= {
                "SOURCES__STRIPE__API_KEY": "rk_test_demo_read_only",
                "SOURCES__STRIPE__BASE_URL": url,
                "SOURCES__OPENAI__ADMIN_KEY": "sk-admin-demo",
                "SOURCES__OPENAI__BASE_URL": url,
                "SOURCES__OPENAI__START_DATE": "2025-06-01",
                "SOURCES__APP_EVENTS__BUCKET_URL": str(company / "events"),
                "AS_OF": clock,
            }
            run("dlt", "pipeline", "run")
        run("dbt", "build", "--quiet")
        shutil.copy(
            (folder / "published" / "current.duckdb").resolve(), out / f"seed{seed}_{clock}.duckdb"
        )


@contextmanager
def _server(
    checkout: Path, demo: str, company: Path, clock: str, settings: dict[str, str]
) -> Iterator[str]:
    """The company's API server as a process of its own; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-m", demo, "serve", "--out", str(company))
    server = subprocess.Popen(
        [*command, "--port", str(port), "--as-of", clock],
        cwd=checkout,
        env={**os.environ, **settings},
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def compare_folders(before: Path, after: Path) -> int:
    """Compare the files of equal names; prints each difference, returns 1 if there is one."""
    differences = 0
    cells = 0
    for file in sorted(before.glob("*.duckdb")):
        with duckdb.connect() as connection:
            for name, path in (("before", file), ("after", after / file.name)):
                connection.execute(f"attach '{path}' as {name} (read_only)")
            for line in differing(connection):
                differences += 1
                print(f"{file.stem}: {line}")
            cells += _cells(connection)
    print(f"{cells:,} cells compared, {differences} tables or columns differ")
    return 1 if differences else 0


def differing(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What differs between the attached `before` and `after`: tables, columns, then rows."""
    before, after = _tables(connection, "before"), _tables(connection, "after")
    for table in sorted(before.keys() | after.keys()):
        if table not in after:
            yield f"{table} is gone"
        elif table not in before:
            yield f"{table} is new"
        else:
            gone = [column for column in before[table] if column not in after[table]]
            new = [column for column in after[table] if column not in before[table]]
            if gone or new:
                yield f"{table}: columns gone {gone}, new {new}"
            yield from _rows_differing(
                connection, table, [column for column in before[table] if column not in gone]
            )


def _rows_differing(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> Iterator[str]:
    compared = [column for column in columns if column not in OF_THE_RUN]
    names = ", ".join(f'"{column}"' for column in compared)
    for one, other in (("before", "after"), ("after", "before")):
        found = connection.execute(
            f"select {names} from {one}.{table} except all select {names} from {other}.{table}"
        ).fetchall()
        if found:
            yield f"{table}: {len(found)} rows only {one}, such as {found[0]}"


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = ? order by column_index",
        [database],
    ).fetchall():
        found.setdefault(f'{schema}."{table}"', []).append(column)
    return found


def _cells(connection: duckdb.DuckDBPyConnection) -> int:
    total = 0
    for table, columns in _tables(connection, "before").items():
        row = connection.execute(f"select count(*) from before.{table}").fetchone()
        total += len(columns) * (int(row[0]) if row else 0)
    return total


if __name__ == "__main__":
    sys.exit(main())
