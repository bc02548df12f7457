"""What people were told: a SQLite file beside the warehouse that survives builds and crashes.

    states       one row per alert that people think is open
    messages     one row per thing said, for ever
    deliveries   one row per message and address: pending, sending, sent, in_doubt

What is to be said is written down, in one transaction with the new state, before anything is sent:
a crash loses nothing. How a delivery goes, `outbox.py` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipelines.alerts.outbox import Outbox
from pipelines.alerts.transitions import Key, Known, Message

_TABLES = """
create table if not exists told (as_of text not null, build_id text not null);
create table if not exists states (
    alert_id text not null, dimension text not null, dimension_value text not null,
    period_start text not null, severity text not null,
    primary key (alert_id, dimension, dimension_value)
);
create table if not exists messages (
    message_id integer primary key, alert_id text not null, dimension text not null,
    dimension_value text not null, period_start text not null, transition text not null,
    severity text not null, title text not null, body text not null, build_id text not null,
    written_at text not null
);
"""


@dataclass(frozen=True)
class Delivery:
    """A message on its way to one address; `label` says which kind it is, never the address."""

    message_id: int
    target: str
    label: str
    status: str
    attempts: int
    transition: str
    severity: str
    title: str
    body: str


class Ledger(Outbox[Delivery]):
    """The file, opened. Use it under the command's lock."""

    tables = _TABLES
    columns = "transition, severity, title, body"

    def _delivery(self, row: tuple[Any, ...]) -> Delivery:
        return Delivery(*row)

    def told_until(self) -> datetime | None:
        """Clock (aware UTC) of the newest build that people were told of; None without any."""
        row = self._connection.execute("select max(as_of) from told").fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def known(self) -> dict[Key, Known]:
        """Alerts that people think are open."""
        return {
            (alert_id, dimension, value): Known(date.fromisoformat(start), severity)
            for alert_id, dimension, value, start, severity in self._connection.execute(
                "select alert_id, dimension, dimension_value, period_start, severity from states"
            )
        }

    def write_down(
        self,
        said: Sequence[Message],
        targets: Sequence[tuple[str, str]],
        as_of: datetime,
        build_id: str,
    ) -> None:
        """Take down what is to be said to whom, and what people will know then, in one transaction.

        `targets` are (id, label) of every address.
        """
        with self._transaction():
            for message in said:
                number = self._insert(message, build_id)
                self._address(number, targets)
                if message.transition == "recovered":
                    self._connection.execute(
                        "delete from states "
                        "where (alert_id, dimension, dimension_value) = (?, ?, ?)",
                        message.key,
                    )
                else:
                    self._connection.execute(
                        "insert or replace into states values (?, ?, ?, ?, ?)",
                        (*message.key, message.period_start.isoformat(), message.severity),
                    )
            self._connection.execute("delete from told")
            self._connection.execute(
                "insert into told values (?, ?)", (as_of.isoformat(), build_id)
            )

    def _insert(self, message: Message, build_id: str) -> int:
        cursor = self._connection.execute(
            "insert into messages (alert_id, dimension, dimension_value, period_start, transition, "
            "severity, title, body, build_id, written_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *message.key,
                message.period_start.isoformat(),
                message.transition,
                message.severity,
                message.title,
                message.body,
                build_id,
                datetime.now(UTC).isoformat(),
            ),
        )
        return int(cursor.lastrowid or 0)
