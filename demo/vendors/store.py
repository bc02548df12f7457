"""The simulated vendors' memory: every object with all its versions, in one SQLite file.

A version is what an object looked like from `visible_from` on. The server answers as of its clock:
an object exists once its first version is visible, and shows its last visible version. Writing is
buffered; reading opens the file a second time, read-only, so that a server and a generator can be
separate processes.

Bodies are compact "canonical" JSON (zlib); `shapes.py` turns them into the API shape asked for, so
one stored version serves every API version, and an event needs no copy of its object.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import ChainMap
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

Json = dict[str, Any]

_SCHEMA: Final = """
create table objects (
    seq integer primary key, vendor text not null, type text not null, id text not null,
    created integer not null, customer text, parent text
);
create unique index objects_by_id on objects (vendor, type, id);
create index objects_by_age on objects (vendor, type, created desc, seq desc);
create index objects_by_customer on objects (vendor, type, customer, created desc, seq desc);
create index objects_by_parent on objects (vendor, type, parent, created desc, seq desc);
create table versions (
    number integer primary key, object integer not null, visible_from integer not null,
    deleted integer not null, body blob not null
);
create index versions_by_object on versions (object, visible_from desc, number desc);
create table events (
    seq integer primary key, created integer not null, type text not null,
    version integer not null, previous integer
);
create index events_by_age on events (created desc, seq desc);
create table cost_days (
    day integer not null, visible_from integer not null, number integer primary key,
    rows blob not null
);
create index cost_days_by_day on cost_days (day, visible_from desc, number desc);
create table usage_days (
    endpoint text not null, day integer not null, visible_from integer not null,
    number integer primary key, rows blob not null
);
create index usage_days_by_day on usage_days (endpoint, day, visible_from desc, number desc);
create table meter_usage (
    meter text not null, customer text not null, day integer not null, value integer not null
);
create index meter_usage_by_customer on meter_usage (meter, customer, day);
create table ledger (
    at integer not null, kind text not null, customer text not null, currency text not null,
    amount integer not null, reference text not null
);
create table recurring (
    customer text not null, subscription text not null, item text not null,
    product text not null, price text not null, quantity integer,
    currency text not null, state text not null, valid_from integer not null,
    valid_to integer, first_charged_at integer, proven_at integer, gross text not null,
    discount text not null,
    tax text not null, net text not null
);
create table planted (
    kind text not null, subject text not null, at integer not null, detail text not null
);
create table settings (name text primary key, value text not null);
"""


def pack(value: Any) -> bytes:
    """Compact JSON, compressed: bodies repeat themselves a lot."""
    return zlib.compress(orjson.dumps(value), 1)


def unpack(blob: bytes) -> Any:
    """The value that `pack` was given."""
    return orjson.loads(zlib.decompress(blob))


@dataclass(frozen=True, slots=True)
class Version:
    """One visible state of an object: `body` is canonical JSON, `at` when it became visible."""

    id: str
    type: str
    created: int
    sequence: int
    at: int
    is_deleted: bool
    body: Json


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A Stripe event: what happened to which version, and the version before it."""

    sequence: int
    created: int
    type: str
    version: int
    previous: int | None


