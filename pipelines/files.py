"""Files that are written whole, and names and values as SQL text."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, then rename it: readers see all of it or the one before.

    Line ends are written as they stand in the text.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)


def write_private(path: Path, text: str) -> None:
    """`write_whole` of a file that only its owner may read.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


#: What stands before an @ in a URL, and values of parameters that are keys by their name.
_PASSWORD = re.compile(r"(?<=://)[^/\s@'\"]+(?=@)", re.IGNORECASE)
_KEY_PARAMETER = re.compile(
    r"(?<=[?&])([\w.-]*(?:key|token|secret|password|passwd|pwd|signature|sig|credential)[\w.-]*=)"
    r"[^&\s'\"#]+",
    re.IGNORECASE,
)


def without_password(text: str) -> str:
    """A text that may hold URLs, their user names, passwords and keys blotted out."""
    return _KEY_PARAMETER.sub(r"\1[key]", _PASSWORD.sub("[key]", text))


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | date | datetime | int | Decimal) -> str:
    """A value as an SQL literal; times become UTC without a zone, as the marts have them."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return f"timestamp '{moment.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, int | Decimal):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
