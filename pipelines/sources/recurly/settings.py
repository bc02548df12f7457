"""Settings of a Recurly site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

API_KEY: Final = "API_KEY"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(API_KEY, "private API key of the site", is_secret=True),
    Setting(
        BASE_URL,
        "address of the API; that of the EU is https://v3.eu.recurly.com",
        default="https://v3.recurly.com",
    ),
)
NEEDS: Final = ((API_KEY,),)


@dataclass(frozen=True)
class RecurlySettings:
    """Where and with which key to read."""

    api_key: str = field(repr=False)
    base_url: str


def read_settings(account: Account) -> RecurlySettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    key = account.secret(API_KEY)
    if not key:
        raise SettingError(f"{account.name} needs {account.setting_name(API_KEY)}.")
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return RecurlySettings(key, url)


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
