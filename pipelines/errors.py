"""Errors of a load, each worded for the person who runs it: source, field or setting, remedy."""

from __future__ import annotations


class LoadError(Exception):
    """A source could not be loaded. The message never contains a key."""


class AccessDeniedError(LoadError):
    """The API refused the key (401) or the key may not read this object (403). Never retried."""


class KeyRefusedError(AccessDeniedError):
    """The API refused the key itself (401), so it may read nothing at all."""


class NotFoundError(LoadError):
    """The API does not know this address (404): an object or a feature the account lacks."""


class BadRequestError(LoadError):
    """The API refused the request's parameters (400)."""


class AlreadyRunningError(Exception):
    """Another run holds the warehouse's lock."""
