"""The HTTP API on published builds: one for tests that change nothing, one for each other test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.served import Served, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API on a filled build, for tests that change nothing."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for found in serve(tmp_path_factory.mktemp("served"), monkeypatch):
            found.folder.publish("0001")
            yield found


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An API of a test's own, without a build yet."""
    yield from serve(tmp_path, monkeypatch)
