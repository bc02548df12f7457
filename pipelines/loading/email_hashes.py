"""E-mail addresses are replaced before anything is written to disk.

An address becomes `<keyed hash>@<domain>`: equal addresses stay equal, so people can be counted and
joined, and the domain keeps telling companies apart, but nobody can read or guess who it was
without the key. The key is setting `PII_HASH_KEY`, else a random one kept beside the warehouse.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipelines.config import setting
from pipelines.errors import SettingError

HASH_CHARACTERS = 32
KEY_BYTES = 32

_LOCAL = r"\w.!#$%&'*+/=?^`{|}~-"
# An address: local part (or a quoted one), @ (or its form in URLs), a domain that ends in a name.
# The last label starts with a letter, so `package@1.2.3` stays. The look-behind lets the search
# start once per run of characters, which keeps it linear on long texts.
_ADDRESS = re.compile(
    rf'(?:(?<![{_LOCAL}])[{_LOCAL}]+|"[^"\n]{{1,64}}")'
    r"(?:@|%40)((?:[\w-]+\.)+[^\W\d_][\w-]*)"
)
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


@dataclass(frozen=True)
class EmailHasher:
    """Replaces e-mail addresses by `<hmac-sha256, first 32 hex digits>@<domain>`.

    Attributes:
        key: secret of the hash; the same key gives the same hashes in every source and run.
        keep_clear: setting STORE_EMAILS=true; `scrub` then returns what it is given.
    """

    key: bytes = field(repr=False)
    keep_clear: bool = False

    @classmethod
    def from_settings(cls, warehouse_path: Path) -> EmailHasher:
        """The hasher that `PII_HASH_KEY` and `STORE_EMAILS` describe.

        Without `PII_HASH_KEY` the key is read from `.<warehouse stem>_hash_key` beside the
        warehouse, which is made (readable by its owner only) when it is not there yet.

        Raises:
            SettingError: STORE_EMAILS is neither true nor false, or the key file is empty.
        """
        given = setting("PII_HASH_KEY")
        key = given.encode() if given else _key_beside(warehouse_path)
        return cls(key=key, keep_clear=_is_true("STORE_EMAILS"))

    def scrub(self, value: Any) -> Any:
        """`value` (parsed JSON) with every address in its texts and map keys replaced.

        Pure: parts without an address are returned as they are, nothing is changed in place.
        Hashing is not repeated safely: a replaced address still looks like one, so scrub once.
        """
        return value if self.keep_clear else self._scrub(value)

    def email_hash(self, email: str) -> str:
        """Hash of one address (32 hex digits); letter case and blanks around it do not matter."""
        normalised = email.strip().lower().encode()
        return hmac.digest(self.key, normalised, "sha256").hex()[:HASH_CHARACTERS]

    @staticmethod
    def domain(email: str) -> str:
        """Domain of an address in lower case; empty text where there is none."""
        return email.strip().lower().rpartition("@")[2] if "@" in email else ""

    def _scrub(self, value: Any) -> Any:
        # Not a call a level: a vendor's answer may be nested as deep as it can be parsed.
        parts = [value]
        for part in parts:
            parts.extend(inner for inner in _elements(part) if isinstance(inner, Mapping | list))
        changed: dict[int, Any] = {}
        for part in reversed(parts):
            scrubbed = self._scrub_part(part, changed)
            if scrubbed is not part:
                changed[id(part)] = scrubbed
        return changed.get(id(value), value)

    def _scrub_part(self, part: Any, changed: Mapping[int, Any]) -> Any:
        """One map, list or text; `changed` holds what replaces the maps and lists in it."""

        def scrub(element: Any) -> Any:
            if isinstance(element, str):
                return self._scrub_text(element)
            return changed.get(id(element), element)

        if isinstance(part, Mapping):
            scrubbed = {self._scrub_text(key): scrub(element) for key, element in part.items()}
            is_same = len(scrubbed) == len(part) and all(
                key in part and part[key] is element for key, element in scrubbed.items()
            )
            return part if is_same else scrubbed
        if isinstance(part, list):
            elements = [scrub(element) for element in part]
            is_same = all(before is after for before, after in zip(part, elements, strict=True))
            return part if is_same else elements
        return scrub(part)

    def _scrub_text(self, text: str) -> str:
        if "@" not in text and "%40" not in text:
            return text
        return _ADDRESS.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        address, domain = match.group(0), match.group(1).lower()
        return f"{self.email_hash(_plain(address))}@{domain}"


def _elements(part: Any) -> Iterable[Any]:
    if isinstance(part, Mapping):
        return part.values()
    return part if isinstance(part, list) else ()


def _plain(address: str) -> str:
    """The address as people write it: `jane%40x.com` (from a URL) is `jane@x.com`."""
    return address if "@" in address else unquote(address)


def _is_true(name: str) -> bool:
    text = (setting(name, "false") or "false").strip().lower()
    if text not in _TRUE | _FALSE:
        raise SettingError(f"{name} is {text!r}; it must be true or false.")
    return text in _TRUE


def _key_beside(warehouse_path: Path) -> bytes:
    """The key of the warehouse, made once; of two runs that both make it, the first one's."""
    path = warehouse_path.resolve().parent / f".{warehouse_path.stem}_hash_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_key(path)
    key = path.read_bytes().strip()
    if not key:
        raise SettingError(
            f"{path} is empty, it should hold the key for hashing e-mail addresses. Restore it "
            "from a backup, or delete it for a new key (addresses then hash differently)."
        )
    return key


def _write_key(path: Path) -> None:
    """Link a complete file into place, so that no reader ever sees half a key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
