"""Builds on three engines, compared cell by cell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.postgres_server import PostgresServer
from support.commands import Project
from support.engine_loads import plain_value

AREAS = ("core", "finance", "product", "unit_economics", "monitoring")

#: Columns that name a load or a run, or its time on the wall clock: they differ from run to run.
OF_THE_LOAD = frozenset({"load_id", "loaded_at", "last_loaded_at", "started_at", "first_seen_by"})

#: Percentiles are computed in double precision: off by at most one unit of the last decimal kept.
PERCENTILE = re.compile(r"p50|p95|p99|median|percentile")
PERCENTILE_ERROR = Decimal("0.001")

Rows = list[tuple[Any, ...]]


@dataclass
class EngineProject(Project):
    """A project built on the engine that its settings name, whose tables can be read."""

    server: PostgresServer | None = None

    def command(
        self, *arguments: str, expect: int | None = 0, timeout: float = 7200
    ) -> subprocess.CompletedProcess[str]:
        return super().command(*arguments, expect=expect, timeout=timeout)

    @property
    def target(self) -> Path:
        return self.folder / "target"  # another engine's parse is of no use

    @property
    def engine(self) -> str:
        return self.settings.get("DBT_TARGET", "dev")

    def table(self, schema: str, name: str, columns: Sequence[str]) -> Rows:
        """All rows of a built table."""
        listed = ", ".join(f'"{column}"' for column in columns)
        if self.engine == "postgres":
            assert self.server
            database = self.settings["POSTGRES_DATABASE"]
            return self.server.rows(database, f'select {listed} from {schema}."{name}"')
        if self.engine == "spark":
            with duckdb.connect() as connection:
                connection.execute("set TimeZone = 'UTC'")
                return connection.execute(
                    f"select {listed} from read_parquet('{self._files(schema, name)}', "
                    "hive_partitioning = true, union_by_name = true)"
                ).fetchall()
        return self.rows(f'select {listed} from {schema}."{name}"')

    def _files(self, schema: str, name: str) -> str:
        """Files of a table of Spark; of its copy where it is a view."""
        table = Path(self.settings["SPARK_WAREHOUSE_DIR"]) / f"{schema}.db" / name
        if not table.exists():
            table = self.folder / "views" / schema / name
        return f"{table}/**/*.parquet"

    def copy_views(self, names: Iterable[tuple[str, str]]) -> None:
        """Let Spark write those of the tables that are views into files."""
        if self.engine != "spark":
            return
        tables = Path(self.settings["SPARK_WAREHOUSE_DIR"])
        self.write_views(
            f"{s}/{name}" for s, name in names if not (tables / f"{s}.db" / name).exists()
        )

    def write_views(self, views: Iterable[str]) -> None:
        """Let Spark write views (`schema/view`, or all of a `schema`) into files."""
        shutil.rmtree(self.folder / "views", ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-c", COPY_VIEWS, str(self.folder / "views"), *views],
            env=self.environment(), capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]


#: With the catalogue of the project's session.
COPY_VIEWS = """
import os, sys
from pyspark.sql import SparkSession
metastore = os.environ["SPARK_METASTORE_DIR"]
spark = (
    SparkSession.builder.enableHiveSupport()
    .master(os.environ["SPARK_MASTER"])
    .config("spark.sql.warehouse.dir", os.environ["SPARK_WAREHOUSE_DIR"])
    .config("spark.hadoop.javax.jdo.option.ConnectionURL",
            f"jdbc:derby:;databaseName={metastore};create=true")
    .config("spark.driver.extraJavaOptions", "-Dderby.stream.error.file=/dev/null")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    .config("spark.sql.decimalOperations.allowPrecisionLoss", "false")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.conf.set("spark.sql.ansi.enabled", "false")
folder, *asked = sys.argv[1:]
views = [view for view in asked if "/" in view]
for schema in set(asked) - set(views):
    if spark.catalog.databaseExists(schema):
        found = spark.sql(f"show views in {schema}").collect()
        views += [f"{schema}/{each.viewName}" for each in found]
for view in views:
    spark.table(view.replace("/", ".")).coalesce(1).write.parquet(f"{folder}/{view}")
"""


def tables_of(project: Project) -> Mapping[tuple[str, str], list[str]]:
    """(schema, table) -> its columns, of every core and mart table of a DuckDB warehouse."""
    found: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in project.rows(
        "select table_schema, table_name, column_name from information_schema.columns "
        f"where table_schema in {AREAS} order by table_schema, table_name, column_name"
    ):
        if column not in OF_THE_LOAD:
            found.setdefault((schema, table), []).append(column)
    return found


def differences(
    ours: EngineProject, other: EngineProject, but: frozenset[str] = frozenset()
) -> list[str]:
    """What differs between DuckDB's tables and another engine's, one line per table."""
    found = []
    tables = tables_of(ours)
    other.copy_views(tables)
    for (schema, table), columns in tables.items():
        try:
            said = compare(
                columns,
                ours.table(schema, table, columns),
                other.table(schema, table, columns),
            )
        except Exception as error:
            said = f"cannot be read: {error}"
        if said:
            found.append(f"{schema}.{table}: {said}")
    return found


def compare(columns: Sequence[str], ours: Rows, others: Rows) -> str:
    """Empty where the rows are the same, else what is not."""
    left = Counter(tuple(map(plain_value, row)) for row in ours)
    right = Counter(tuple(map(plain_value, row)) for row in others)
    only_left = sorted((left - right).elements(), key=str)
    only_right = sorted((right - left).elements(), key=str)
    pairs = list(zip(only_left, only_right, strict=False))
    wrong = [(a, b) for a, b in pairs if not _is_within_error(columns, a, b)]
    if len(only_left) == len(only_right) and not wrong:
        return ""
    example = ""
    if wrong:
        a, b = wrong[0]
        example = str([(c, x, y) for c, x, y in zip(columns, a, b, strict=True) if x != y][:5])
    elif only_left or only_right:
        example = str(dict(zip(columns, (only_left or only_right)[-1], strict=True)))
    return (
        f"{len(ours)} rows here, {len(others)} there; {len(only_left)} only here, "
        f"{len(only_right)} only there, e.g. {example}"
    )


def _is_within_error(columns: Sequence[str], a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    row = dict(zip(columns, a, strict=True))
    for column, x, y in zip(columns, a, b, strict=True):
        if x == y:
            continue
        is_percentile = PERCENTILE.search(column) or PERCENTILE.search(str(row.get("metric", "")))
        if not is_percentile or not isinstance(x, Decimal) or not isinstance(y, Decimal):
            return False
        if abs(x - y) > PERCENTILE_ERROR:
            return False
    return True
