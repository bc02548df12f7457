"""A Spark standalone cluster of its own on the loopback address: one master, some workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from benchmarks.postgres_server import free_port

#: Seconds in which a part of the cluster must have started.
PATIENCE = 60


def spark_home() -> Path:
    """The package's own Spark. Raises FileNotFoundError saying how to install what lacks."""
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise FileNotFoundError(
            "There is no pyspark. `make test-engines` installs it from requirements-engines.lock."
        )
    if shutil.which("java") is None:
        raise FileNotFoundError(
            "There is no Java, which Spark needs. `make test-engines` installs Debian's package "
            "`openjdk-17-jre-headless` where it may; elsewhere install Java 17 by hand."
        )
    return Path(found.origin).parent


@dataclass
class SparkCluster:
    """A running cluster; its tables and files are below `folder`."""

    folder: Path
    port: int
    master: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The master's address."""
        return f"spark://127.0.0.1:{self.port}"

    def settings(self, name: str) -> dict[str, str]:
        """What the project's commands need to use the cluster, with tables and a lake of `name`."""
        place = self.folder / name
        conf = self.folder / "conf"
        conf.mkdir(exist_ok=True)
        lines = [f"{key} {value}\n" for key, value in self.defaults.items()]
        (conf / "spark-defaults.conf").write_text("".join(lines))
        return {
            "SPARK_CONF_DIR": str(conf),
            "DBT_TARGET": "spark",
            "SPARK_MASTER": self.url,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_HOME": str(spark_home()),
            "SPARK_WAREHOUSE_DIR": str(place / "tables"),
            "SPARK_METASTORE_DIR": str(place / "metastore"),
            "SPARK_DRIVER_MEMORY": "2g",
            "SPARK_EXECUTOR_MEMORY": "1g",
            "LAKE_URL": (place / "lake").as_uri(),
        }

    def add_worker(self, cores: int = 1) -> None:
        """One more worker."""
        number = len(self.workers)
        self.workers.append(
            _start(
                self.folder, f"worker_{number}", "worker.Worker", "-c", str(cores), "-m", "2g",
                "-h", "127.0.0.1", "-d", str(self.folder / f"work_{number}"),
                "--webui-port", str(free_port()), self.url,
            )
        )  # fmt: skip

    def kill_worker(self) -> None:
        """kill -9 of the newest worker, with the executors it started."""
        worker = self.workers.pop()
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        worker.kill()
        worker.wait()
        for child in children:
            subprocess.run(["kill", "-9", child], check=False)

    def stop(self) -> None:
        """Stop all of it."""
        for process in [*self.workers, self.master]:
            process.terminate()
        for process in [*self.workers, self.master]:
            process.wait(timeout=PATIENCE)


def _start(folder: Path, name: str, part: str, *arguments: str) -> subprocess.Popen[bytes]:
    home = spark_home()
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{part}", *arguments],
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
                 "SPARK_WORKER_OPTS": "-Dspark.worker.cleanup.enabled=true",
                 "SPARK_DAEMON_MEMORY": "512m"},
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def spark_cluster(
    folder: Path, workers: int = 2, defaults: Mapping[str, str] | None = None
) -> Iterator[SparkCluster]:
    """A new cluster whose files are below `folder`; `defaults`: settings of its sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    port, page = free_port(), free_port()
    master = _start(
        folder, "master", "master.Master", "-h", "127.0.0.1", "-p", str(port),
        "--webui-port", str(page),
    )  # fmt: skip
    cluster = SparkCluster(folder, port, master, defaults=defaults or {})
    try:
        for _ in range(workers):
            cluster.add_worker()
        _wait_for(f"http://127.0.0.1:{page}/json/", workers)
        yield cluster
    finally:
        cluster.stop()


def _wait_for(page: str, workers: int) -> None:
    import json

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:
                if json.load(answer)["aliveworkers"] >= workers:
                    return
        except (OSError, ValueError):
            pass
        time.sleep(0.3)
    raise TimeoutError(f"the Spark cluster did not start; its page would be {page}")
