"""The one place that decides where data goes and what time it is.

Settings come from the environment first, then from `.dlt/secrets.toml` and `.dlt/config.toml`
(dlt's own resolution). Names are those of the README's table of settings.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import SettingError

DEFAULT_WAREHOUSE_PATH = "data/warehouse.duckdb"
DEFAULT_PUBLISHED_DIR = "data/published"
DEFAULT_CUSTOM_SOURCES_DIR = "sources"

#: Settings of dlt itself that say where its files are, and which other places it reads.
_SETS_DLT_UP = ("DLT_PROJECT_DIR", "DLT_DATA_DIR", "DLT_CONFIG_FOLDER", "PROVIDERS__")


def setting(name: str, default: str | None = None) -> str | None:
    """Return the text of setting `name` (environment spelling, e.g. `SOURCES__STRIPE__API_KEY`).

    Looks in the environment, then in dlt's secrets and config files, then, for settings of sources,
    among the encrypted credentials. Empty text counts as missing.
    """
    value = plain_setting(name)
    if value is None and name.startswith("SOURCES__"):
        from pipelines.credentials.store import stored_value

        value = stored_value(name)
    return default if value in (None, "") else value


def plain_setting(name: str) -> str | None:
    """The text of a setting from the environment or dlt's files; None where it is missing."""
    value: Any = os.environ.get(name)
    if value is None:
        key = name.lower().replace("__", ".")
        value = _from_files_of_dlt(key) if _may_stand_in_files(key) else None
    return None if value in (None, "") else str(value)


def _from_files_of_dlt(key: str) -> Any:
    """What dlt finds in its secrets and config files; None where it finds nothing."""
    import dlt
    from dlt.common.configuration.exceptions import ConfigFieldMissingException

    value: Any
    for provider in (dlt.secrets, dlt.config):
        try:
            value = provider.get(key)
        except (ConfigFieldMissingException, KeyError):
            value = None
        if value not in (None, ""):
            return value
    return None


def _may_stand_in_files(key: str) -> bool:
    """Whether dlt must be asked: it is in use, set up otherwise, or a file of it has such a word.

    To import it costs more than a second, which whoever only reads a build need not wait for.
    """
    if "dlt" in sys.modules or any(one.startswith(_SETS_DLT_UP) for one in os.environ):
        return True
    word = key.rpartition(".")[2]
    return any(word in text or "providers" in text for text in _files_of_dlt())


def _files_of_dlt() -> Iterator[str]:
    """The TOML files that dlt may read, in lower case; one that is unreadable is left to dlt."""
    data_home = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    homes = (Path(), Path("~").expanduser())
    folders = [home / name for home in homes for name in (".dlt", ".streamlit")]
    shared = (data_home, Path("/var"), Path(tempfile.gettempdir()))
    for folder in (*folders, *(place / "dlt" for place in shared)):
        for file in folder.glob("*.toml"):
            try:
                yield file.read_text().lower()
            except (OSError, UnicodeDecodeError):
                yield "providers"


def dbt_setting(name: str, default: str) -> str:
    """A setting that dbt reads, too: from the environment alone, as `profiles.yml` does."""
    return os.environ.get(name) or default


def target() -> str:
    """Where to load and build: `dev` (a DuckDB file), `postgres` or `spark`."""
    return dbt_setting("DBT_TARGET", "dev")


def warehouse_path() -> Path:
    """Path of the DuckDB file that dlt loads and dbt builds."""
    return Path(setting("WAREHOUSE_PATH", DEFAULT_WAREHOUSE_PATH) or DEFAULT_WAREHOUSE_PATH)


def published_dir() -> Path:
    """Folder where green builds are published; `current.duckdb` there is the last good one."""
    return Path(setting("PUBLISHED_DIR", DEFAULT_PUBLISHED_DIR) or DEFAULT_PUBLISHED_DIR)


def custom_sources_dir() -> Path:
    """Folder of the TOML files that describe custom sources."""
    return Path(setting("CUSTOM_SOURCES_DIR", DEFAULT_CUSTOM_SOURCES_DIR) or "")


def pipelines_dir(warehouse: Path) -> Path:
    """dlt's working folder: beside its warehouse, so that two warehouses never share state."""
    return warehouse.resolve().parent / f".{warehouse.stem}_pipelines"


def parse_as_of(text: str) -> datetime:
    """Read the AS_OF clock: a day (meaning its end) or an ISO timestamp, as aware UTC time.

    Raises:
        SettingError: the text is neither.
    """
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(
            f"AS_OF is {text!r}, which is neither a day (YYYY-MM-DD) nor an ISO timestamp "
            "(2026-01-31T12:00:00Z). Correct it or unset it to use the present time."
        ) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_of() -> datetime:
    """The clock of this run, aware UTC: AS_OF where it is set, else the present time."""
    text = setting("AS_OF")
    return parse_as_of(text) if text else datetime.now(UTC)


def wall_clock() -> datetime:
    """Present time as naive UTC, for durations and records of when something ran.

    Never for data windows, which follow `as_of`.
    """
    return datetime.now(UTC).replace(tzinfo=None)


def dataset_name(source: str) -> str:
    """Schema of a source's raw tables: one per source, so equal table names never meet."""
    return f"raw_{source}"
