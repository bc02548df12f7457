"""Settings of a Braintree merchant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

MERCHANT_ID: Final = "MERCHANT_ID"
PUBLIC_KEY: Final = "PUBLIC_KEY"
PRIVATE_KEY: Final = "PRIVATE_KEY"
TIMEZONE: Final = "TIMEZONE"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(MERCHANT_ID, "id of the merchant"),
    Setting(PUBLIC_KEY, "public key of an API user that may view"),
    Setting(PRIVATE_KEY, "private key of that user", is_secret=True),
    Setting(TIMEZONE, "IANA zone that the merchant's days are in", default="UTC"),
    Setting(BASE_URL, "address of the API", default="https://api.braintreegateway.com"),
)
NEEDS: Final = ((MERCHANT_ID,), (PUBLIC_KEY,), (PRIVATE_KEY,))


@dataclass(frozen=True)
class BraintreeSettings:
    """Where and with which key to read."""

    merchant_id: str
    public_key: str
    private_key: str = field(repr=False)
    zone: ZoneInfo
    base_url: str


def read_settings(account: Account) -> BraintreeSettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    values = {name: account.secret(name) for name in (MERCHANT_ID, PUBLIC_KEY, PRIVATE_KEY)}
    missing = [account.setting_name(name) for name, value in values.items() if not value]
    if missing:
        raise SettingError(f"{account.name} needs {', '.join(missing)}.")
    merchant = values[MERCHANT_ID]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", merchant):
        raise SettingError(
            f"{account.setting_name(MERCHANT_ID)} is {merchant!r}, no merchant's id."
        )
    zone = account.setting(TIMEZONE) or "UTC"
    try:
        zone_info = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise SettingError(
            f"{account.setting_name(TIMEZONE)} is {zone!r}; it must be a zone such as "
            "America/Chicago."
        ) from None
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return BraintreeSettings(merchant, values[PUBLIC_KEY], values[PRIVATE_KEY], zone_info, url)


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
