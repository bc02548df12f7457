"""A model that breaks its contract: the mart stays as it was, and readers keep their build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.commands import ROOT, Project
from support.second_vendor import COPIED

pytestmark = pytest.mark.slow  # a copy of the project is parsed twice


def test_a_breach_of_contract_keeps_the_old_mart(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    (root / "pipelines").symlink_to(ROOT / "pipelines")
    project = Project(tmp_path, {"AS_OF": "2026-02-15"}, root=root)
    (root / "seeds/annotations.csv").write_text(
        "date,label,description,note\n2026-01-05,Launch,We began,by hand\n"
    )
    project.command("dbt", "build", "--select", "annotations", "dim_annotations")
    before = project.rows("from core.dim_annotations")
    assert len(before) == 1

    model = root / "models/core/calendar/dim_annotations.sql"
    model.write_text(model.read_text().replace("        label,", "        42 as label,"))
    done = project.command(
        "dbt", "build", "--select", "dim_annotations", "--log-level", "info", expect=1
    )
    assert "contract" in done.stdout.lower()
    assert project.rows("from core.dim_annotations") == before
    assert not list(project.published.glob("build_*"))
