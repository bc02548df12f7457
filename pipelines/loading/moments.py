"""Times as vendors write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment_of(text: Any) -> datetime | None:
    """Aware UTC time of an ISO 8601 text, which without a zone is UTC; None for what is none.

    A time that leaves the calendar once it is in UTC (the year 1 in the east) is none either.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
