"""Fixtures that all tests share, and the order in which test files are handed to the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import Project
from support.quick_dlt import remember_what_was_asked

#: Folders whose files build most come first, so that no worker is left with a long one at the end.
FOLDERS = ("engines", "journeys", "models", "pages", "published", "loads", "house")

remember_what_was_asked()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FOLDERS.index(item.path.parent.name))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A warehouse of its own; add `settings`, then `load()` and `build()`."""
    return Project(tmp_path)
