"""Keys of the API: `uvr_<id>_<secret>`, of which only a hash is kept.

The file (setting API__KEYS_PATH, by default `api_keys.json` beside the folder of published builds)
is for its owner only. A secret has 256 random bits, so one round of SHA-256 guards it as well as a
slow hash would. Whoever reads the file cannot use it to ask anything.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipelines.config import published_dir, setting
from pipelines.errors import ProjectError, SettingError
from pipelines.files import write_private
from pipelines.locks import hold

#: What a key may be allowed.
SCOPES: Final = {
    "metrics:read": "numbers of the company, its features, services and models",
    "customers:read": "customers, their names and numbers",
    "sql:read": "statements of one's own over the marts",
    "export:read": "whole tables and all KPIs",
    "services:write": "configured services: add, test, load, remove",
}
_SHAPE: Final = re.compile(r"uvr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
#: Seconds between two notes of when a key was last used.
_NOTE_EVERY: Final = 60.0
_LONGEST_NAME: Final = 100
_MOST_DAYS: Final = 3650


@dataclass(frozen=True)
class Key:
    """A key as it is kept; times are aware UTC texts.

    Attributes:
        id: names it, in commands and in the audit log.
        hash: SHA-256 of the secret, hexadecimal.
        customer: the only customer that it may read of; None for all.
    """

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    customer: str | None
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def state(self, now: datetime | None = None) -> str:
        """`active`, `revoked` or `expired`."""
        if self.revoked_at:
            return "revoked"
        moment = now or datetime.now(UTC)
        if self.expires_at and datetime.fromisoformat(self.expires_at) <= moment:
            return "expired"
        return "active"


def keys_path() -> Path:
    """The file of keys."""
    return Path(setting("API__KEYS_PATH") or published_dir().parent / "api_keys.json")


class KeyStore:
    """The file of keys, read again when it changes."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or keys_path()
        self._guard = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}
        self._noted: dict[str, datetime] = {}

    def all(self) -> list[Key]:
        """Every key, also revoked ones, the oldest first.

        Raises:
            SettingError: the file cannot be read.
        """
        return sorted(self._read().values(), key=lambda key: (key.created_at, key.id))

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        days: int | None = None,
        customer: str | None = None,
    ) -> tuple[Key, str]:
        """A new key and its text, which nobody can tell again.

        Raises:
            SettingError: a scope is unknown, the name is empty or the days are none.
        """
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise SettingError(
                f"{'Unknown scope ' + ', '.join(unknown) if unknown else 'No scope given'}. "
                f"Give --scope one or more times: {', '.join(SCOPES)}."
            )
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise SettingError(f"--name must be a text of 1 to {_LONGEST_NAME} characters.")
        if days is not None and not 0 < days <= _MOST_DAYS:
            raise SettingError(f"--expires must be 1 to {_MOST_DAYS} days.")
        if customer is not None and not customer.strip():
            raise SettingError("--customer must be a customer's id.")
        if customer is not None and set(scopes) & {"sql:read", "services:write", "export:read"}:
            raise SettingError(
                "A key of one customer cannot have sql:read, export:read or services:write, which "
                "reach beyond it. Leave those scopes or --customer out."
            )
        now = datetime.now(UTC)
        secret = secrets.token_urlsafe(32)
        key = Key(
            id=secrets.token_hex(6),
            name=name.strip(),
            hash=_hash(secret),
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            customer=customer,
            created_at=_text(now),
            expires_at=_text(now + timedelta(days=days)) if days else None,
        )
        self._change(lambda keys: keys | {key.id: key})
        return key, f"uvr_{key.id}_{secret}"

    def revoke(self, key_id: str) -> Key:
        """End a key at once. Raises SettingError for an id that no key has."""

        def ended(keys: dict[str, Key]) -> dict[str, Key]:
            if key_id not in keys:
                raise SettingError(
                    f"There is no key {key_id}. `usage-vs-revenue keys list` shows all."
                )
            key = keys[key_id]
            return keys | {key_id: replace(key, revoked_at=key.revoked_at or _text(_now()))}

        self._change(ended)
        return self._read()[key_id]

    def forget_customer(self, names: Mapping[str, str]) -> int:
        """Revoke every key of a customer whose id is in `names`, and put its pseudonym there.

        Raises:
            SettingError: the file cannot be read or written.
        """
        held = [key.id for key in self.all() if key.customer in names]

        def ended(keys: dict[str, Key]) -> dict[str, Key]:
            for key_id in held:
                key = keys[key_id]
                keys[key_id] = replace(
                    key,
                    customer=names[str(key.customer)],
                    revoked_at=key.revoked_at or _text(_now()),
                )
            return keys

        if held:
            self._change(ended)
        return len(held)

    def find(self, text: str) -> Key | None:
        """The key that a text is, whatever its state; None if it is none."""
        found = _SHAPE.fullmatch(text)
        known = self._read().get(found[1]) if found else None
        # an unknown id takes as long as a wrong secret
        wanted = known.hash if known else "0" * 64
        is_right = hmac.compare_digest(_hash(found[2] if found else text), wanted)
        return known if known and is_right else None

    def note_use(self, key: Key) -> None:
        """Remember that a key was used, at most once a minute; a full disk is no matter."""
        now = _now()
        last = self._noted.get(key.id)
        if last and (now - last).total_seconds() < _NOTE_EVERY:
            return
        self._noted[key.id] = now

        def used(keys: dict[str, Key]) -> dict[str, Key]:
            known = keys.get(key.id)
            return keys | {key.id: replace(known, last_used_at=_text(now))} if known else keys

        try:
            self._change(used, patience=0)  # a request does not wait for it
        except (OSError, ProjectError):
            return

    def _change(self, change: Any, patience: float = 10) -> None:
        lock = self.path.with_name(f".{self.path.name}.lock")
        with hold(lock, f"{self.path} is being written by another command.", patience):
            keys = change(dict(self._read()))
            document = {"keys": [asdict(key) for key in keys.values()]}
            try:
                write_private(self.path, json.dumps(document, indent=2) + "\n")
            except OSError as error:
                raise SettingError(
                    f"{self.path} cannot be written ({error.strerror}). Set API__KEYS_PATH to a "
                    "file in a folder that can be."
                ) from error

    def _read(self) -> dict[str, Key]:
        with self._guard:
            try:
                stat = self.path.stat()
            except (FileNotFoundError, NotADirectoryError):
                self._keys, self._seen = {}, None
                return self._keys
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                self._keys = _parsed(self.path)
                self._seen = seen
            return self._keys


def _parsed(path: Path) -> dict[str, Key]:
    try:
        document = json.loads(path.read_text("utf-8"))
        keys = [Key(**{**entry, "scopes": tuple(entry["scopes"])}) for entry in document["keys"]]
        for key in keys:
            key.state()  # a day of expiry that is none would let nobody in, and say nothing
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"{path} cannot be read as a file of keys ({type(error).__name__}). Restore it, or "
            "remove it and make new keys with `usage-vs-revenue keys create`."
        ) from error
    return {key.id: key for key in keys}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
