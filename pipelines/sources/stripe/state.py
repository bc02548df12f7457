"""What a sync remembers for the next one, and times as Stripe writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pipelines.loading.context import RunContext

#: Events can appear a little after their time; they are asked for again this far back.
EVENT_OVERLAP: Final = timedelta(hours=1)
EPOCH: Final = datetime(1970, 1, 1)


@dataclass
class SyncState:
    """What a sync remembers for the next one, kept in dlt's source state (plain JSON values)."""

    values: dict[str, Any]

    def moment(self, name: str) -> datetime | None:
        """A remembered naive UTC time."""
        text = self.values.get(name)
        return datetime.fromisoformat(text) if text else None

    def remember(self, name: str, moment: datetime) -> None:
        """Remember a naive UTC time."""
        self.values[name] = moment.isoformat()

    def event_cursor(self, context: RunContext) -> datetime | None:
        """Events are asked for from here: the newest one seen, a little before it."""
        newest = self.moment("newest_event_at")
        if newest is None:
            return None
        if newest > context.observed_at + EVENT_OVERLAP:
            context.warn(
                f"the newest event is dated {newest:%Y-%m-%d %H:%M} UTC, after this run's clock; "
                "events are read from the last sync on."
            )
            newest = self.moment("synced_at") or context.observed_at
        return newest - EVENT_OVERLAP


def epoch(moment: datetime) -> int:
    """Unix seconds of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def from_epoch(seconds: Any) -> datetime:
    """Naive UTC time of Unix seconds; the epoch's start where there are none."""
    return datetime.fromtimestamp(int(seconds or 0), UTC).replace(tzinfo=None)
