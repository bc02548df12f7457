"""Raw as append-only versions: what is new, what changed, what is gone.

A `VersionWriter` turns the objects a source reads into Arrow tables of versions. It knows the last
version of each object that the warehouse holds (id -> content hash), so an unchanged object adds
nothing, and a complete reading that lacks a known object adds a row with `_is_deleted`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipelines.erasure.ledger import Ledger
from pipelines.erasure.objects import ids_named, scrubbed
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.tables import (
    JsonObject,
    LiftError,
    ObjectTable,
    Row,
    all_schemas,
    lift_children,
    lift_object,
    raw_of,
    without_surrogates,
    written,
)

BATCH_ROWS = 20_000


@dataclass(frozen=True)
class KnownVersion:
    """The last version of an object that the warehouse holds."""

    content_hash: str
    observed_at: datetime
    is_deleted: bool


@dataclass
class TableStats:
    """What a run did to one raw table, counted in rows."""

    read: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    quarantined: int = 0


@dataclass
class VersionWriter:
    """Collects versions of one object table (and its nested tables) as Arrow tables.

    Args:
        table: the declaration.
        load_id: dlt's load package, written to every row.
        known: last known version by id; updated as versions are added.
        source: account that is loaded; ids of people who were erased count by it.
        ledger: who was erased; of them nothing is written but pseudonyms.
    """

    table: ObjectTable
    load_id: str
    known: dict[str, KnownVersion]
    stats: TableStats = field(default_factory=TableStats)
    source: str = ""
    ledger: Ledger = field(default_factory=Ledger.beside)

    def __post_init__(self) -> None:
        self._schemas = all_schemas([self.table])
        self._schemas["quarantine"] = QUARANTINE_SCHEMA
        self._rows: dict[str, list[Row]] = {name: [] for name in self._schemas}
        self._sequence = 0
        self._history_met: dict[str, datetime] = {}
        self.seen: set[str] = set()
        self.fields: set[str] = set()

    def add(
        self,
        item: JsonObject,
        *,
        observed_at: datetime,
        via: str,
        api_version: str | None = None,
        derived: JsonObject | None = None,
        sequence: int | None = None,
        is_history: bool = False,
    ) -> None:
        """Add one observed object; nothing is written if its content is what is already known.

        A snapshot from an event that is older than the last known version is history: it is
        written, and what is known stays. Anything else shows the present, so it is never dated
        before the last known version, even if the clock jumped back since. An object that cannot be
        lifted goes to quarantine.

        Args:
            item: the object as the vendor gave it.
            observed_at: naive UTC time at which this was its state.
            via: list, event, retrieve or file.
            api_version: the vendor's version of the shape.
            derived: further fields to lift that are not part of the object's own content.
            sequence: order among observations of the same time; by default order of adding.
            is_history: write it even if the newest known version has the same content.
        """
        self.stats.read += 1
        if names := ids_named(item, self.ledger, self.table.name, self.source):
            item = scrubbed(item, names, self.table.name)
            derived = scrubbed(derived, names, self.table.name) if derived else derived
        item_id = item.get("id")
        if not isinstance(item_id, str) or not item_id:
            self.quarantine(item, None, "id", "id: is missing", observed_at)
            return
        self.seen.add(item_id)
        self.fields.update(item)
        try:
            text, item = written(item)
        except (TypeError, ValueError, RecursionError):
            name = _not_writable(item)
            reason = f"{name}: cannot be written as JSON (too deep, or too many digits)"
            self.quarantine(item, item_id, name, reason, observed_at)
            return
        item_id = str(item["id"])
        content_hash = hashlib.sha256(text.encode()).hexdigest()[:32]
        before = self.known.get(item_id)
        is_known = before and not before.is_deleted and before.content_hash == content_hash
        if is_known and not is_history:
            return
        if via != "event":
            observed_at = _not_before(observed_at, before)
        version = self._version(item_id, content_hash, observed_at, via, False)
        version |= {"_api_version": api_version, "_raw": text}
        if sequence is not None:
            version["_sequence"] = sequence
        lifted = {**item, **derived} if derived else item
        try:
            row = version | lift_object(lifted, self.table)
            children = list(lift_children(item_id, lifted, None, self.table.children))
        except LiftError as error:
            self.quarantine(item, item_id, error.field_path, str(error), observed_at)
            return
        self._rows[self.table.name].append(row)
        for name, child in children:
            child |= {"_dlt_load_id": self.load_id, "_version_id": version["_version_id"]}
            self._rows[name].append(child)
        # History comes newest first: of versions of one moment the one met first is the newest.
        is_older = is_history and self._history_met.get(item_id) == observed_at
        now = before if before and is_older else KnownVersion(content_hash, observed_at, False)
        self._remember(item_id, before, now)
        if is_history:
            self._history_met.setdefault(item_id, observed_at)

    def mark_deleted(self, item_id: str, *, observed_at: datetime, via: str) -> None:
        """Close an object that the vendor says, or shows, to be gone. Unknown ones are ignored."""
        if erased := self.ledger.find(item_id, self.source):
            item_id = erased.pseudonym if erased.pseudonym in self.known else item_id
        before = self.known.get(item_id)
        if before is None or before.is_deleted:
            return
        if via != "event":
            observed_at = _not_before(observed_at, before)
        self._rows[self.table.name].append(
            self._version(item_id, before.content_hash, observed_at, via, True)
        )
        self._remember(item_id, before, KnownVersion(before.content_hash, observed_at, True))

    def close_unseen(self, *, observed_at: datetime) -> None:
        """After a complete reading: everything known that was not read is gone."""
        gone = [key for key, last in self.known.items() if not last.is_deleted]
        for item_id in gone:
            if item_id not in self.seen:
                self.mark_deleted(item_id, observed_at=observed_at, via="list")

    def flush(self, *, at_least: int = 0) -> Iterator[tuple[str, pa.Table]]:
        """Hand over the rows as (table name, Arrow table), once there are `at_least` many."""
        if sum(len(rows) for rows in self._rows.values()) < max(at_least, 1):
            return
        for name, rows in self._rows.items():
            if rows:
                yield name, pa.Table.from_pylist(rows, schema=self._schemas[name])
                self._rows[name] = []

    def _version(
        self, item_id: str, content_hash: str, observed_at: datetime, via: str, is_deleted: bool
    ) -> Row:
        self._sequence += 1
        key = f"{self.table.name}|{item_id}|{self.load_id}|{self._sequence}"
        return {
            "_dlt_load_id": self.load_id,
            "_version_id": hashlib.sha256(key.encode()).hexdigest()[:32],
            "_observed_at": observed_at,
            "_observed_via": via,
            "_sequence": self._sequence,
            "_content_hash": content_hash,
            "_is_deleted": is_deleted,
            "id": item_id,
        }

    def _remember(self, item_id: str, before: KnownVersion | None, now: KnownVersion) -> None:
        if before is None or now.observed_at >= before.observed_at:
            self.known[item_id] = now
        if now.is_deleted:
            self.stats.deleted += 1
        elif before is None:
            self.stats.new += 1
        else:
            self.stats.changed += 1

    def quarantine(
        self,
        item: Any,
        item_id: str | None,
        field_path: str,
        reason: str,
        observed_at: datetime,
    ) -> None:
        """Put an object aside with the field that cannot be read and what is wrong with it."""
        self.stats.quarantined += 1
        self._rows["quarantine"].append(
            {
                "_dlt_load_id": self.load_id,
                "_observed_at": observed_at,
                "source_table": self.table.name,
                "record_id": item_id,
                "field": field_path,
                "reason": reason,
                "raw": raw_of(item),
            }
        )


def _not_writable(item: JsonObject) -> str:
    """The field of an object that cannot be written."""
    for name, value in item.items():
        try:
            written({"value": value})
        except (TypeError, ValueError, RecursionError):
            return str(without_surrogates(name))
    return "id"


def _not_before(observed_at: datetime, before: KnownVersion | None) -> datetime:
    return max(observed_at, before.observed_at) if before else observed_at


def note_new_fields(
    state: dict[str, Any], writers: Iterable[VersionWriter], warn: Callable[[str], None]
) -> None:
    """Say which fields a vendor sends that it did not send before, once.

    They are loaded within `_raw`. `state` is the source's; its key `fields` holds what was seen.
    """
    seen: dict[str, list[str]] = state.setdefault("fields", {})
    for writer in writers:
        name = writer.table.name
        known = set(seen.get(name, []))
        fields = {str(without_surrogates(one)) for one in writer.fields}
        if name in seen and (new := fields - known):
            warn(f"{name}: new fields {', '.join(sorted(new))}; they are in its column _raw.")
        if fields:
            seen[name] = sorted(known | fields)


def write_all(
    writer: VersionWriter, objects: Iterable[JsonObject], **how: Any
) -> Iterator[tuple[str, pa.Table]]:
    """Add every object, handing over Arrow tables in bounded batches."""
    for item in objects:
        writer.add(item, **how)
        yield from writer.flush(at_least=BATCH_ROWS)


def known_versions(rows: Iterable[Mapping[str, Any]]) -> dict[str, KnownVersion]:
    """Last version by id from rows (id, _content_hash, _observed_at, _is_deleted)."""
    return {
        row["id"]: KnownVersion(row["_content_hash"], row["_observed_at"], row["_is_deleted"])
        for row in rows
    }
