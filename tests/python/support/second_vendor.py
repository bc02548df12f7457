"""A vendor that the project does not know: its files, added to a copy of the dbt project.

That a second vendor needs no file of core, marts or dashboards is shown by building such a copy:
nothing but the vendor's own folders, its entry in the registry of vendors and rows of seeds is
added to what the project ships.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.commands import ROOT, Project

COPIED = (
    "models",
    "macros",
    "seeds",
    "tests/dbt",
    "dbt_project.yml",
    "selectors.yml",
    "profiles.yml",
)


def project_with_vendor(
    folder: Path,
    fixtures: Path,
    registry: str,
    vendor: str,
    entities: Sequence[str],
    seed_rows: Mapping[str, Sequence[str]],
) -> Project:
    """A project in `folder` whose dbt files are the shipped ones and the vendor's.

    Args:
        folder: empty folder of the test.
        fixtures: the vendor's files, in the places they take in the project.
        registry: var of dbt_project.yml that lists vendors: `cost_vendors` or `billing_vendors`.
        vendor: the vendor's name there.
        entities: what the vendor has models of.
        seed_rows: file in seeds/ -> lines to add to it.
    """
    root = folder / "project"
    for name in COPIED:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target)
        else:
            shutil.copy(ROOT / name, target)
    (root / "pipelines").symlink_to(ROOT / "pipelines")
    shutil.copytree(fixtures, root, dirs_exist_ok=True)
    settings = root / "dbt_project.yml"
    entry = f"  {registry}:\n"
    text = settings.read_text()
    assert text.count(entry) == 1, f"dbt_project.yml has no var {registry}"
    added = f"    {vendor}: [{', '.join(entities)}]\n"
    settings.write_text(text.replace(entry, entry + added))
    for name, lines in seed_rows.items():
        seed = root / "seeds" / name
        seed.write_text(seed.read_text().rstrip("\n") + "\n" + "\n".join(lines) + "\n")
    return Project(folder, root=root)


def changed_files(project: Project) -> list[str]:
    """Files of the project that are not as they were shipped, relative to its root."""
    changed = []
    for path in sorted(project.root.rglob("*")):
        name = path.relative_to(project.root)
        if not path.is_file() or name.parts[0] == "pipelines":
            continue
        shipped = ROOT / name
        if not shipped.exists() or shipped.read_bytes() != path.read_bytes():
            changed.append(name.as_posix())
    return changed
