"""Locks on files: one holder at a time, freed when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pipelines.errors import AlreadyRunningError, SettingError


def warehouse_lock(warehouse: Path) -> Path:
    """The lock that a load holds while it writes the warehouse."""
    return warehouse.with_name(warehouse.name + ".lock")


@contextmanager
def hold(path: Path, busy: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`, waiting at most `patience` seconds for another holder.

    Raises:
        AlreadyRunningError: somebody else holds it; the message is `busy`.
        SettingError: the file cannot be made or locked.
    """
    until = time.monotonic() + patience
    with _opened(path) as lock:
        while not _take(lock.fileno(), path):
            if time.monotonic() >= until:
                raise AlreadyRunningError(busy)
            time.sleep(0.2)
        yield


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise _cannot(path, "be written", error) from error


def _take(handle: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks: nobody holds it, and nobody ever can
        raise _cannot(path, "be locked", error) from error
    return True


def _cannot(path: Path, act: str, error: OSError) -> SettingError:
    return SettingError(
        f"{path} cannot {act} ({error.strerror}). Its folder must be one that you may write to, on "
        "a file system with locks: mend that, and run again."
    )
