"""The encrypted file of credentials: one Fernet token, readable with the settings' key alone.

The key is CREDENTIALS_KEY, or stands in the file that CREDENTIALS_KEY_FILE names (a Docker or
systemd secret), or lies in the keyring of the operating system, where there is one and the package
`keyring`: `keyring set usage-vs-revenue CREDENTIALS_KEY`. Several keys, separated by white space,
are for changing it: the first writes, all read.
This guards a copied disk or backup, not somebody who reads the memory of a run.

Environment and dlt's files win over what is stored: see `pipelines.config.setting`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from pipelines.config import plain_setting, warehouse_path
from pipelines.errors import SettingError
from pipelines.files import write_private
from pipelines.locks import hold

KEY: Final = "CREDENTIALS_KEY"
KEY_FILE: Final = "CREDENTIALS_KEY_FILE"
PATH: Final = "CREDENTIALS_PATH"
#: Name of the service in the operating system's keyring, where the user name is `KEY`.
KEYRING_SERVICE: Final = "usage-vs-revenue"

_NEW_KEY: Final = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)

#: Service -> name of a setting, upper case -> its value.
Stored = Mapping[str, Mapping[str, str]]

_GUARD: Final = threading.Lock()
_READ: dict[Path, tuple[tuple[int, int, int], str, Stored]] = {}


def store_path() -> Path:
    """The encrypted file: CREDENTIALS_PATH, by default `credentials.enc` beside the warehouse."""
    return Path(plain_setting(PATH) or warehouse_path().parent / "credentials.enc")


def stored() -> Stored:
    """Everything that is stored; empty without a file.

    Raises:
        SettingError: the file cannot be read with the key of the settings.
    """
    path = store_path()
    try:
        stat = path.stat()
    except OSError:
        return {}
    seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    keys = _keys_text()
    with _GUARD:
        kept = _READ.get(path)
        if kept and kept[:2] == (seen, keys):
            return kept[2]
        found = _decrypted(path, keys)
        _READ[path] = (seen, keys, found)
        return found


def stored_value(name: str) -> str | None:
    """The stored value of `SOURCES__STRIPE_EU__API_KEY`; None where there is none, or no key."""
    prefix, _, rest = name.partition("__")
    service, _, setting_name = rest.rpartition("__")
    if prefix != "SOURCES" or not service:
        return None
    try:
        return stored().get(service.lower(), {}).get(setting_name)
    except SettingError:
        return None


def problem() -> SettingError | None:
    """Why the file cannot be read; None where it can, or where there is none."""
    try:
        stored()
    except SettingError as error:
        return error
    return None


def change(edit: Callable[[dict[str, dict[str, str]]], None]) -> None:
    """Edit what is stored; written whole or not at all, with the first key.

    Raises:
        SettingError: there is no key, or the file cannot be read or written.
    """
    path = store_path()
    with hold(path.with_name(f".{path.name}.lock"), f"{path} is being written.", patience=10):
        cipher = _cipher(_keys_text())
        now = {name: dict(values) for name, values in stored().items()}
        edit(now)
        token = cipher.encrypt(json.dumps({"sources": now}).encode()).decode()
        try:
            write_private(path, token + "\n")
        except OSError as error:
            raise SettingError(
                f"{path} cannot be written ({error.strerror}). Set {PATH} to a file in a folder "
                "that can be."
            ) from error


def _keys_text() -> str:
    text = plain_setting(KEY)
    if text:
        return text.strip()
    file = plain_setting(KEY_FILE)
    if not file:
        return _keyring_text()
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{KEY_FILE} names {file}, which cannot be read ({type(error).__name__})."
        ) from error


@cache
def _keyring_text() -> str:
    """The key in the operating system's keyring; empty without one. Asked once a process: a keyring
    may ask its owner."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return ""
    try:
        return (keyring.get_password(KEYRING_SERVICE, KEY) or "").strip()
    except keyring.errors.KeyringError:
        return ""


def _cipher(keys: str) -> Any:
    from cryptography.fernet import Fernet, MultiFernet

    if not keys:
        raise SettingError(
            f"Credentials are kept encrypted, and there is no key. Make one, keep it safe, and set "
            f"{KEY} (or a file with it in {KEY_FILE}, or `keyring set {KEYRING_SERVICE} {KEY}`): "
            f"{_NEW_KEY}"
        )
    try:
        return MultiFernet([Fernet(key) for key in keys.split()])
    except ValueError:
        raise SettingError(
            f"{KEY} is no key of Fernet (32 bytes in URL-safe base 64). Make one: {_NEW_KEY}"
        ) from None


def _decrypted(path: Path, keys: str) -> Stored:
    from cryptography.fernet import InvalidToken

    cipher = _cipher(keys)
    try:
        text = cipher.decrypt(path.read_bytes().strip())
        document = json.loads(text)
        return {
            str(service): {str(name): str(value) for name, value in values.items()}
            for service, values in document["sources"].items()
        }
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({error.strerror}).") from error
    except (InvalidToken, ValueError, KeyError, TypeError, AttributeError):
        raise SettingError(
            f"{path} cannot be read with the key in {KEY}: it was written with another key, or is "
            "damaged. Set the key it was written with; or remove the file and add the services "
            "again with `usage-vs-revenue sources add`."
        ) from None
