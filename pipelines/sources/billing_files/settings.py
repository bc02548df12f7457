"""Settings of a folder with billing files."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

BUCKET_URL: Final = "BUCKET_URL"

SETTINGS: Final = (
    Setting(BUCKET_URL, "folder or object store that holds the billing files (CSV)"),
)
NEEDS: Final = ((BUCKET_URL,),)


def bucket_url(account: Account) -> str:
    """Where the files are. Raises SettingError where that is not set."""
    url = (account.setting(BUCKET_URL) or "").strip()
    if not url:
        raise SettingError(f"{account.name} needs {account.setting_name(BUCKET_URL)}.")
    return url


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    bucket_url(account)
