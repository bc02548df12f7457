"""Locks on files: one holder at a time, freed when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import AlreadyRunningError


def warehouse_lock(warehouse: Path) -> Path:
    """The lock that a load holds while it writes the warehouse."""
    return warehouse.with_name(warehouse.name + ".lock")


@contextmanager
def hold(path: Path, busy: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`, waiting at most `patience` seconds for another holder.

    Raises:
        AlreadyRunningError: somebody else holds it; the message is `busy`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience
    with path.open("w") as lock:
        while not _take(lock.fileno()):
            if time.monotonic() >= until:
                raise AlreadyRunningError(busy)
            time.sleep(0.2)
        yield


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
