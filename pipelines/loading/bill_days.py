"""Days of a bill as objects with versions, for vendors that say what a day costs line by line.

A UTC day is one object and its lines are nested, so that a restated day is a new version which
replaces the whole day, and an emptied one is a version without lines. Lines are sorted and without
nulls, so that only what really changed makes a new version. A line that cannot be read exactly is
in the quarantine, and the day says how many of its lines are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from pipelines.loading.context import RunContext
from pipelines.loading.run_tables import QUARANTINE_SCHEMA
from pipelines.loading.tables import (
    ChildTable,
    JsonObject,
    LiftError,
    ObjectTable,
    Row,
    raw_of,
    to_json,
    written_or_refused,
)
from pipelines.loading.versions import BATCH_ROWS, VersionWriter

Tables = Iterator[tuple[str, pa.Table]]

#: What every day says, whoever bills it.
DAY_COLUMNS: Final = {
    "reported_date": "date",
    "account_id": "text",
    "is_final": "bool",
    "rows_quarantined": "bigint",
}
#: One object a day.
SCOPE: Final = "bill"


def day_table(name: str, rows: str, columns: Mapping[str, str], **more: str) -> ObjectTable:
    """The raw table of a report's days, with `rows` nested in it; `more` are columns of the day."""
    return ObjectTable(name, {**DAY_COLUMNS, **more}, (ChildTable(rows, "rows", columns),))


def object_id(day: date) -> str:
    """Id of a day among the objects of its table."""
    return f"{SCOPE}|{day.isoformat()}"


@dataclass
class DayWriter:
    """Writes the days of one report.

    Attributes:
        versions: of the table that `day_table` made.
    """

    context: RunContext
    versions: VersionWriter
    _refused: list[Row] = field(default_factory=list)

    def add(
        self,
        day: date,
        rows: Iterable[Any],
        read: Callable[[Any], JsonObject],
        **facts: Any,
    ) -> None:
        """Add what is said of a day now.

        Args:
            rows: as the vendor sent them.
            read: makes a row in our words of one; raises LiftError for what cannot be read.
            facts: columns of the day.
        """
        good: list[JsonObject] = []
        bad: list[tuple[LiftError, Any]] = []
        for row in rows:
            try:
                good.append(written_or_refused("row", _without_nulls(read(row)))[1])
            except LiftError as error:
                bad.append((error, row))
        item = {
            "id": object_id(day),
            "reported_date": day.isoformat(),
            **_without_nulls(facts),
            "rows": sorted(good, key=to_json),
            "rows_quarantined": len(bad),
        }
        if bad:
            item["quarantined"] = sorted(raw_of(row) for _, row in bad)
        before = self.versions.known.get(item["id"])
        self.versions.add(item, observed_at=self.context.observed_at, via="list")
        if bad and self.versions.known.get(item["id"]) is not before:
            self._refuse(day, bad, len(good) + len(bad))

    def _refuse(self, day: date, bad: list[tuple[LiftError, Any]], rows: int) -> None:
        name, context = self.versions.table.name, self.context
        context.warn(
            f"{name}: {len(bad)} of {rows} rows of {day} cannot be read ({bad[0][0]}); the rest of "
            f"the day is loaded, its total lacks them. They are in {context.account.dataset}."
            "quarantine."
        )
        self.versions.stats.quarantined += len(bad)
        self._refused += [
            {
                "_dlt_load_id": self.versions.load_id,
                "_observed_at": context.observed_at,
                "source_table": self.versions.table.children[0].name,
                "record_id": object_id(day),
                "file": None,
                "line": None,
                "field": error.field_path,
                "reason": str(error),
                "raw": raw_of(row),
            }
            for error, row in bad
        ]

    def flush(self, *, at_least: int = BATCH_ROWS) -> Tables:
        """Hand over the rows once there are many; with `at_least=0` all that are left."""
        yield from self.versions.flush(at_least=at_least)
        if self._refused and (at_least == 0 or len(self._refused) >= at_least):
            yield "quarantine", pa.Table.from_pylist(self._refused, schema=QUARANTINE_SCHEMA)
            self._refused = []


#: Money of a day's line is below a trillion; counts, of bytes for one, go further.
MOST_MONEY: Final = Decimal(10) ** 12
MOST: Final = Decimal(10) ** 24


def exact(path: str, value: Any, most: Decimal = MOST_MONEY) -> Decimal:
    """A number of JSON or a text of one, below `most`. Raises LiftError for anything else.

    Exponents are fine. A float that the parser made is refused: digits were lost before us.
    """
    is_number = isinstance(value, int | str | Decimal) and not isinstance(value, bool)
    is_plain = not isinstance(value, str) or "_" not in value  # Python reads 1_000 as a number
    try:
        number = Decimal(value) if is_number and is_plain else None
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite() or abs(number) >= most:
        raise LiftError(path, value, f"number below {most:.0e}")
    return number


def _without_nulls(row: JsonObject) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
