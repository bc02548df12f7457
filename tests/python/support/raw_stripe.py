"""Raw Stripe tables made from JSON objects by the project's own lifting code, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.loading.tables import all_schemas
from pipelines.loading.versions import KnownVersion, VersionWriter
from pipelines.sources.stripe.tables import TABLES
from pipelines.sources.stripe.writers import derived_fields

LOAD_COLUMNS = (
    "load_id varchar, schema_name varchar, status bigint, inserted_at timestamp with time zone, "
    "schema_version_hash varchar"
)


class RawStripe:
    """Writes loads of Stripe objects into the raw tables of one account of a warehouse file."""

    def __init__(self, warehouse: Path, account: str = "stripe") -> None:
        self.warehouse = warehouse
        self.schema = f"raw_{account}"
        self._tables = {table.name: table for table in TABLES}
        self._known: dict[str, dict[str, KnownVersion]] = {name: {} for name in self._tables}
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(f"create schema if not exists {self.schema}")
            connection.execute(
                f"create table if not exists {self.schema}._dlt_loads ({LOAD_COLUMNS})"
            )
            for name, schema in all_schemas(TABLES).items():
                self._append(connection, name, schema.empty_table())

    def load(
        self,
        load_id: str,
        at: datetime,
        objects: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        via: str = "list",
        api_version: str = "2026-10-28.endive",
        deleted: Mapping[str, Sequence[str]] | None = None,
        status: int = 0,
    ) -> None:
        """One load: table -> objects, all seen at `at` (naive UTC); `deleted`: table -> ids gone.

        A `status` other than 0 is a load that never completed.
        """
        with duckdb.connect(str(self.warehouse)) as connection:
            for name in {*objects, *(deleted or {})}:
                writer = VersionWriter(self._tables[name], load_id, self._known[name])
                for item in objects.get(name, ()):
                    writer.add(
                        item,
                        observed_at=at,
                        via=via,
                        api_version=api_version,
                        derived=derived_fields(dict(item)),
                    )
                for item_id in (deleted or {}).get(name, ()):
                    writer.mark_deleted(item_id, observed_at=at, via=via)
                assert writer.stats.quarantined == 0, f"{name}: an object could not be lifted"
                for table, rows in writer.flush():
                    self._append(connection, table, rows)
            connection.execute(
                f"insert into {self.schema}._dlt_loads values (?, 'stripe', ?, now(), 'x')",
                [load_id, status],
            )

    def load_versions(
        self, load_id: str, name: str, versions: Sequence[tuple[datetime, Mapping[str, Any]]]
    ) -> None:
        """One load of one table as events tell it: each version at a time of its own, in order."""
        with duckdb.connect(str(self.warehouse)) as connection:
            writer = VersionWriter(self._tables[name], load_id, self._known[name])
            for at, item in versions:
                writer.add(
                    item,
                    observed_at=at,
                    via="event",
                    api_version="2026-10-28.endive",
                    derived=derived_fields(dict(item)),
                )
            assert writer.stats.quarantined == 0, f"{name}: an object could not be lifted"
            for table, rows in writer.flush():
                self._append(connection, table, rows)
            connection.execute(
                f"insert into {self.schema}._dlt_loads values (?, 'stripe', 0, now(), 'x')",
                [load_id],
            )

    def _append(self, connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
        name = f"{self.schema}.{table}"
        connection.register("rows_to_append", rows)
        connection.execute(
            f"create table if not exists {name} as select * from rows_to_append limit 0"
        )
        connection.execute(f"insert into {name} by name select * from rows_to_append")
        connection.unregister("rows_to_append")
