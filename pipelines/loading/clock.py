"""The wall clock, for durations and records of when something ran (never for data windows)."""

from __future__ import annotations

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """Present time as naive UTC, as raw tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)
