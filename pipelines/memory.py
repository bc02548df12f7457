"""Files in which commands remember what they told whom: SQLite, one a command."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import AlreadyRunningError, SettingError


@contextmanager
def remembering(path: Path) -> Iterator[None]:
    """While such a file is in use: what is wrong with it is an error in words.

    Raises:
        AlreadyRunningError: another program writes it.
        SettingError: it is damaged, or cannot be read or written.
    """
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise AlreadyRunningError(
                f"{path} is being written by another program. Close it, then run again."
            ) from error
        raise _cannot_be_used(path, str(error)) from error
    except OSError as error:
        if str(error.filename) != str(path):
            raise
        raise _cannot_be_used(path, str(error.strerror)) from error


def _cannot_be_used(path: Path, reason: str) -> SettingError:
    return SettingError(
        f"{path} cannot be used ({reason}). It holds what was told to whom: bring back a copy, or "
        "move it away, and what stands is told once more."
    )
