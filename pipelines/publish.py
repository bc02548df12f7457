"""Publishing: a dbt-duckdb plugin that puts a green build where readers look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):  # type: ignore[misc]
    """The plugin `publish` of profiles.yml."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Make the warehouse's folder, which DuckDB expects to be there."""
        Path(creds.path).resolve().parent.mkdir(parents=True, exist_ok=True)
