"""Settings of a Stripe account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pipelines.errors import SettingError
from pipelines.loading.source import Account, Setting

API_KEY: Final = "API_KEY"
BASE_URL: Final = "BASE_URL"

SETTINGS: Final = (
    Setting(API_KEY, "restricted key (rk_) that may read", is_secret=True),
    Setting(BASE_URL, "address of the API, without the /v1", default="https://api.stripe.com"),
)
NEEDS: Final = ((API_KEY,),)


@dataclass(frozen=True)
class StripeSettings:
    """Where and with which key to read."""

    api_key: str = field(repr=False)
    base_url: str

    @property
    def can_write(self) -> bool:
        """A secret key can do everything; a restricted one only what it was given."""
        return self.api_key.startswith("sk_")

    @property
    def is_live(self) -> bool | None:
        """Whether the key reads live data; None where the key does not say."""
        if "_live_" in self.api_key:
            return True
        return False if "_test_" in self.api_key else None


def read_settings(account: Account) -> StripeSettings:
    """The settings of an account. Raises SettingError if they are unusable."""
    key = account.secret(API_KEY)
    if not key:
        raise SettingError(f"{account.name} needs {account.setting_name(API_KEY)}.")
    if key.startswith("pk_"):
        raise SettingError(
            f"{account.setting_name(API_KEY)} holds a publishable key (pk_), which cannot read. "
            "Make a restricted read-only key (rk_) in Stripe's dashboard and set that."
        )
    url = (account.setting(BASE_URL) or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingError(
            f"{account.setting_name(BASE_URL)} is {url!r}; it must start with https:// or http://."
        )
    return StripeSettings(key, url.removesuffix("/v1"))


def check_settings(account: Account, clock: datetime) -> None:
    """Raise SettingError if the settings are unusable."""
    read_settings(account)
