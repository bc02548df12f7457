"""What the dashboard loads at its start: nothing that only loads, builds or other servers need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.commands import ROOT

#: Slow to import; the dashboard and whoever else only reads a build must not wait for them.
NOT_AT_THE_START = frozenset(
    {
        "dlt", "dbt", "sqlglot", "fsspec", "requests", "sqlalchemy", "psycopg", "psycopg2",
        "pyspark", "botocore", "boto3", "scipy", "matplotlib", "fastapi", "mcp", "uvicorn",
        "apprise", "openpyxl", "fpdf", "jsonschema", "hypothesis", "pytest",
    }
)  # fmt: skip


def _run(code: str, folder: Path, **environment: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**kept, "HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_the_dashboard_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    code = "import dashboards.app, sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    # from the repository, whose .dlt/config.toml counts
    loaded = set(_run(code, ROOT, HOME=str(tmp_path), STREAMLIT_SERVER_ADDRESS="127.0.0.1").split())
    assert {"streamlit", "pandas", "pipelines"} <= loaded
    assert sorted(loaded & NOT_AT_THE_START) == []


@pytest.mark.parametrize(
    "place", [".dlt/secrets.toml", ".dlt/config.toml", "home/.dlt/config.toml"]
)
def test_a_setting_in_a_file_counts_wherever_dlt_looks_for_it(tmp_path: Path, place: str) -> None:
    (tmp_path / "home").mkdir()
    code = (
        "from pipelines.config import setting; print(setting('SOURCES__STRIPE__BASE_URL', 'none'))"
    )
    assert _run(code, tmp_path) == "none"
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[sources.stripe]\nbase_url = "http://127.0.0.1:1"\n')
    # root's own files of dlt lie elsewhere than its home
    expected = "none" if place.startswith("home") and os.geteuid() == 0 else "http://127.0.0.1:1"
    assert _run(code, tmp_path) == expected


def test_dlt_is_asked_only_where_one_of_its_files_may_answer(tmp_path: Path) -> None:
    code = (
        "import sys; from pipelines.config import setting; "
        "print(setting('PUBLISHED_DIR', 'none'), 'dlt' in sys.modules)"
    )
    assert _run(code, tmp_path) == "none False"
    (tmp_path / ".dlt").mkdir()
    file = tmp_path / ".dlt" / "config.toml"
    file.write_text('[runtime]\nlog_level = "ERROR"\n')
    assert _run(code, tmp_path) == "none False"
    file.write_text('[runtime]\nlog_level = "ERROR"\npublished_dir = "not this one"\n')
    assert _run(code, tmp_path) == "none True"
    file.write_text('published_dir = "this one"\n')
    assert _run(code, tmp_path) == "this one True"
