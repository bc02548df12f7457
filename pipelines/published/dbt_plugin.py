"""The dbt-duckdb plugin `publish` of profiles.yml: from the on-run-end macro to the writer.

It runs inside the dbt process, because that process alone may open the warehouse.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from pipelines.published.files import DRAFT_PREFIX, BuildFacts, build_files, note_outcome
from pipelines.published.writer import Build, PublishedTable, PublishError, publish


class Plugin(BasePlugin):
    """Publishes what the macro `publish_build` hands over."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """What this process writes is for its owner only: warehouse, builds, what dbt compiles."""
        os.umask(0o077)

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Make the warehouse's folder, which DuckDB expects to be there."""
        path = Path(creds.path).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        published = Path(os.environ.get("PUBLISHED_DIR") or "data/published")
        target = Path(os.environ.get("DBT_TARGET_PATH") or "target")
        logs = Path(os.environ.get("DBT_LOG_PATH") or "logs")
        for corrected in make_private(path, published, target, logs):
            if corrected in (target, logs):
                continue  # dbt makes its own folders so: nothing that a user did or could do
            sys.stderr.write(f"{corrected} could be read by others; now only its owner can.\n")

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection to the warehouse: no second one can be opened beside it."""
        self._warehouse = conn

    def store(self, target_config: Any) -> None:
        """Publish what the macro hands over in `target_config.config`.

        A failure goes back to the macro as `problem`: dbt reports an exception of an on-run-end
        macro as an interruption by the user.
        """
        handed_over = target_config.config
        directory = Path(handed_over["directory"]).resolve()
        if handed_over.get("failed"):
            note_outcome(directory, handed_over["steps"], handed_over["failed"])
            return
        try:
            publish(self._warehouse.cursor(), build_from_macro(handed_over))
        except (PublishError, OSError, duckdb.Error) as error:
            handed_over["problem"] = (
                f"The build is green but was not published ({error}). "
                "Readers keep the build before. Mend the cause and run `dbt build` again."
            )
        else:
            note_outcome(directory, handed_over["steps"], [])


def make_private(warehouse: Path, published: Path, *folders: Path) -> list[Path]:
    """Take what others may do away from the warehouse, the builds and dbt's folders, in which data
    can lie; returns what was open. What cannot be changed belongs to somebody else, and stays."""
    files = [warehouse, warehouse.with_name(f"{warehouse.name}.wal"), *build_files(published)]
    corrected = []
    for path in [*files, *published.glob(f"{DRAFT_PREFIX}*"), *folders]:
        with contextlib.suppress(OSError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & ~0o077)
                corrected.append(path)
    return corrected


def build_from_macro(handed_over: Mapping[str, Any]) -> Build:
    """The build that the macro describes (its tables, folder, clock and settings)."""
    started_at = datetime.fromisoformat(handed_over["started_at"]).astimezone(UTC)
    invocation = str(handed_over["invocation_id"]).replace("-", "")
    facts = BuildFacts(
        build_id=f"{started_at:%Y%m%dT%H%M%S}_{invocation[:8]}",
        built_at=datetime.now(UTC),
        as_of=datetime.fromisoformat(handed_over["as_of"]),
        report_currency=handed_over["report_currency"],
        report_timezone=handed_over["report_timezone"],
        dbt_version=handed_over["dbt_version"],
        duckdb_version=duckdb.__version__,
        tables=len(handed_over["tables"]),
    )
    tables = [PublishedTable(**table) for table in handed_over["tables"]]
    return Build(Path(handed_over["directory"]).resolve(), tables, facts)
