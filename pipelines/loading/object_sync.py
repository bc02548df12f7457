"""What the loads of every billing vendor do alike: versions of objects, scrubbed, with records."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from pipelines.errors import AccessDeniedError, KeyRefusedError, NotFoundError
from pipelines.loading.context import EndpointResult, RunContext
from pipelines.loading.email_hashes import EmailHasher
from pipelines.loading.tables import JsonObject, ObjectTable
from pipelines.loading.versions import BATCH_ROWS, KnownVersion, VersionWriter, note_new_fields

ArrowRows = Iterator[tuple[str, pa.Table]]

#: How a vendor's object becomes one as it counts.
Shape = Callable[[dict[str, Any]], dict[str, Any]]

#: Lists lag behind what happened: what changed this long before a load is asked for again.
LIST_LAG: Final = timedelta(hours=1)


@dataclass
class ObjectSync:
    """The objects that one run of a vendor's source reads.

    Attributes:
        state: the source's state in dlt, plain JSON values.
        api_version: the vendor's version of the shape, noted with every row.
    """

    context: RunContext
    hasher: EmailHasher
    state: dict[str, Any]
    api_version: str | None = None
    _writers: dict[str, VersionWriter] = field(default_factory=dict)

    def writer(self, table: ObjectTable) -> VersionWriter:
        """The writer of a table, which knows the versions that the warehouse holds."""
        if table.name not in self._writers:
            known = self.context.known_versions(table.name)
            self._start(table, known)
        return self._writers[table.name]

    def _start(self, table: ObjectTable, known: dict[str, KnownVersion]) -> None:
        stats = self.context.stats_for(table.name)
        self._writers[table.name] = VersionWriter(
            table, self.context.load_id, known, stats, self.context.account.name
        )

    def add(
        self,
        table: ObjectTable,
        item: JsonObject,
        *,
        happened_at: datetime | None = None,
        sequence: int | None = None,
        is_history: bool = False,
    ) -> None:
        """Add an object as it is now, or as an event says that it was at `happened_at`."""
        email = item.get("email")
        domain = EmailHasher.domain(email) if isinstance(email, str) else None
        self.writer(table).add(
            self.hasher.scrub(item),
            observed_at=happened_at or self.context.observed_at,
            via="event" if happened_at else "list",
            api_version=self.api_version,
            derived={"email_domain": domain or None},
            sequence=sequence,
            is_history=is_history,
        )

    def shaped(self, table: ObjectTable, row: Any, shape: Shape = dict) -> dict[str, Any] | None:
        """An element of a list as it counts; None for one that makes no sense.

        Such a one costs itself alone: it is in the quarantine, and its neighbours load.
        """
        problem = "is not an object"
        if isinstance(row, dict):
            try:
                return shape(row)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                problem = f"a part of it has another shape than is known ({error})"
        row_id = row.get("id") if isinstance(row, dict) else None
        self.writer(table).quarantine(
            row,
            row_id if isinstance(row_id, str) else None,
            "the whole object",
            f"the whole object: {problem}",
            self.context.observed_at,
        )
        return None

    def read_list(
        self,
        table: ObjectTable,
        endpoint: str,
        objects: Iterable[Any],
        *,
        is_complete: bool,
        permission: str,
        is_needed: bool = False,
        shape: Shape = dict,
    ) -> Generator[tuple[str, pa.Table], None, bool]:
        """Rows of all objects of a list, which is listed among the run's endpoints.

        A list that the key may not read is skipped and said, unless it `is_needed`. Returns whether
        it was read to its end: only then may the next run ask for changes alone.

        Raises:
            AccessDeniedError: a needed list may not be read.
        """
        count = 0
        try:
            for row in objects:
                count += 1
                if (item := self.shaped(table, row, shape)) is not None:
                    self.add(table, item)
                yield from self.writer(table).flush(at_least=BATCH_ROWS)
        except KeyRefusedError:
            raise
        except (AccessDeniedError, NotFoundError) as error:
            if is_needed:
                raise AccessDeniedError(f"{error} It needs the permission {permission}.") from None
            self.skip(endpoint, f"{error} Permission: {permission}.")
            return False
        self.done(endpoint, count, is_complete=is_complete)
        return True

    def done(
        self, endpoint: str, count: int, *, is_complete: bool, reason: str | None = None
    ) -> None:
        """List an endpoint in the run's records as read."""
        self.context.endpoints.append(
            EndpointResult(endpoint, "loaded", reason, count, is_complete)
        )

    def skip(self, endpoint: str, reason: str) -> None:
        """List an endpoint that could not be read, in the run's records and in its summary."""
        self.context.endpoints.append(EndpointResult(endpoint, "skipped", reason, 0, False))
        self.context.warn(f"skipped {endpoint}: {reason}")

    def changed_since(self, endpoint: str) -> datetime | None:
        """From when on a list is asked for changes (naive UTC); None where all of it is wanted."""
        text = None if self.context.full_refresh else self.state.get(f"read:{endpoint}")
        last = datetime.fromisoformat(text) if text else None
        if last and last > self.context.observed_at:
            self.context.warn(
                f"lists were read at {last:%Y-%m-%d %H:%M}, which is after this run's clock "
                f"({self.context.observed_at:%Y-%m-%d %H:%M}); the clock jumped back, so "
                "everything is read again."
            )
            return None
        return last - LIST_LAG if last else None

    def remember_read(self, endpoint: str) -> None:
        """The next run asks the list for what changed after this one."""
        self.state[f"read:{endpoint}"] = self.context.observed_at.isoformat()

    def finish(self) -> ArrowRows:
        """All rows that are left; fields that the vendor did not send before are said."""
        for writer in self._writers.values():
            yield from writer.flush()
        note_new_fields(self.state, self._writers.values(), self.context.warn)
