"""Settings of a Paddle account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

API_KEY: Final = "API_KEY"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(API_KEY, "API key of Paddle Billing with read permissions", is_secret=True),
    Setting(BASE_URL, "address of the API", default="https://api.paddle.com"),
)
NEEDS: Final = ((API_KEY,),)

#: What keys that cannot read begin with.
_CLIENT_TOKENS: Final = ("live_", "test_")


@dataclass(frozen=True)
class PaddleSettings:
    """Where and with which key to read."""

    api_key: str = field(repr=False)
    base_url: str


def read_settings(account: Account) -> PaddleSettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    key = account.secret(API_KEY)
    if not key:
        raise SettingError(f"{account.name} needs {account.setting_name(API_KEY)}.")
    if key.startswith(_CLIENT_TOKENS):
        raise SettingError(
            f"{account.setting_name(API_KEY)} holds a client-side token, which cannot read. Make "
            "an API key in Paddle under Developer tools, Authentication, and set that."
        )
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return PaddleSettings(key, url)


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
