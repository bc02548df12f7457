"""The HTTP API on published builds: one for tests that change nothing, one for each other test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.served import Served, serve

#: What the made-up rows of metrics lack to be asked by month.
KPIS = (
    "update monitoring.kpis set period_grain = 'month'",
    "update monitoring.kpi_definitions set default_grain = 'month', is_state = true",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API on a filled build, for tests that change nothing."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for found in serve(tmp_path_factory.mktemp("served"), monkeypatch):
            found.folder.publish("0001", *KPIS)
            yield found


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An API of a test's own, without a build yet."""
    yield from serve(tmp_path, monkeypatch)
