"""What people were told: a SQLite file beside the warehouse that survives builds and crashes.

    states       one row per alert that people think is open
    messages     one row per thing said, for ever
    deliveries   one row per message and address: pending, sending, sent, in_doubt

What is to be said is written down, in one transaction with the new state, before anything is sent:
a crash loses nothing. A delivery is marked `sending` before the call and `sent` after it. One that
is found `sending` by a later run may have arrived; it is `in_doubt`, shown, and not sent again,
because nothing is ever said twice.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

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
create table if not exists deliveries (
    message_id integer not null references messages, target text not null, label text not null,
    status text not null check (status in ('pending', 'sending', 'sent', 'in_doubt')),
    attempts integer not null default 0, tried_at text,
    primary key (message_id, target)
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


class Ledger:
    """The file, opened. Use it under the command's lock."""

    def __init__(self, path: Path, *, may_create: bool = True) -> None:
        """Open the file. Where there is none and none may be made, one in memory serves."""
        if may_create:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            path if path.exists() else ":memory:", isolation_level=None
        )
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

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

    def doubt_interrupted(self) -> None:
        """What an earlier run was sending when it died may have arrived: never send it again."""
        self._connection.execute(
            "update deliveries set status = 'in_doubt' where status = 'sending'"
        )

    def _address(self, message_id: int, targets: Sequence[tuple[str, str]]) -> None:
        self._connection.executemany(
            "insert into deliveries (message_id, target, label, status) "
            "values (?, ?, ?, 'pending')",
            [(message_id, target, label) for target, label in targets],
        )

    def readdress(self, targets: Sequence[tuple[str, str]]) -> list[Delivery]:
        """Close what waits for addresses that are no longer among `targets` (id, label).

        A message that has reached nobody, and waits for nobody else, goes to the present ones.

        Returns: the deliveries that are closed.
        """
        present = {target for target, _ in targets}
        closed = [
            delivery
            for delivery in self.open_deliveries()
            if delivery.status == "pending" and delivery.target not in present
        ]
        with self._transaction():
            for delivery in closed:
                self._connection.execute(
                    "delete from deliveries where (message_id, target) = (?, ?)",
                    (delivery.message_id, delivery.target),
                )
            for message_id in dict.fromkeys(delivery.message_id for delivery in closed):
                (others,) = self._connection.execute(
                    "select count(*) from deliveries where message_id = ?", (message_id,)
                ).fetchone()
                if not others:
                    self._address(message_id, targets)
        return closed

    def open_deliveries(self) -> list[Delivery]:
        """Deliveries that are pending or in doubt, oldest message first."""
        return [
            Delivery(*row)
            for row in self._connection.execute(
                "select message_id, target, label, status, attempts, transition, severity, title, "
                "body from deliveries join messages using (message_id) "
                "where status in ('pending', 'in_doubt') order by message_id, label"
            )
        ]

    def begin(self, delivery: Delivery) -> None:
        """Note that the message is being sent now."""
        self._connection.execute(
            "update deliveries set status = 'sending', attempts = attempts + 1, tried_at = ? "
            "where (message_id, target) = (?, ?)",
            (datetime.now(UTC).isoformat(), delivery.message_id, delivery.target),
        )

    def end(self, delivery: Delivery, *, arrived: bool) -> None:
        """Note whether it arrived; if not, it is pending again."""
        self._connection.execute(
            "update deliveries set status = ? where (message_id, target) = (?, ?)",
            ("sent" if arrived else "pending", delivery.message_id, delivery.target),
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

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
