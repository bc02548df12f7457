"""Errors that a person reads: each message says what is wrong, where, and what to do about it.

    ProjectError                 the exit code that a command ends with
    ├── SettingError             2: a setting is missing or cannot be read
    ├── AlreadyRunningError      3: another run holds the lock
    ├── UnreachableError         1: a server or file cannot be used now; trying again may help
    └── LoadError                1: a source could not be loaded; the next run heals
        ├── AccessDeniedError    the key may not read this object (403)
        │   └── KeyRefusedError  the key may not read anything (401)
        ├── NotFoundError        the API does not know this address (404)
        └── BadRequestError      the API refused the request's parameters (400)

Messages never contain a key or a password: what stands before the @ of a URL, and parameters that
are keys by their name, are blotted out here.
"""

from __future__ import annotations

from typing import ClassVar, Final

from pipelines.files import without_password

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_ALREADY_RUNNING: Final = 3


class ProjectError(Exception):
    """What went wrong and what to do, in one message; `exit_code` is that of the command."""

    exit_code: ClassVar[int] = EXIT_FAILED

    def __init__(self, message: object = "") -> None:
        super().__init__(without_password(str(message)))


class SettingError(ProjectError):
    """A setting is missing or cannot be read; the message names it and the remedy."""

    exit_code = EXIT_WRONG_USE


class AlreadyRunningError(ProjectError):
    """Another run holds the lock."""

    exit_code = EXIT_ALREADY_RUNNING


class UnreachableError(ProjectError):
    """A server, bucket or file that the settings name cannot be opened or copied now."""


class LoadError(ProjectError):
    """A source could not be loaded."""


class AccessDeniedError(LoadError):
    """The key may not read this object (403). Never retried."""


class KeyRefusedError(AccessDeniedError):
    """The API refused the key itself (401), so it may read nothing at all."""


class NotFoundError(LoadError):
    """The API does not know this address (404): an object or a feature the account lacks."""


class BadRequestError(LoadError):
    """The API refused the request's parameters (400)."""
