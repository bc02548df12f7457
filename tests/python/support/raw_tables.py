"""Raw tables of any source written straight into a warehouse, load by load, without a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.loading.run_tables import SYNC_ENDPOINTS_SCHEMA, SYNCS_SCHEMA
from pipelines.loading.versions import KnownVersion, VersionWriter
from pipelines.sources.app_events.schemas import EVENTS_SCHEMA
from pipelines.sources.openai.tables import COST_BUCKETS, USAGE_BUCKETS

LOADS_COLUMNS = (
    "load_id varchar, schema_name varchar, status bigint, inserted_at timestamp with time zone, "
    "schema_version_hash varchar"
)


class RawTables:
    """The raw schema of one source; every load is complete unless `status` says otherwise.

    Attributes:
        source: name of the account that is loaded.
        kind: kind of source that it is an account of; the first account bears its name.
    """

    def __init__(self, warehouse: Path, source: str, kind: str | None = None) -> None:
        self.warehouse = warehouse
        self.source = source
        self.kind = kind or source
        self._known: dict[str, dict[str, KnownVersion]] = {}

    def load(
        self,
        load_id: str,
        tables: Mapping[str, pa.Table],
        *,
        synced_at: datetime | None = None,
        status: int = 0,
    ) -> None:
        """Append the tables, the record of the run and its status."""
        moment = synced_at or datetime(2026, 1, 1)
        sync = {
            "_dlt_load_id": load_id,
            "source": self.source,
            "synced_at": moment,
            "started_at": moment,
            "mode": "full",
            "requests": 1,
            "rows_new": sum(table.num_rows for table in tables.values()),
            "rows_changed": 0,
            "rows_deleted": 0,
            "rows_quarantined": 0,
        }
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(f"create schema if not exists raw_{self.source}")
            connection.execute(
                f"create table if not exists raw_{self.source}._dlt_loads ({LOADS_COLUMNS})"
            )
            self._note_account(connection)
            for name, rows in {
                **tables,
                "syncs": pa.Table.from_pylist([sync], schema=SYNCS_SCHEMA),
            }.items():
                self._append(connection, name, rows)
            connection.execute(
                f"insert into raw_{self.source}._dlt_loads values (?, ?, ?, now(), 'x')",
                [load_id, self.source, status],
            )

    def complete(self, load_id: str) -> None:
        """Let a load that was left incomplete become complete."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(
                f"update raw_{self.source}._dlt_loads set status = 0 where load_id = ?", [load_id]
            )

    def forget(self, load_id: str) -> None:
        """Take a load out of the warehouse, as somebody does who loads everything anew."""
        with duckdb.connect(str(self.warehouse)) as connection:
            names = connection.execute(
                "select table_name from information_schema.columns "
                "where table_schema = ? and column_name = '_dlt_load_id'",
                [f"raw_{self.source}"],
            ).fetchall()
            for (name,) in names:
                connection.execute(
                    f"delete from raw_{self.source}.{name} where _dlt_load_id = ?", [load_id]
                )
            connection.execute(
                f"delete from raw_{self.source}._dlt_loads where load_id = ?", [load_id]
            )

    def _note_account(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What every load notes: which accounts there are."""
        connection.execute("create schema if not exists raw_sources")
        connection.execute(
            "create table if not exists raw_sources.accounts (source varchar, kind varchar)"
        )
        connection.execute(
            "insert into raw_sources.accounts select ?, ? where not exists "
            "(select 1 from raw_sources.accounts where source = ?)",
            [self.source, self.kind, self.source],
        )

    def _append(self, connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
        connection.register("rows_to_append", rows)
        name = f"raw_{self.source}.{table}"
        connection.execute(
            f"create table if not exists {name} as select * from rows_to_append limit 0"
        )
        connection.execute(f"insert into {name} by name select * from rows_to_append")


class RawEvents(RawTables):
    """Raw app events."""

    def __init__(self, warehouse: Path) -> None:
        super().__init__(warehouse, "app_events")

    def load_events(
        self,
        load_id: str,
        events: Iterable[Mapping[str, Any]],
        *,
        file: str | None = None,
        synced_at: datetime | None = None,
        status: int = 0,
    ) -> None:
        """One load of one file; `occurred_at` is naive UTC."""
        rows = [
            {
                "event_type": "api_request",
                "customer_id": "cus_1",
                **event,
                "_source_file": file or f"{load_id}.jsonl",
                "_line": line,
                "_dlt_load_id": load_id,
            }
            for line, event in enumerate(events, start=1)
        ]
        tables = {"events": pa.Table.from_pylist(rows, schema=EVENTS_SCHEMA)}
        self.load(load_id, tables, synced_at=synced_at, status=status)


class RawOpenAI(RawTables):
    """Raw OpenAI days, through the project's own lifting code."""

    def __init__(self, warehouse: Path, account: str = "openai") -> None:
        super().__init__(warehouse, account, "openai")

    def load_days(
        self,
        load_id: str,
        synced_at: datetime,
        costs: Mapping[tuple[str, date], Sequence[Mapping[str, Any]]],
        usage: Mapping[tuple[str, date], Sequence[Mapping[str, Any]]] | None = None,
        *,
        status: int = 0,
    ) -> None:
        """One load: (scope, day) -> cost results, (endpoint, day) -> usage results, as read."""
        tables: dict[str, pa.Table] = {}
        for table, column, days in (
            (COST_BUCKETS, "scope", costs),
            (USAGE_BUCKETS, "endpoint", usage or {}),
        ):
            known = self._known.setdefault(table.name, {})
            writer = VersionWriter(table, load_id, known)
            for (scope, day), results in days.items():
                start = int((datetime.combine(day, datetime.min.time()) - EPOCH).total_seconds())
                bucket = {
                    "id": f"{scope}|{day}",
                    column: scope,
                    "bucket_date": day.isoformat(),
                    "start_time": start,
                    "end_time": start + 86_400,
                    "results_quarantined": 0,
                    "results": list(results),
                }
                writer.add(bucket, observed_at=synced_at, via="list")
            assert writer.stats.quarantined == 0, "a day could not be lifted"
            tables |= dict(writer.flush())
        self.load(load_id, tables, synced_at=synced_at, status=status)


EPOCH = datetime(1970, 1, 1)


def cost(
    line_item: str | None,
    amount: str,
    project: str | None = "proj_a",
    key: str | None = None,
    currency: str = "usd",
) -> dict[str, Any]:
    """A result of the costs endpoint."""
    result: dict[str, Any] = {"amount": {"value": Decimal(amount), "currency": currency}}
    named = {"line_item": line_item, "project_id": project, "api_key_id": key}
    return result | {name: value for name, value in named.items() if value is not None}


def days_from(first: date, count: int) -> list[date]:
    """`count` consecutive days."""
    return [first + timedelta(days=number) for number in range(count)]


def endpoint_row(endpoint: str, status: str, reason: str | None, load_id: str) -> pa.Table:
    """A row of `sync_endpoints`."""
    row = {
        "_dlt_load_id": load_id,
        "endpoint": endpoint,
        "status": status,
        "reason": reason,
        "objects_read": 0,
        "is_complete": status == "loaded",
    }
    return pa.Table.from_pylist([row], schema=SYNC_ENDPOINTS_SCHEMA)
