"""How the last `dbt build` ended, published or not: a note beside the published builds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipelines.config import published_dir

#: Its name, as pipelines/published/writer.py writes it.
NOTE: Final = "last_build.json"


@dataclass(frozen=True)
class LastBuild:
    """The last build of the whole project: when it ended (UTC), and the steps that failed."""

    ended_at: datetime
    is_published: bool
    failed: tuple[str, ...]
    steps: int


def last_build() -> LastBuild | None:
    """What the note says; None where there is none or it cannot be read."""
    try:
        said = json.loads((published_dir() / NOTE).read_text("utf-8"))
        return LastBuild(
            datetime.fromisoformat(said["ended_at"]),
            bool(said["is_published"]),
            tuple(str(name) for name in said["failed"]),
            int(said["steps"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
