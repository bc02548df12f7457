"""What digests have said: a SQLite file beside the warehouse that survives builds and crashes.

    periods      one row per kind of digest: the first day that none has told of
    items        one row per kind and thing that was told: a hash of its key, for ever
    standing     one row per kind and alert that people think is open
    messages     one row per digest; its words are forgotten when everybody has them
    deliveries   one row per message and address, see `pipelines.alerts.outbox`

What is to be said is written down, in one transaction with what people will know then, before
anything is sent: a crash loses nothing. Each kind has its own memory, since who reads the month's
digest may not read the day's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipelines.alerts.outbox import Outbox
from pipelines.alerts.transitions import SEVERITIES
from pipelines.digests.content import Digest, Item, Kind

_TABLES = """
create table if not exists periods (kind text primary key, told_until text not null);
create table if not exists items (kind text not null, hash text not null, primary key (kind, hash));
create table if not exists standing (
    kind text not null, episode text not null, key text not null, words text not null,
    page text not null, primary key (kind, episode)
);
create table if not exists messages (
    message_id integer primary key, kind text not null, title text not null, plain text not null,
    html text not null, build_id text not null, written_at text not null
);
"""


@dataclass(frozen=True)
class Delivery:
    """A digest on its way to one address; `label` says which kind it is, never the address."""

    message_id: int
    target: str
    label: str
    status: str
    attempts: int
    title: str
    plain: str
    html: str


class KnownItems:
    """Keys that a kind of digest has told, by their hashes: ids of customers are not kept."""

    def __init__(self, hashes: frozenset[str]) -> None:
        self._hashes = hashes

    def __contains__(self, key: object) -> bool:
        return _hash(str(key)) in self._hashes

    def __iter__(self) -> Any:
        return iter(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)


class DigestLedger(Outbox[Delivery]):
    """The file, opened. Use it under the command's lock."""

    tables = _TABLES
    columns = "title, plain, html"

    def _delivery(self, row: tuple[Any, ...]) -> Delivery:
        return Delivery(*row)

    def told_until(self, kind: Kind) -> date | None:
        """The first day that no digest of the kind has told of; None before the first one."""
        row = self._connection.execute(
            "select told_until from periods where kind = ?", [kind]
        ).fetchone()
        return date.fromisoformat(row[0]) if row else None

    def known(self, kind: Kind) -> KnownItems:
        """Keys of the items that were told."""
        rows = self._connection.execute("select hash from items where kind = ?", [kind])
        return KnownItems(frozenset(row[0] for row in rows))

    def standing(self, kind: Kind) -> list[Item]:
        """Alerts that people think are open."""
        rows = self._connection.execute(
            "select key, words, page from standing where kind = ? order by key", [kind]
        )
        return [Item(*row) for row in rows]

    def write_down(
        self, digest: Digest, title: str, plain: str, html: str, targets: Sequence[tuple[str, str]]
    ) -> None:
        """Take down a digest, to whom it goes, and what people will know then.

        `targets` are (id, label) of every address.
        """
        kind = digest.kind
        with self._transaction():
            written = self._connection.execute(
                "insert into messages (kind, title, plain, html, build_id, written_at) "
                "values (?, ?, ?, ?, ?, ?)",
                [kind, title, plain, html, digest.build_id, datetime.now(UTC).isoformat()],
            )
            self._address(int(written.lastrowid or 0), targets)
            self._connection.execute(
                "insert or replace into periods values (?, ?)",
                [kind, digest.period.end.isoformat()],
            )
            self._connection.executemany(
                "insert or ignore into items values (?, ?)",
                [(kind, _hash(item.key)) for item in digest.items],
            )
            for item in digest.over:  # if it opens again, that is news
                self._connection.execute(
                    "delete from standing where kind = ? and episode = ?", [kind, item.episode]
                )
                self._connection.executemany(
                    "delete from items where kind = ? and hash = ?",
                    [(kind, _hash(f"{item.episode} {severity}")) for severity in SEVERITIES],
                )
            self._connection.executemany(
                "insert or replace into standing values (?, ?, ?, ?, ?)",
                [
                    (kind, item.episode, item.key, item.text, item.page)
                    for item in digest.items
                    if item.is_alert
                ],
            )

    def forget_words(self) -> None:
        """Messages that nobody waits for lose their words: names in them are kept no longer."""
        self._connection.execute(
            "update messages set plain = '', html = '' where message_id not in "
            "(select message_id from deliveries where status = 'pending')"
        )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
