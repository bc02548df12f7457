"""What is on its way to people: deliveries of messages to addresses, in a SQLite file.

    deliveries   one row per message and address: pending, sending, sent, in_doubt

A delivery is marked `sending` before the call and `sent` after it. One that is found `sending` by a
later run may have arrived; it is `in_doubt`, shown, and not sent again, because nothing is ever
said twice. What a message is, the ledgers of alerts and of digests say themselves.
"""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

_DELIVERIES = """
create table if not exists deliveries (
    message_id integer not null references messages, target text not null, label text not null,
    status text not null check (status in ('pending', 'sending', 'sent', 'in_doubt')),
    attempts integer not null default 0, tried_at text,
    primary key (message_id, target)
);
"""


class Sendable(Protocol):
    """What every delivery has; `label` says which kind of address it is, never the address."""

    @property
    def message_id(self) -> int:
        """Which message."""

    @property
    def target(self) -> str:
        """Hash of the address."""

    @property
    def label(self) -> str:
        """Kind and place of the address, such as `Slack #2`."""

    @property
    def status(self) -> str:
        """`pending` or `in_doubt`; what was sent is no open delivery."""

    @property
    def title(self) -> str:
        """What the message is called."""


SendableT = TypeVar("SendableT", bound=Sendable)


class Outbox(ABC, Generic[SendableT]):
    """The file, opened. Use it under the command's lock."""

    #: Tables of a ledger's own, `messages (message_id integer primary key, ...)` among them.
    tables: ClassVar[str]
    #: Columns of messages that a delivery has behind message_id, target, label, status, attempts.
    columns: ClassVar[str]

    def __init__(self, path: Path, *, may_create: bool = True) -> None:
        """Open the file. Where there is none and none may be made, one in memory serves."""
        if may_create:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            path if path.exists() else ":memory:", isolation_level=None
        )
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(self.tables + _DELIVERIES)

    @abstractmethod
    def _delivery(self, row: tuple[Any, ...]) -> SendableT:
        """A delivery out of its row."""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

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

    def readdress(self, targets: Sequence[tuple[str, str]]) -> list[SendableT]:
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

    def open_deliveries(self) -> list[SendableT]:
        """Deliveries that are pending or in doubt, oldest message first."""
        return [
            self._delivery(row)
            for row in self._connection.execute(
                f"select message_id, target, label, status, attempts, {self.columns} "
                "from deliveries join messages using (message_id) "
                "where status in ('pending', 'in_doubt') order by message_id, label"
            )
        ]

    def begin(self, delivery: SendableT) -> None:
        """Note that the message is being sent now."""
        self._connection.execute(
            "update deliveries set status = 'sending', attempts = attempts + 1, tried_at = ? "
            "where (message_id, target) = (?, ?)",
            (datetime.now(UTC).isoformat(), delivery.message_id, delivery.target),
        )

    def end(self, delivery: SendableT, *, arrived: bool) -> None:
        """Note whether it arrived; if not, it is pending again."""
        self._connection.execute(
            "update deliveries set status = ? where (message_id, target) = (?, ?)",
            ("sent" if arrived else "pending", delivery.message_id, delivery.target),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
