"""What ChartMogul was told: a SQLite file beside the warehouse.

    told   one row per customer there: hash of the values, state (sending, sent), build, time

A row is `sending` before the request and `sent` after it. What is found `sending` is told again:
setting an attribute twice is setting it once.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

_TABLE = """
create table if not exists told (
    customer_id text not null, uuid text not null, digest text not null,
    state text not null check (state in ('sending', 'sent')), build_id text not null,
    tried_at text not null, primary key (uuid)
)
"""


class Outbox:
    """The file, opened. Use it under the command's lock."""

    def __init__(self, path: Path, *, may_create: bool) -> None:
        if may_create:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            path if path.exists() else ":memory:", isolation_level=None
        )
        self._connection.execute("pragma synchronous = full")
        self._connection.execute(_TABLE)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sent(self) -> dict[str, str]:
        """uuid -> hash of the values that it was told last."""
        rows = self._connection.execute("select uuid, digest from told where state = 'sent'")
        return dict(rows.fetchall())

    def begin(self, customer_id: str, uuid: str, digest: str, build_id: str) -> None:
        """Note that a customer is being told."""
        self._connection.execute(
            "insert or replace into told values (?, ?, ?, 'sending', ?, ?)",
            (customer_id, uuid, digest, build_id, datetime.now(UTC).isoformat()),
        )

    def end(self, uuid: str) -> None:
        """Note that it arrived."""
        self._connection.execute("update told set state = 'sent' where uuid = ?", (uuid,))
