"""Warehouses of their own for benchmarks: empty raw tables, filled by SQL, built by dbt."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Measurement, measure

DBT = str(Path(sys.executable).with_name("dbt"))


@dataclass(frozen=True)
class Warehouse:
    """A warehouse in a folder, with the clock that it is built for."""

    folder: Path
    as_of: str

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """What dbt needs to know."""
        return {
            "WAREHOUSE_PATH": str(self.path),
            "PUBLISHED_DIR": str(self.folder / "published"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "AS_OF": self.as_of,
        }

    def dbt(self, *arguments: str) -> Measurement:
        """Run dbt to its end.

        Raises:
            CommandFailedError: it failed.
        """
        return measure([DBT, *arguments], self.environment)

    def run(self, *selected: str, full_refresh: bool = False) -> Measurement:
        """`dbt run` of some models."""
        options = ["--full-refresh"] if full_refresh else []
        return self.dbt("run", "--quiet", *options, "--select", *selected)

    def model_seconds(self, folders: Sequence[str] = ("",)) -> float:
        """Seconds that the models of the last run took, one after the other, without dbt's own."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text())
        manifest = json.loads((self.folder / "target" / "manifest.json").read_text())
        return sum(
            float(result["execution_time"])
            for result in results["results"]
            if (node := manifest["nodes"].get(result["unique_id"]))
            and node["resource_type"] == "model"
            and node["original_file_path"].startswith(tuple(f"models/{name}" for name in folders))
        )

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that may write."""
        with duckdb.connect(
            str(self.path), config={"storage_compatibility_version": "v1.5.0"}
        ) as connection:
            connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
            yield connection


def empty_warehouse(folder: Path, as_of: str) -> Warehouse:
    """Seeds and the raw tables of all sources, without rows."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = Warehouse(folder, as_of)
    warehouse.path.unlink(missing_ok=True)
    warehouse.dbt("seed", "--quiet")
    return warehouse
