"""Compile every model, test and seed for every dbt target, without a server (`make check`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
#: dbt flags that keep a compile from asking the database anything.
OFFLINE = ("--no-populate-cache", "compile", "--no-introspect", "--quiet")


def compile_target(target: str) -> bool:
    """Whether the project compiles for `target`; dbt's own output says where not."""
    dbt = Path(sys.executable).with_name("dbt")
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "WAREHOUSE_PATH": f"{folder}/warehouse.duckdb",
            "DBT_TARGET_PATH": f"{folder}/target",
            "DBT_LOG_PATH": f"{folder}/logs",
            # Compiling needs Spark's dialect only, so the client without a Java virtual machine.
            "SPARK_METHOD": "thrift",
        }
        command = [str(dbt), *OFFLINE, "--target", target]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    print(f"dbt compile, target {target}: {'ok' if done.returncode == 0 else 'FAILED'}")
    return done.returncode == 0


def main() -> int:
    """Compile for all outputs of profiles.yml; 1 if any fails."""
    profiles = yaml.safe_load((ROOT / "profiles.yml").read_text())
    targets = profiles["usage_vs_revenue"]["outputs"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = list(pool.map(compile_target, targets))  # all of them, not up to a failure
    return 0 if all(compiled) else 1


if __name__ == "__main__":
    sys.exit(main())
