"""Servers of the engine tests: started once, by whichever test needs them first."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.postgres_server import PostgresServer, postgres_server
from benchmarks.spark_cluster import SparkCluster, spark_cluster

#: A thousand statements on few rows: compiling each to Java code would take most of the time.
FOR_FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


#: Programs that plan much and compute little gain by compiling less; two cores by one collector.
JAVA_FOR_SHORT_RUNS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the test run."""
    folder = Path(tempfile.mkdtemp(prefix="pg_"))
    try:
        with postgres_server(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """A Spark cluster of the test run: one master, two workers."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JAVA_TOOL_OPTIONS", JAVA_FOR_SHORT_RUNS)
        with spark_cluster(tmp_path_factory.mktemp("spark"), defaults=FOR_FEW_ROWS) as cluster:
            yield cluster
