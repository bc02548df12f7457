"""What a source is given for one run: the clock, what the warehouse knows, where to count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from dlt.common.storages.load_package import load_package_state
from dlt.extract import DltSource

from pipelines.loading.versions import KnownVersion, TableStats

SYNCS_SCHEMA = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "source": pa.string(),
        "synced_at": pa.timestamp("us"),
        "started_at": pa.timestamp("us"),
        "mode": pa.string(),
        "requests": pa.int64(),
        "rows_new": pa.int64(),
        "rows_changed": pa.int64(),
        "rows_deleted": pa.int64(),
        "rows_quarantined": pa.int64(),
    }
)

SYNC_ENDPOINTS_SCHEMA = pa.schema(
    {
        "_dlt_load_id": pa.string(),
        "endpoint": pa.string(),
        "status": pa.string(),
        "reason": pa.string(),
        "objects_read": pa.int64(),
        "is_complete": pa.bool_(),
    }
)


@dataclass(frozen=True)
class EndpointResult:
    """What became of one endpoint (or file set) in a run; `status` is loaded or skipped.

    `objects_read` is None where the load counts them.
    """

    endpoint: str
    status: str
    reason: str | None
    objects_read: int | None
    is_complete: bool


@dataclass
class RunContext:
    """One run of one source.

    Attributes:
        source: its name.
        as_of: the clock (aware UTC) for windows and cursors.
        full_refresh: read everything again.
        known_versions: table name -> last version by id, from the warehouse.
        query: SQL on the source's own raw schema -> rows as dictionaries ([] if a table is absent).
        progress: called with one short line when something noteworthy happens.
        warn: called with a line that belongs into the run's summary.
    """

    source: str
    as_of: datetime
    full_refresh: bool
    known_versions: Callable[[str], dict[str, KnownVersion]]
    query: Callable[[str], list[dict[str, Any]]]
    progress: Callable[[str], None]
    warn: Callable[[str], None]
    mode: str = "full"
    requests: int = 0
    stats: dict[str, TableStats] = field(default_factory=dict)
    endpoints: list[EndpointResult] = field(default_factory=list)

    @property
    def observed_at(self) -> datetime:
        """The clock as naive UTC, as raw tables hold it."""
        return self.as_of.replace(tzinfo=None)

    @property
    def load_id(self) -> str:
        """Id of the dlt load package that is being extracted; call it inside a resource."""
        return str(load_package_state()["load_id"])

    def stats_for(self, table: str) -> TableStats:
        """The counters of one raw table."""
        return self.stats.setdefault(table, TableStats())

    def run_records(
        self, started_at: datetime, *, is_counted: bool = True
    ) -> list[tuple[str, pa.Table]]:
        """The `syncs` row and the `sync_endpoints` rows of this run; yield them last.

        Rows are null where they are counted only by the load, after this.
        """
        totals = self.stats.values()
        sync = {
            "_dlt_load_id": self.load_id,
            "source": self.source,
            "synced_at": self.observed_at,
            "started_at": started_at,
            "mode": self.mode,
            "requests": self.requests,
            "rows_new": sum(one.new for one in totals) if is_counted else None,
            "rows_changed": sum(one.changed for one in totals) if is_counted else None,
            "rows_deleted": sum(one.deleted for one in totals) if is_counted else None,
            "rows_quarantined": sum(one.quarantined for one in totals) if is_counted else None,
        }
        endpoints = [
            {"_dlt_load_id": self.load_id, **vars(endpoint)} for endpoint in self.endpoints
        ]
        records = [("syncs", pa.Table.from_pylist([sync], schema=SYNCS_SCHEMA))]
        if endpoints:
            records.append(
                (
                    "sync_endpoints",
                    pa.Table.from_pylist(endpoints, schema=SYNC_ENDPOINTS_SCHEMA),
                )
            )
        return records


class SourceModule(Protocol):
    """What a package `pipelines.<source>` offers to the runner."""

    NAME: str

    def missing_setting(self) -> str | None:
        """Name of the setting without which the source cannot run; None if it is configured."""

    def raw_schemas(self) -> dict[str, pa.Schema]:
        """Every raw table of the source -> its Arrow schema."""

    def build(self, context: RunContext) -> DltSource:
        """The dlt source for one run."""

    # A module may also offer `table_loaders(folder, stats, progress, warn)`: raw table -> what
    # loads its files in place of a plain copy (temporary files below `folder`).
