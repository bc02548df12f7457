"""Fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A warehouse of its own; add `settings`, then `load()` and `build()`."""
    return Project(tmp_path)
