"""What a source is given for one run: the clock, what the warehouse knows, where to count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from dlt.common.storages.load_package import load_package_state

from pipelines.loading.run_tables import SYNC_ENDPOINTS_SCHEMA, SYNCS_SCHEMA
from pipelines.loading.source import Account
from pipelines.loading.versions import KnownVersion, TableStats


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
        account: what is loaded.
        as_of: the clock (aware UTC) for windows and cursors.
        full_refresh: read everything again.
        known_versions: table name -> last version by id, from the warehouse.
        query: SQL on the source's own raw schema -> rows as dictionaries ([] if a table is absent).
        progress: called with one short line when something noteworthy happens.
        warn: called with a line that belongs into the run's summary.
        claim: called with the vendor's own id of the account, where the vendor says it. Raises
            LoadError if another account of this warehouse has the same.
    """

    account: Account
    as_of: datetime
    full_refresh: bool
    known_versions: Callable[[str], dict[str, KnownVersion]]
    query: Callable[[str], list[dict[str, Any]]]
    progress: Callable[[str], None]
    warn: Callable[[str], None]
    claim: Callable[[str], None]
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

    def count_request(self) -> None:
        """Count one answered request."""
        self.requests += 1

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
            "source": self.account.name,
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
