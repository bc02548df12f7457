"""Small published builds for the tests; see `benchmarks.published`."""

from benchmarks.published import (
    AS_OF,
    HOSTILE_NAMES,
    PublishedDir,
    answer,
    contracts,
    hostile_rows,
)

__all__ = ["AS_OF", "HOSTILE_NAMES", "PublishedDir", "answer", "contracts", "hostile_rows"]