class StoreWriter:
    """Writes a new store file; use as a context manager: the file appears when it closes well.

    Raises:
        FileExistsError: `path` exists; a store is never changed behind a running server's back
            (pass `extend=True` to add to one).
    """

    def __init__(self, path: Path, *, extend: bool = False) -> None:
        if path.exists() and not extend:
            raise FileExistsError(f"{path} exists: delete it first or choose another folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        self._final = path
        self._path = path.with_name(f"{path.name}.partial") if is_new else path
        if is_new:
            self._path.unlink(missing_ok=True)
        self._db = sqlite3.connect(self._path)
        self._db.execute("pragma synchronous = off")
        self._db.execute("pragma journal_mode = off" if is_new else "pragma journal_mode = delete")
        if is_new:
            self._db.executescript(_SCHEMA)
        self._object_seq = self._largest("objects", "seq")
        self._version_number = self._largest("versions", "number")
        self._event_seq = self._largest("events", "seq")
        self._known: MutableMapping[tuple[str, str, str], tuple[int, int]] = {}
        self._objects: list[tuple[Any, ...]] = []
        self._versions: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._ledger: list[tuple[Any, ...]] = []
        self._recurring: list[tuple[Any, ...]] = []
        self._meter_usage: list[tuple[str, str, int, int]] = []

    def _largest(self, table: str, column: str) -> int:
        row = self._db.execute(f"select coalesce(max({column}), 0) from {table}").fetchone()
        return int(row[0])

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is None:
            self.close()
        else:
            self._db.close()

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Objects first put inside get all their versions inside: their keys are then forgotten.

        Keeps memory at one customer's objects, however many customers there are.
        """
        outer = self._known
        self._known = ChainMap({}, outer)
        try:
            yield
        finally:
            self._known = outer

    def put(
        self,
        type_: str,
        body: Json,
        at: int,
        *events: str,
        vendor: str = "stripe",
        deleted: bool = False,
        created: int | None = None,
        customer: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Add a version of the object `body["id"]`, visible from `at`; its first call creates it.

        `created`, `customer` and `parent` (what the object can be listed by) count on creation
        only. Each name in `events` becomes a Stripe event of that moment. Versions of one object
        must be added in time order.
        """
        key = (vendor, type_, str(body["id"]))
        known = self._known.get(key)
        if known is None:
            self._object_seq += 1
            born = created if created is not None else int(body.get("created", at))
            self._objects.append((self._object_seq, vendor, type_, key[2], born, customer, parent))
            seq, previous = self._object_seq, None
        else:
            seq, previous = known
        self._version_number += 1
        self._versions.append((self._version_number, seq, at, int(deleted), pack(body)))
        self._known[key] = (seq, self._version_number)
        for name in events:
            self._event_seq += 1
            self._events.append((self._event_seq, at, name, self._version_number, previous))
        if len(self._versions) >= 20_000:
            self.flush()

    def put_cost_day(self, day: int, visible_from: int, rows: list[Json]) -> None:
        """The whole bill of the UTC day starting at `day`, as stated from `visible_from` on."""
        self._db.execute(
            "insert into cost_days (day, visible_from, rows) values (?, ?, ?)",
            (day, visible_from, pack(rows)),
        )

    def put_usage_day(self, endpoint: str, day: int, visible_from: int, rows: list[Json]) -> None:
        """The usage rows of one endpoint and UTC day as reported from `visible_from` on."""
        self._db.execute(
            "insert into usage_days (endpoint, day, visible_from, rows) values (?, ?, ?, ?)",
            (endpoint, day, visible_from, pack(rows)),
        )

    def put_meter_usage(self, meter: str, customer: str, day: int, value: int) -> None:
        """Units a customer used on the UTC day starting at `day`."""
        self._meter_usage.append((meter, customer, day, value))

    def book(
        self, at: int, kind: str, customer: str, currency: str, amount: int, reference: str
    ) -> None:
        """One line of the simulator's own cash book; `amount` in minor units."""
        self._ledger.append((at, kind, customer, currency, amount, reference))

    def book_recurring(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Stretches of recurring revenue by the simulator's own book-keeping (see truth.py)."""
        self._recurring.extend(rows)

    def plant(self, kind: str, subject: str, at: int, detail: Json) -> None:
        """Remember that something was put into the data on purpose, visible from `at`."""
        self._db.execute(
            "insert into planted values (?, ?, ?, ?)",
            (kind, subject, at, orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()),
        )

    def set(self, name: str, value: str) -> None:
        """Keep one setting of the account or the generator."""
        self._db.execute("insert or replace into settings values (?, ?)", (name, value))

    def flush(self) -> None:
        """Write what is buffered."""
        many = self._db.executemany
        many("insert into objects values (?, ?, ?, ?, ?, ?, ?)", self._objects)
        many("insert into versions values (?, ?, ?, ?, ?)", self._versions)
        many("insert into events values (?, ?, ?, ?, ?)", self._events)
        many("insert into ledger values (?, ?, ?, ?, ?, ?)", self._ledger)
        many(f"insert into recurring values ({', '.join('?' * 16)})", self._recurring)
        many("insert into meter_usage values (?, ?, ?, ?)", self._meter_usage)
        for buffer in (
            self._objects,
            self._versions,
            self._events,
            self._ledger,
            self._recurring,
            self._meter_usage,
        ):
            buffer.clear()

    def forget_history(self) -> None:
        """Keep only the last version of every object and no events.

        What a vendor shows to somebody who connects long afterwards.
        """
        self.flush()
        self._db.execute("delete from events")
        self._db.execute(
            "delete from versions where number not in "
            "(select max(number) from versions group by object)"
        )
        # What is left was always so, as far as this vendor's API can tell.
        self._db.execute(
            "update versions set visible_from = "
            "(select created from objects where seq = versions.object)"
        )

    def close(self) -> None:
        """Flush, commit, close and give the file its name: a half-written store never has it."""
        self.flush()
        self._db.commit()
        self._db.close()
        if self._path != self._final:
            self._path.rename(self._final)


class Store:
    """Reads a store file as of any moment. One instance per thread."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(f"no demo company at {path}: generate one first")
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def setting(self, name: str, default: str | None = None) -> str:
        """A setting kept by the generator.

        Raises:
            KeyError: it was never set and no default is given.
        """
        row = self._db.execute("select value from settings where name = ?", (name,)).fetchone()
        if row is None:
            if default is None:
                raise KeyError(name)
            return default
        return str(row[0])

    def get(self, type_: str, id_: str, at: int, vendor: str = "stripe") -> Version | None:
        """The version of an object visible at `at`, deleted or not; None before its first."""
        row = self._db.execute(
            "select seq, created from objects where vendor = ? and type = ? and id = ?",
            (vendor, type_, id_),
        ).fetchone()
        return None if row is None else self._version_at(row[0], type_, id_, row[1], at)

    def _version_at(self, seq: int, type_: str, id_: str, created: int, at: int) -> Version | None:
        row = self._db.execute(
            "select visible_from, deleted, body from versions where object = ? "
            "and visible_from <= ? order by visible_from desc, number desc limit 1",
            (seq, at),
        ).fetchone()
        if row is None:
            return None
        return Version(id_, type_, created, seq, row[0], bool(row[1]), unpack(row[2]))

    def newest_first(
        self,
        type_: str,
        at: int,
        *,
        vendor: str = "stripe",
        before: tuple[int, int] | None = None,
        customer: str | None = None,
        parent: str | None = None,
        created_from: int | None = None,
        created_to: int | None = None,
    ) -> Iterator[Version]:
        """Objects visible and not deleted at `at`, newest first, lazily.

        Args:
            before: (created, sequence) of the last one already seen.
            created_from, created_to: bounds of `created`, both inclusive.
        """
        where = ["vendor = ?", "type = ?", "created <= ?"]
        values: list[Any] = [vendor, type_, at if created_to is None else min(at, created_to)]
        for column, value in (("customer", customer), ("parent", parent)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        if created_from is not None:
            where.append("created >= ?")
            values.append(created_from)
        if before is not None:
            where.append("(created, seq) < (?, ?)")
            values.extend(before)
        cursor = self._db.execute(
            f"select seq, id, created from objects where {' and '.join(where)} "
            "order by created desc, seq desc",
            values,
        )
        for seq, id_, created in cursor:
            version = self._version_at(seq, type_, id_, created, at)
            if version is not None and not version.is_deleted:
                yield version

    def events(
        self, first: int, last: int, before: tuple[int, int] | None = None
    ) -> Iterator[StoredEvent]:
        """Events created from `first` to `last` (inclusive), newest first, lazily."""
        condition, values = "", [first, last]
        if before is not None:
            condition = "and (created, seq) < (?, ?)"
            values.extend(before)
        cursor = self._db.execute(
            "select seq, created, type, version, previous from events "
            f"where created between ? and ? {condition} order by created desc, seq desc",
            values,
        )
        for row in cursor:
            yield StoredEvent(*row)

    def event(self, sequence: int) -> StoredEvent | None:
        """One event by its sequence."""
        row = self._db.execute(
            "select seq, created, type, version, previous from events where seq = ?", (sequence,)
        ).fetchone()
        return None if row is None else StoredEvent(*row)

    def version(self, number: int) -> Version:
        """A version by its number (as events name it)."""
        row = self._db.execute(
            "select o.id, o.type, o.created, o.seq, v.visible_from, v.deleted, v.body "
            "from versions v join objects o on o.seq = v.object where v.number = ?",
            (number,),
        ).fetchone()
        return Version(row[0], row[1], row[2], row[3], row[4], bool(row[5]), unpack(row[6]))

    def cost_day(self, day: int, at: int) -> list[Json]:
        """The bill of a day as stated at `at`; empty where nothing is stated."""
        row = self._db.execute(
            "select rows from cost_days where day = ? and visible_from <= ? "
            "order by visible_from desc, number desc limit 1",
            (day, at),
        ).fetchone()
        return [] if row is None else list(unpack(row[0]))

    def cost_day_versions(self, day: int, at: int) -> list[tuple[int, list[Json]]]:
        """Every statement of a day's bill up to `at`, oldest first: (visible_from, rows)."""
        rows = self._db.execute(
            "select visible_from, rows from cost_days where day = ? and visible_from <= ? "
            "order by visible_from, number",
            (day, at),
        ).fetchall()
        return [(row[0], list(unpack(row[1]))) for row in rows]

    def cost_days(self, at: int) -> list[int]:
        """All days that have a statement at `at`."""
        rows = self._db.execute(
            "select distinct day from cost_days where visible_from <= ? order by day", (at,)
        )
        return [row[0] for row in rows]

    def usage_day(self, endpoint: str, day: int, at: int) -> list[Json]:
        """Usage rows of an endpoint and day as reported at `at`."""
        row = self._db.execute(
            "select rows from usage_days where endpoint = ? and day = ? and visible_from <= ? "
            "order by visible_from desc, number desc limit 1",
            (endpoint, day, at),
        ).fetchone()
        return [] if row is None else list(unpack(row[0]))

    def usage_day_versions(self, endpoint: str, day: int, at: int) -> list[list[Json]]:
        """Every report of an endpoint about a day up to `at`, oldest first."""
        rows = self._db.execute(
            "select rows from usage_days where endpoint = ? and day = ? and visible_from <= ? "
            "order by visible_from, number",
            (endpoint, day, at),
        )
        return [list(unpack(row[0])) for row in rows]

    def usage_days(self, endpoint: str, at: int) -> list[int]:
        """All days of which an endpoint reports something at `at`."""
        rows = self._db.execute(
            "select distinct day from usage_days where endpoint = ? and visible_from <= ? "
            "order by day",
            (endpoint, at),
        )
        return [row[0] for row in rows]

    def meter_usage(
        self, meter: str, customer: str, first: int, last: int
    ) -> list[tuple[int, int]]:
        """(day, units) of a customer between two moments, half-open, oldest first."""
        return self._db.execute(
            "select day, value from meter_usage where meter = ? and customer = ? "
            "and day >= ? and day < ? order by day",
            (meter, customer, first, last),
        ).fetchall()

    def ledger(self, at: int) -> list[tuple[int, str, str, str, int, str]]:
        """The cash book up to `at`: (at, kind, customer, currency, minor units, reference)."""
        return self._db.execute(
            "select * from ledger where at <= ? order by at, rowid", (at,)
        ).fetchall()

    def recurring(self) -> Iterator[tuple[Any, ...]]:
        """All stretches of recurring revenue, customers together, in time order."""
        yield from self._db.execute(
            "select * from recurring order by customer, valid_from, subscription, item"
        )

    def planted(self, at: int) -> list[tuple[str, str, int, Json]]:
        """What was planted and is visible at `at`: (kind, subject, since, detail)."""
        rows = self._db.execute(
            "select kind, subject, at, detail from planted where at <= ? "
            "order by kind, subject, at",
            (at,),
        )
        return [(kind, subject, since, orjson.loads(text)) for kind, subject, since, text in rows]
