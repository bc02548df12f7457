"""The price seeds: their rows, and how they grow. Rows are only ever appended or closed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

SEEDS: Final = Path("seeds")
#: First day of a price whose start no source gives.
EARLIEST: Final = date(2020, 1, 1)

PRICE_COLUMNS: Final = (
    "provider", "model_id", "token_type", "service_tier", "context_min_tokens",
    "usd_per_million_tokens", "valid_from", "valid_to", "date_kind", "source", "checked_on", "note",
)  # fmt: skip
ALIAS_COLUMNS: Final = ("provider", "pattern", "model_id", "priority", "note")

Key = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Price:
    """A row of the seed; `usd` is per million tokens (or units); `valid_to` None while it holds."""

    provider: str
    model_id: str
    token_type: str
    tier: str
    context: int
    usd: Decimal
    valid_from: date
    valid_to: date | None
    date_kind: str
    source: str
    checked_on: date
    note: str

    @property
    def key(self) -> Key:
        """What is priced; periods of one key never overlap."""
        return (self.provider, self.model_id, self.token_type, self.tier, self.context)

    def row(self) -> list[str]:
        """As the seed's CSV holds it."""
        return [
            self.provider, self.model_id, self.token_type, self.tier, str(self.context),
            plain(self.usd), self.valid_from.isoformat(),
            "" if self.valid_to is None else self.valid_to.isoformat(), self.date_kind,
            self.source, self.checked_on.isoformat(), self.note,
        ]  # fmt: skip

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Price:
        """From a row of the seed's CSV."""
        return cls(
            row["provider"],
            row["model_id"],
            row["token_type"],
            row["service_tier"] or "standard",
            int(row["context_min_tokens"]),
            Decimal(row["usd_per_million_tokens"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["date_kind"],
            row["source"],
            date.fromisoformat(row["checked_on"]),
            row["note"],
        )


def plain(value: Decimal) -> str:
    """Decimal text without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def merged(held: Sequence[Price], fresh: Iterable[Price], today: date) -> list[Price]:
    """The seed with what is new: rows are closed or appended, never otherwise changed.

    A key that the sources no longer list stays as it is. A new price starts on the day the source
    says it took effect, else today; never before the price that it follows.
    """
    result = list(held)
    places: dict[Key, int] = {}
    for place, row in enumerate(result):
        if row.key not in places or row.valid_from > result[places[row.key]].valid_from:
            places[row.key] = place
    known_tiers = {row.key[:4] for row in held}
    for row in sorted(fresh, key=lambda row: (row.key, row.valid_from)):
        at = places.get(row.key)
        if at is None:
            appeared = row.key[:4] in known_tiers and row.date_kind == "first_seen"
            places[row.key] = len(result)
            # A context step that appeared: requests so far were right without it.
            is_new_step = appeared and row.valid_to is None
            result.append(replace(row, valid_from=today) if is_new_step else row)
            continue
        last = result[at]
        if last.valid_to is not None and row.valid_from >= last.valid_to:
            # The next period of the same refresh, or a price that came back.
            places[row.key] = len(result)
            result.append(row)
        elif last.valid_to is None and row.valid_to is None and row.usd != last.usd:
            dated = row.date_kind == "effective" and row.valid_from > last.valid_from
            start = row.valid_from if dated else max(today, last.valid_from)
            result[at] = replace(last, valid_to=start)
            places[row.key] = len(result)
            kind = "effective" if dated else "first_seen"
            result.append(replace(row, valid_from=start, date_kind=kind))
    return result


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV, none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def changes(before: Sequence[Price], after: Sequence[Price]) -> Iterator[str]:
    """A line for each row that was appended or closed."""
    known = {(row.key, row.valid_from): row for row in before}
    for row in after:
        old = known.get((row.key, row.valid_from))
        what = " ".join(str(part) for part in row.key)
        if old is None:
            yield f"new     {what}: {plain(row.usd)} from {row.valid_from}"
        elif old != row:
            yield f"closed  {what}: {plain(row.usd)} until {row.valid_to}"
