"""Settings of a Chargebee site."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

API_KEY: Final = "API_KEY"
SITE: Final = "SITE"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(API_KEY, "read-only API key of the site", is_secret=True),
    Setting(SITE, "name of the site, `acme` of acme.chargebee.com (`acme-test` for a test site)"),
    Setting(BASE_URL, "address of the API without /api/v2, where it is not that of the site"),
)
NEEDS: Final = ((API_KEY,), (SITE, BASE_URL))


@dataclass(frozen=True)
class ChargebeeSettings:
    """Where and with which key to read; `site` is None where only the address is set."""

    api_key: str = field(repr=False)
    base_url: str
    site: str | None


def read_settings(account: Account) -> ChargebeeSettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    key = account.secret(API_KEY)
    if not key:
        raise SettingError(f"{account.name} needs {account.setting_name(API_KEY)}.")
    site = (account.setting(SITE) or "").strip() or None
    if site and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", site):
        raise SettingError(
            f"{account.setting_name(SITE)} is {site!r}; it must be the name alone, `acme` of "
            "acme.chargebee.com."
        )
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url and not site:
        raise SettingError(f"{account.name} needs {account.setting_name(SITE)}.")
    url = url or f"https://{site}.chargebee.com"
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return ChargebeeSettings(key, url.removesuffix("/api/v2"), site)


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
