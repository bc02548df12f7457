"""A seed is what its file says now, whatever columns the table of an earlier build has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.commands import ROOT, Project


@pytest.fixture
def seeds(project: Project) -> Path:
    """A folder of seeds of the project's own."""
    folder = project.folder / "seeds"
    shutil.copytree(ROOT / "seeds", folder)
    project.settings["SEEDS_DIR"] = os.path.relpath(folder, ROOT)
    return folder


def test_columns_may_be_moved_added_and_taken_away(project: Project, seeds: Path) -> None:
    file = seeds / "features.csv"

    def built(columns: str, row: str) -> list[tuple[object, ...]]:
        file.write_text(f"{columns}\n{row}\n")
        project.dbt("seed", "--quiet", "--select", "features")
        return project.rows("select feature_id, feature_name, service, note from seeds.features")

    expected = [("chat", "Chat", "assistant", "mine")]
    assert built("feature_id,feature_name,service,note", "chat,Chat,assistant,mine") == expected
    assert built("note,service,feature_name,feature_id", "mine,assistant,Chat,chat") == expected
    wider = "feature_id,unit,feature_name,service,note"
    assert built(wider, "chat,message,Chat,assistant,mine") == expected
    assert project.rows("select unit from seeds.features") == [("message",)]
    assert built("feature_id,feature_name,service,note", "chat,Chat,assistant,mine") == expected
