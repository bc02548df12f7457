"""An API on published builds of its own, and the key that may read all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pipelines.api.app import create
from pipelines.api.keys import SCOPES, KeyStore
from pipelines.api.server import routes
from pipelines.published.reader import LOCKED_DOWN
from support.commands import ROOT
from support.published import PublishedDir

READ = tuple(scope for scope in SCOPES if scope != "services:write")


SCRIPT = Path(sys.executable).with_name("usage-vs-revenue")


@contextmanager
def serving(
    folder: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The command on a free port, on the builds of a folder; yields its address."""
    environment = {**os.environ, "PUBLISHED_DIR": str(folder / "published"), **(settings or {})}
    process = subprocess.Popen(
        [str(SCRIPT), "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://[^/ ]+:\d+", line)
        assert found, line
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass
class Served:
    """An API, its folder of builds and its keys."""

    folder: PublishedDir
    client: TestClient
    keys: KeyStore
    key: str

    def get(self, path: str, key: str | None = None, **parameters: Any) -> Any:
        """The answer of GET /api/v1..., asked with a key that may read all."""
        return self.client.get(
            f"/api/v1{path}",
            params={name.rstrip("_"): value for name, value in parameters.items()},
            headers={"authorization": f"Bearer {key or self.key}"},
        )

    def body(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The JSON of an answer that must be 200."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the current build, read apart from the API."""
        return rows_of(self.folder.path, statement)


def rows_of(published: Path, statement: str) -> list[tuple[Any, ...]]:
    """Rows of the current build; a process has one configuration of a file, that of the reader."""
    file = str((published / "current.duckdb").resolve())
    with duckdb.connect(file, read_only=True, config=dict(LOCKED_DOWN)) as connection:
        return connection.execute(statement).fetchall()


def serve(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    folder = PublishedDir(path / "published")
    folder.path.mkdir()
    monkeypatch.setenv("PUBLISHED_DIR", str(folder.path))
    monkeypatch.setenv("API__RATE_PER_MINUTE", "1000000")
    store = KeyStore()
    _, key = store.create("tests", READ)
    app = Starlette(routes=routes(create()))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Served(folder, client, store, key)
