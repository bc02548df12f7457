"""Settings of a Polar organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

ACCESS_TOKEN: Final = "ACCESS_TOKEN"  # noqa: S105 - the name of a setting
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(
        ACCESS_TOKEN, "access token of the organization, with read scopes only", is_secret=True
    ),
    Setting(
        BASE_URL,
        "address of the API; that of a sandbox is https://sandbox-api.polar.sh",
        default="https://api.polar.sh",
    ),
)
NEEDS: Final = ((ACCESS_TOKEN,),)


@dataclass(frozen=True)
class PolarSettings:
    """Where and with which token to read."""

    access_token: str = field(repr=False)
    base_url: str


def read_settings(account: Account) -> PolarSettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    token = account.secret(ACCESS_TOKEN)
    if not token:
        raise SettingError(f"{account.name} needs {account.setting_name(ACCESS_TOKEN)}.")
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return PolarSettings(token, url)


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
