"""What a published build is on disk: names, facts of a build, and how the last build ended.

    <PUBLISHED_DIR>/build_<id>.duckdb   read-only, the newest three are kept
    <PUBLISHED_DIR>/current.duckdb      symbolic link to the last good one
    <PUBLISHED_DIR>/last_build.json     how the last build of the whole project ended

The writer and every reader take these names from here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipelines.config import setting
from pipelines.files import write_whole

KEPT_BUILDS: Final = 3
#: The link to the last good build.
CURRENT: Final = "current.duckdb"
#: The table with one row, the facts of the build that the file holds.
FACTS_TABLE: Final = "monitoring.build"
#: What is being written; a build that was killed leaves such a file behind.
DRAFT_PREFIX: Final = ".draft_"
#: The lock of whoever publishes.
LOCK: Final = ".publish.lock"

_OUTCOME: Final = "last_build.json"
_BUILD_PREFIX: Final = "build_"
_SUFFIX: Final = ".duckdb"


@dataclass(frozen=True)
class BuildFacts:
    """What a build says of itself; times are aware UTC, the currency is an ISO code as set."""

    build_id: str
    built_at: datetime
    as_of: datetime
    report_currency: str
    report_timezone: str
    dbt_version: str = ""
    duckdb_version: str = ""
    tables: int = 0

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> BuildFacts:
        """The facts in a row of `monitoring.build`; times without a zone are UTC."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: _aware(value) for name, value in row.items() if name in known})

    @property
    def begun_at(self) -> datetime:
        """Since when a build ages: where AS_OF sets the clock, from the build's own; else from when
        it was published. Its age is `as_of() - begun_at`, for pages and commands alike."""
        return self.as_of if setting("AS_OF") else self.built_at

    def row(self) -> dict[str, Any]:
        """The row of `monitoring.build`: times are UTC without a zone, as in the marts."""
        return {name: _naive(value) for name, value in asdict(self).items()}


#: Facts that a server notes of its build; the file's `monitoring.build` has one more.
SERVER_FACTS: Final = tuple(
    field.name for field in fields(BuildFacts) if field.name != "duckdb_version"
)


@dataclass(frozen=True)
class LastBuild:
    """How the last build of the whole project ended: when (aware UTC), and which steps failed."""

    ended_at: datetime
    is_published: bool
    failed: tuple[str, ...]
    steps: int


def build_file(directory: Path, build_id: str) -> Path:
    """The file of a build."""
    return directory / f"{_BUILD_PREFIX}{build_id}{_SUFFIX}"


def draft_file(directory: Path, build_id: str) -> Path:
    """The file of a build while it is being written."""
    return directory / f"{DRAFT_PREFIX}{build_id}{_SUFFIX}"


def build_files(directory: Path) -> list[Path]:
    """All builds of a folder, the newest first: ids sort by time."""
    return sorted(directory.glob(f"{_BUILD_PREFIX}*{_SUFFIX}"), reverse=True)


def current_file(directory: Path) -> Path | None:
    """The file that `current.duckdb` stands for at this moment; None without one."""
    current = directory / CURRENT
    return current.resolve() if current.exists() else None


def current_id(directory: Path) -> str | None:
    """The id of the current build; None without one."""
    found = current_file(directory)
    return found.stem.removeprefix(_BUILD_PREFIX) if found else None


def note_outcome(directory: Path, steps: int, failed: Sequence[str]) -> None:
    """Say beside the builds how the last one ended, for readers who wonder why none is newer.

    A note that cannot be written spoils no build.
    """
    said = {
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "is_published": not failed,
        "failed": list(failed),
        "steps": steps,
    }
    with contextlib.suppress(OSError):
        write_whole(directory / _OUTCOME, json.dumps(said))


def last_build(directory: Path) -> LastBuild | None:
    """What the note says; None where there is none or it cannot be read."""
    try:
        said = json.loads((directory / _OUTCOME).read_text("utf-8"))
        return LastBuild(
            _aware(datetime.fromisoformat(said["ended_at"])),
            bool(said["is_published"]),
            tuple(str(name) for name in said["failed"]),
            int(said["steps"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _aware(value: Any) -> Any:
    """A time as aware UTC; any other value as it is."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _naive(value: Any) -> Any:
    """A time as UTC without a zone; any other value as it is."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
